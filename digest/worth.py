"""What each keyword, author, category, source and exclusion of an interest found on past days."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from digest import query
from digest.match import Flags, Ranking
from digest.model import Interest, Profile
from digest.pool import Pool
from digest.query import Phrase
from digest.standing import ROUNDING

ENOUGH = 50  # entries from which on they say something of words
COMMON = 0.2  # of all entries: a keyword that finds more tells nothing apart

UNSEEN = "found nothing"
EVERYWHERE = "found nearly everything"
TOOTHLESS = "kept nothing out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """How many ``entries`` a value of a setting found; ``verdict`` is what is wrong with it, or "".

    For an exclusion ``kept_out`` counts those that would have been past the threshold; for a
    keyword that is too common ``narrower`` is one that finds less, and ``left`` how much.
    """

    setting: str
    value: str
    entries: int
    verdict: str = ""
    kept_out: int | None = None
    narrower: str = ""
    left: int = 0


def keywords(interest: Interest, pool: Pool) -> tuple[Worth, ...]:
    """Count what an interest's keywords found among the entries of the sources it takes."""
    open_to = _open_to(interest, pool)
    return tuple(_keyword(value, pool, open_to) for value in dict.fromkeys(interest.keywords))


def others(ranking: Ranking, row: int) -> tuple[Worth, ...]:
    """Count what the other settings of an interest found, and what its exclusions kept out."""
    interest, pool = ranking.interests[row], ranking.pool
    open_to = ~ranking.elsewhere[row]
    finders: list[tuple[str, Sequence[str], Callable[[str], Iterable[int]]]] = [
        ("authors", interest.authors, pool.by_author),
        ("categories", interest.categories, pool.in_category),
        ("sources", interest.sources, lambda name: _from(name, pool)),
    ]
    found: list[Worth] = []
    for setting, values, find in finders:
        for value in dict.fromkeys(values):
            entries = _count(find(value), open_to)
            verdict = "" if entries else UNSEEN
            found.append(Worth(setting=setting, value=value, entries=entries, verdict=verdict))
    rules = dict.fromkeys(interest.exclude)
    return (*found, *(_exclusion(rule, ranking, row, open_to) for rule in rules))


def _open_to(interest: Interest, pool: Pool) -> Flags:
    """Mark the entries of the sources that an interest takes."""
    if not interest.sources:
        return np.ones(len(pool.entries), np.bool_)
    taken = set(interest.sources)
    return np.array([not taken.isdisjoint(entry.seen_in) for entry in pool.entries], np.bool_)


def _count(numbers: Iterable[int], among: Flags) -> int:
    return int(among[list(numbers)].sum())


def _from(source: str, pool: Pool) -> list[int]:
    return [number for number, entry in enumerate(pool.entries) if source in entry.seen_in]


def _keyword(keyword: str, pool: Pool, open_to: Flags) -> Worth:
    """Judge a keyword; one that finds nearly everything may be kept for titles alone."""
    asked = query.parse(keyword)
    entries, known = _count(pool.find(asked), open_to), int(open_to.sum())
    most = COMMON * known if known >= ENOUGH else known
    made = Worth(setting="keywords", value=keyword, entries=entries)
    if not entries:
        return replace(made, verdict=UNSEEN)
    if entries <= most:
        return made
    if isinstance(asked, Phrase) and not asked.field:
        narrower = f"ti:({keyword})" if len(asked.words) > 1 else f"ti:{keyword}"
        left = _count(pool.find(query.parse(narrower)), open_to)
        if 0 < left <= most:
            return replace(made, verdict=EVERYWHERE, narrower=narrower, left=left)
    return replace(made, verdict=EVERYWHERE)


def _exclusion(rule: str, ranking: Ranking, row: int, open_to: Flags) -> Worth:
    """Judge an exclusion by what would be past the threshold without it."""
    interest, scores = ranking.interests[row], ranking.scores[row]
    past = ranking.followed[row] | (scores >= np.float32(interest.threshold) - ROUNDING)
    numbers = ranking.pool.find(query.parse(rule))
    kept_out = _count(numbers, open_to & past & (scores > 0) & ranking.spoken[row])
    return Worth(
        setting="exclude",
        value=rule,
        entries=_count(numbers, open_to),
        verdict="" if kept_out else TOOTHLESS,
        kept_out=kept_out,
    )


def kept(interest: Interest, found: Sequence[Worth], *, enough: bool) -> tuple[str, ...]:
    """Give the keywords to keep, those that are too common made narrower or left out.

    Those that found nothing go only where others did well among ``enough`` entries, since else
    it was the subject that did not come; an interest that would ask for nothing without its
    keywords keeps them.
    """
    well = enough and any(not one.verdict for one in found)
    left = [
        one.narrower if one.verdict == EVERYWHERE else one.value
        for one in found
        if not (well and one.verdict == UNSEEN)
    ]
    wanted = tuple(dict.fromkeys(value for value in left if value))
    more = interest.text or interest.authors or interest.categories or interest.examples
    return wanted if wanted or more else interest.keywords


def mended(profile: Profile, pool: Pool) -> Profile:
    """Give a profile with the keywords to keep."""
    enough = len(pool.entries) >= ENOUGH
    return replace(
        profile,
        interests=tuple(
            replace(one, keywords=kept(one, keywords(one, pool), enough=enough))
            for one in profile.interests
        ),
    )
