"""What each keyword, author, category, source and exclusion of an interest found on past days."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from digest import query
from digest.match import Flags, Ranking
from digest.model import Interest
from digest.pool import Pool
from digest.query import Phrase

COMMON = 0.2  # of all entries from which on a keyword tells nothing apart

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


def worths(ranking: Ranking, row: int) -> tuple[Worth, ...]:
    """Count what the settings of an interest found among the entries of the sources it takes."""
    interest, pool = ranking.interests[row], ranking.pool
    open_to = ~ranking.elsewhere[row]
    finders: list[tuple[str, Sequence[str], Callable[[str], Iterable[int]]]] = [
        ("authors", interest.authors, pool.by_author),
        ("categories", interest.categories, pool.in_category),
        ("sources", interest.sources, lambda name: _from(pool, name)),
    ]
    found = [_keyword(keyword, pool, open_to) for keyword in dict.fromkeys(interest.keywords)]
    for setting, values, find in finders:
        for value in dict.fromkeys(values):
            entries = _count(find(value), open_to)
            verdict = "" if entries else UNSEEN
            found.append(Worth(setting=setting, value=value, entries=entries, verdict=verdict))
    rules = dict.fromkeys(interest.exclude)
    return (*found, *(_exclusion(rule, ranking, row, open_to) for rule in rules))


def _count(numbers: Iterable[int], among: Flags) -> int:
    return int(among[list(numbers)].sum())


def _from(pool: Pool, source: str) -> list[int]:
    return [number for number, entry in enumerate(pool.entries) if source in entry.seen_in]


def _keyword(keyword: str, pool: Pool, open_to: Flags) -> Worth:
    """Judge a keyword; one that finds nearly everything may be kept for titles alone."""
    asked = query.parse(keyword)
    entries, most = _count(pool.find(asked), open_to), COMMON * open_to.sum()
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
    past = ranking.followed[row] | (scores >= np.float32(interest.threshold))
    numbers = ranking.pool.find(query.parse(rule))
    kept_out = _count(numbers, open_to & past & (scores > 0))
    return Worth(
        setting="exclude",
        value=rule,
        entries=_count(numbers, open_to),
        verdict="" if kept_out else TOOTHLESS,
        kept_out=kept_out,
    )


def kept(interest: Interest, settings: Iterable[Worth]) -> tuple[str, ...] | None:
    """Give the keywords to keep, those that are too common made narrower; None for no change.

    An interest that would ask for nothing without its keywords keeps them.
    """
    keywords = [one for one in settings if one.setting == "keywords"]
    if not any(one.verdict for one in keywords):
        return None
    left = [one.narrower if one.verdict else one.value for one in keywords]
    wanted = tuple(dict.fromkeys(value for value in left if value))
    more = interest.text or interest.authors or interest.categories or interest.examples
    return wanted if wanted or more else None
