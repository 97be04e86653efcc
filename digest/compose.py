"""Makes a digest out of a ranking: what is shown, in which section, and what was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256

import numpy as np

from digest import wording
from digest.language import language, msgid
from digest.match import Ranking, popularity
from digest.model import (
    Coverage,
    Digest,
    Edition,
    Evidence,
    Match,
    Profile,
    Section,
    Subscriber,
)
from digest.pool import Pool
from digest.standing import Flags, Places
from digest.wording import best_first

TRENDING = msgid("Trending")
EXPLORED = msgid("Outside your interests")

EXCLUDED = msgid("excluded by your rules")
OVER_LIMIT = msgid("over the limit")
REPLACEMENT = msgid("new version of an older paper")
BELOW = msgid("below the threshold")
TWIN = msgid("nearly the same as another shown")
NO_ROOM = msgid("beyond the size of a mail")


@dataclass(frozen=True, eq=False, kw_only=True)
class Selection:
    """Which candidates are shown (by their place in the pool) and why the others are not.

    ``chosen`` are those of the interests, best first; ``explored`` is from outside of them. Of
    those left out ``ruled_out`` are for a rule or a twin; ``left`` are in the candidates' order,
    and ``over`` says of each whether it is over the limit, else it is below the threshold.
    """

    chosen: tuple[int, ...]
    trending: tuple[int, ...]
    explored: tuple[int, ...]
    ruled_out: Mapping[int, str]
    left: Places
    over: Flags

    @cached_property
    def omitted(self) -> Mapping[int, str]:
        """Why each of those left out is."""
        reasons = (OVER_LIMIT if over else BELOW for over in self.over.tolist())
        return {**self.ruled_out, **dict(zip(self.left.tolist(), reasons, strict=True))}

    @property
    def counts(self) -> dict[str, int]:
        """How many are left out for each reason, in the order of ``omitted``."""
        found = dict(Counter(self.ruled_out.values()))
        over = int(np.count_nonzero(self.over))
        numbers = {OVER_LIMIT: over, BELOW: len(self.left) - over}
        reasons = numbers if over and self.over[0] else reversed(numbers)
        return found | {reason: numbers[reason] for reason in reasons if numbers[reason]}


def select(
    ranking: Ranking,
    candidates: Sequence[int] | Places,
    profile: Profile,
    revised: Collection[int] = frozenset(),
    draw: str = "",
) -> Selection:
    """Choose the best candidates past their interest's threshold, and some beside them.

    Followed authors come first; ties go to the more upvoted, then to the listing's order.
    ``revised`` are new versions of what was shown; ``draw`` decides which entry outside the
    interests is shown, if the profile wants any.
    """
    standing = ranking.standing
    numbers = np.asarray(candidates, np.int64)
    out = _ruled_out(ranking, numbers, profile, revised)
    open_to = numbers[~np.isin(numbers, list(out))] if out else numbers
    able = open_to[standing.past[open_to]]
    ordered = popularity.best_first(ranking.pool, standing.scores, able)
    by_followed = standing.followed[ordered]
    queue = np.concatenate([ordered[by_followed], ordered[~by_followed]])
    queue = _folded(ranking, queue, profile.limit, out)
    chosen = _fairly(queue, ranking, profile.limit)
    taken = np.zeros(len(standing.past), np.bool_)
    taken[list(chosen)] = True
    best = ordered[taken[ordered]].tolist()
    taken[list(out)] = True
    left = numbers[~taken[numbers]]
    below = left[~standing.past[left]]
    trending = popularity.trending(ranking.pool, left, profile.trending)
    explored = _drawn(ranking, below, profile.explore, draw, trending)
    if trending or explored:
        taken[[*trending, *explored]] = True
        left = left[~taken[left]]
    return Selection(
        chosen=tuple(best),
        trending=tuple(trending),
        explored=tuple(explored),
        ruled_out=out,
        left=left,
        over=standing.past[left],
    )


def _ruled_out(
    ranking: Ranking, candidates: Places, profile: Profile, revised: Collection[int]
) -> dict[int, str]:
    """Name the candidates that a rule keeps out, whatever their score."""
    out: dict[int, str] = {}
    replaced = ranking.pool.kept("replaced", _replaced)
    if not (replaced or ranking.barred.any()):
        return out
    excluded = ranking.excluded.tolist()
    for number in candidates.tolist():
        if excluded[number]:
            out[number] = EXCLUDED
        elif number in replaced and profile.replacements != "show" and number not in revised:
            out[number] = REPLACEMENT
    return out


def _replaced(pool: Pool) -> frozenset[int]:
    return frozenset(number for number, entry in enumerate(pool.entries) if entry.replaced)


def _folded(ranking: Ranking, queue: Places, limit: int, out: dict[int, str]) -> Places:
    """Leave out, and note, what says nearly the same as something before it.

    But nothing of a followed author's. It looks no farther than twice the limit, beyond which
    nothing is shown.
    """
    kept: list[int] = []
    near, beyond = queue[: 2 * limit], queue[2 * limit :]
    followed = ranking.standing.followed[near].tolist()
    for number, by_followed in zip(near.tolist(), followed, strict=True):
        if not by_followed and ranking.pool.twin(number, kept) is not None:
            out[number] = TWIN
        else:
            kept.append(number)
    return queue if len(kept) == len(near) else np.concatenate([np.array(kept, np.int64), beyond])


def _fairly(queue: Places, ranking: Ranking, limit: int) -> set[int]:
    """Take followed authors, then the best, but of each interest at least half of an even share.

    So that one interest with much to say does not silence the others. Followed authors are all
    in, be they more than the limit.
    """
    if not len(queue):
        return set()
    standing = ranking.standing
    rows, followed = standing.rows[queue].tolist(), queue[standing.followed[queue]].tolist()
    chosen: set[int] = set(followed)
    taken = dict.fromkeys(rows, 0)
    share = max(limit - len(chosen), 0) // (2 * len(taken))
    wanting = len(taken) if share else 0
    ordered: list[int] = queue.tolist()
    for number, row in zip(ordered, rows, strict=True):
        if not wanting:
            break
        if taken[row] < share:
            chosen.add(number)
            taken[row] += 1
            wanting -= taken[row] == share
    if followed:
        # Without anybody followed the queue is in the order of scores as it is.
        ordered = queue[np.argsort(-standing.scores[queue], kind="stable")].tolist()
    for number in ordered:
        if len(chosen) >= limit:
            break
        chosen.add(number)
    return chosen


def _drawn(
    ranking: Ranking, below: Places, show: int, draw: str, taken: Sequence[int]
) -> list[int]:
    """Draw entries from outside the interests: by lot, the same for the same edition."""
    if not show:
        return []
    entries = ranking.pool.entries
    open_to = [n for n in below.tolist() if n not in taken]
    lots = {n: sha256(f"{draw} {entries[n].id}".encode()).digest() for n in open_to}
    return sorted(lots, key=lambda number: lots[number])[:show]


def compose(
    subscriber: Subscriber,
    edition: Edition,
    ranking: Ranking,
    candidates: Sequence[int] | Places,
    coverage: Sequence[Coverage] = (),
    revised: Collection[int] = frozenset(),
) -> Digest:
    """Make the digest of one edition."""
    chosen = select(ranking, candidates, subscriber.profile, revised, draw(edition))
    return composed(subscriber, edition, ranking, chosen, len(candidates), coverage)


def draw(edition: Edition) -> str:
    """Give the lot by which entries from outside the interests are drawn for an edition."""
    return f"{edition.subscriber_id} {edition.date}"


def composed(
    subscriber: Subscriber,
    edition: Edition,
    ranking: Ranking,
    selection: Selection,
    candidates: int,
    coverage: Sequence[Coverage] = (),
) -> Digest:
    """Make the digest of what was selected out of so many candidates."""
    profile = subscriber.profile
    sections = tuple(_sections(profile, ranking, selection))
    subject, preheader = _announced(edition, sections, candidates, coverage, profile)
    return Digest(
        edition=edition,
        subject=subject,
        preheader=preheader,
        template=profile.template,
        language=profile.language,
        sections=sections,
        candidates=candidates,
        omitted=selection.counts,
        coverage=tuple(coverage),
    )


def _announced(
    edition: Edition,
    sections: Sequence[Section],
    candidates: int,
    coverage: Sequence[Coverage],
    profile: Profile,
) -> tuple[str, str]:
    """Give the subject and preheader that fit what a digest shows."""
    words = language(profile.language)
    shown = [match for section in sections for match in section.matches]
    more = sum(section.more for section in sections)
    return (
        wording.subject(edition.date, shown, words),
        wording.preheader(shown, candidates, coverage, words, more),
    )


def shortened(digest: Digest, subscriber: Subscriber, drop: int) -> Digest:
    """Leave out the ``drop`` entries that matter least, and say so: those of least score.

    Of trending entries, which have none, the last come first. Candidates stay shown + left out.
    """
    ranked = best_first(digest.shown)
    going = {match.entry.id for match in ranked[max(len(ranked) - drop, 0) :]}
    sections = []
    for section in digest.sections:
        matches = tuple(match for match in section.matches if match.entry.id not in going)
        gone = len(section.matches) - len(matches)
        more = 0 if section.title in {TRENDING, EXPLORED} else section.more + gone
        sections.append(replace(section, matches=matches, more=more))
    omitted = {**digest.omitted, NO_ROOM: digest.omitted.get(NO_ROOM, 0) + len(going)}
    left = tuple(section for section in sections if section.matches or section.more)
    subject, preheader = _announced(
        digest.edition, left, digest.candidates, digest.coverage, subscriber.profile
    )
    return replace(digest, subject=subject, preheader=preheader, sections=left, omitted=omitted)


def _sections(profile: Profile, ranking: Ranking, selection: Selection) -> list[Section]:
    """Group by interest in the profile's order; trending last."""
    sections: list[Section] = []
    standing, by_row = ranking.standing, [list[Match]() for _ in profile.interests]
    chosen = list(selection.chosen)
    for number, row in zip(chosen, standing.rows[chosen].tolist(), strict=True):
        by_row[row].append(ranking.match(number))
    over = standing.rows[selection.left[selection.over]]
    more = np.bincount(over, minlength=len(by_row)).tolist()
    for interest, matches, others in zip(profile.interests, by_row, more, strict=True):
        if matches or others:
            sections.append(Section(title=interest.name, matches=tuple(matches), more=others))
    if selection.trending:
        matches = [_trending_match(ranking, number) for number in selection.trending]
        sections.append(Section(title=TRENDING, matches=tuple(matches)))
    if selection.explored:
        matches = [_explored_match(ranking, number) for number in selection.explored]
        sections.append(Section(title=EXPLORED, matches=tuple(matches)))
    return sections


def _trending_match(ranking: Ranking, number: int) -> Match:
    evidence = tuple(popularity.explain(None, ranking.pool)(number))
    return Match(entry=ranking.pool.entries[number], interest=None, score=0.0, evidence=evidence)


def _explored_match(ranking: Ranking, number: int) -> Match:
    reason = "drawn by lot, as your profile allows"
    return Match(
        entry=ranking.pool.entries[number],
        interest=None,
        score=0.0,
        evidence=(Evidence(matcher="explore", reason=reason, score=0.0),),
    )
