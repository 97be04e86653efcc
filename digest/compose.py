"""Makes a digest out of a ranking: what is shown, in which section, and what was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from digest.coverage import BROKEN
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
from digest.text import shorten

SUBJECT_MOST = 60
PREHEADER_LEAST, PREHEADER_MOST = 40, 110
TRENDING = "Trending"
EXPLORED = "Outside your interests"

EXCLUDED = "excluded by your rules"
OVER_LIMIT = "over the limit"
REPLACEMENT = "new version of an older paper"
BELOW = "below the threshold"
TWIN = "nearly the same as another shown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which candidates are shown (by their place in the pool) and why the others are not.

    ``chosen`` are those of the interests, best first; ``explored`` is from outside of them.
    """

    chosen: tuple[int, ...]
    trending: tuple[int, ...]
    explored: tuple[int, ...]
    omitted: Mapping[int, str]


def select(
    ranking: Ranking,
    candidates: Sequence[int],
    profile: Profile,
    revised: Collection[int] = frozenset(),
    draw: str = "",
) -> Selection:
    """Choose the best candidates past their interest's threshold, and some beside them.

    Followed authors come first; ties go to the more upvoted, then to the listing's order.
    ``revised`` are new versions of what was shown; ``draw`` decides which entry outside the
    interests is shown, if the profile wants any.
    """
    entries, standing = ranking.pool.entries, ranking.standing
    omitted = _ruled_out(ranking, candidates, profile, revised)
    ordered = sorted(
        (n for n in candidates if standing.past[n] and n not in omitted),
        key=lambda n: (-float(standing.scores[n]), -popularity.votes(entries[n]), n),
    )
    queue = sorted(ordered, key=lambda n: not standing.followed[n])
    chosen = _fairly(_folded(ranking, queue, profile.limit, omitted), ranking, profile.limit)
    for number in candidates:
        if number not in chosen and number not in omitted:
            omitted[number] = OVER_LIMIT if standing.past[number] else BELOW
    left = (number for number, reason in omitted.items() if reason in {BELOW, OVER_LIMIT})
    trending = popularity.trending(ranking.pool, left, profile.trending)
    explored = _drawn(ranking, omitted, profile.explore, draw, trending)
    for number in (*trending, *explored):
        del omitted[number]
    return Selection(
        chosen=tuple(number for number in ordered if number in chosen),
        trending=tuple(trending),
        explored=tuple(explored),
        omitted=omitted,
    )


def _ruled_out(
    ranking: Ranking, candidates: Sequence[int], profile: Profile, revised: Collection[int]
) -> dict[int, str]:
    """Name the candidates that a rule keeps out, whatever their score."""
    out: dict[int, str] = {}
    excluded = ranking.excluded
    for number in candidates:
        if excluded[number]:
            out[number] = EXCLUDED
        elif (
            ranking.pool.entries[number].replaced
            and profile.replacements != "show"
            and number not in revised
        ):
            out[number] = REPLACEMENT
    return out


def _folded(
    ranking: Ranking, queue: Sequence[int], limit: int, omitted: dict[int, str]
) -> list[int]:
    """Leave out, and note, what says nearly the same as something before it.

    But nothing of a followed author's. It looks no farther than twice the limit, beyond which
    nothing is shown.
    """
    kept: list[int] = []
    followed = ranking.standing.followed
    for place, number in enumerate(queue):
        near = place < 2 * limit and not followed[number]
        if near and ranking.pool.twin(number, kept) is not None:
            omitted[number] = TWIN
        else:
            kept.append(number)
    return kept


def _fairly(queue: Sequence[int], ranking: Ranking, limit: int) -> set[int]:
    """Take followed authors, then the best, but of each interest at least half of an even share.

    So that one interest with much to say does not silence the others. Followed authors are all
    in, be they more than the limit.
    """
    by_interest: dict[int, list[int]] = {}
    for number in queue:
        by_interest.setdefault(int(ranking.standing.rows[number]), []).append(number)
    chosen = {number for number in queue if ranking.standing.followed[number]}
    share = max(limit - len(chosen), 0) // (2 * max(len(by_interest), 1))
    for numbers in by_interest.values():
        chosen |= set(numbers[:share])
    for number in sorted(queue, key=lambda n: -float(ranking.standing.scores[n])):
        if len(chosen) >= limit:
            break
        chosen.add(number)
    return chosen


def _drawn(
    ranking: Ranking, omitted: Mapping[int, str], show: int, draw: str, taken: Sequence[int]
) -> list[int]:
    """Draw entries from outside the interests: by lot, the same for the same edition."""
    if not show:
        return []
    entries = ranking.pool.entries
    open_to = [n for n, reason in omitted.items() if reason == BELOW and n not in taken]
    lots = {n: sha256(f"{draw} {entries[n].id}".encode()).digest() for n in open_to}
    return sorted(lots, key=lambda number: lots[number])[:show]


def compose(
    subscriber: Subscriber,
    edition: Edition,
    ranking: Ranking,
    candidates: Sequence[int],
    coverage: Sequence[Coverage] = (),
    revised: Collection[int] = frozenset(),
) -> Digest:
    """Make the digest of one edition."""
    draw = f"{edition.subscriber_id} {edition.date}"
    selection = select(ranking, candidates, subscriber.profile, revised, draw)
    sections = _sections(subscriber.profile, ranking, selection)
    shown = [match for section in sections for match in section.matches]
    return Digest(
        edition=edition,
        subject=_subject(edition, shown),
        preheader=_preheader(shown, len(candidates), coverage),
        sections=tuple(sections),
        candidates=len(candidates),
        omitted=dict(Counter(selection.omitted.values())),
        coverage=tuple(coverage),
    )


def _sections(profile: Profile, ranking: Ranking, selection: Selection) -> list[Section]:
    """Group by interest in the profile's order; trending last."""
    sections: list[Section] = []
    rows = ranking.standing.rows
    over = Counter(int(rows[n]) for n, why in selection.omitted.items() if why == OVER_LIMIT)
    for row, interest in enumerate(profile.interests):
        matches = [ranking.match(number) for number in selection.chosen if rows[number] == row]
        if matches or over[row]:
            sections.append(Section(title=interest.name, matches=tuple(matches), more=over[row]))
    if selection.trending:
        matches = [_trending_match(ranking, number) for number in selection.trending]
        sections.append(Section(title=TRENDING, matches=tuple(matches)))
    if selection.explored:
        matches = [_explored_match(ranking, number) for number in selection.explored]
        sections.append(Section(title=EXPLORED, matches=tuple(matches)))
    return sections


def _trending_match(ranking: Ranking, number: int) -> Match:
    evidence = popularity.explain(None, ranking.pool, number)
    return Match(entry=ranking.pool.entries[number], interest=None, score=0.0, evidence=evidence)


def _explored_match(ranking: Ranking, number: int) -> Match:
    reason = "drawn by lot, as your profile allows"
    return Match(
        entry=ranking.pool.entries[number],
        interest=None,
        score=0.0,
        evidence=(Evidence(matcher="explore", reason=reason, score=0.0),),
    )


def best_first(matches: Sequence[Match]) -> list[Match]:
    """Order matches by score; the trending ones, which have none, come last."""
    return sorted(matches, key=lambda match: -match.score)


def _subject(edition: Edition, shown: Sequence[Match]) -> str:
    """Give the date and the best title, within 60 characters."""
    day = f"{edition.date:%a} {edition.date.day} {edition.date:%b}"
    if not shown:
        return f"{day}: nothing new for you"
    others = f" + {len(shown) - 1} more" if len(shown) > 1 else ""
    room = SUBJECT_MOST - len(day) - len(": ") - len(others)
    return f"{day}: {shorten(best_first(shown)[0].entry.title, room)}{others}"


def _preheader(shown: Sequence[Match], candidates: int, coverage: Sequence[Coverage]) -> str:
    """Add to the subject: how many were looked at, and the next titles."""
    matched = sum(1 for match in shown if match.interest is not None)
    verb = "matches" if matched == 1 else "match"
    said = f"{matched} of {candidates} new entries {verb} your interests."
    if not shown:
        broken = [source.source for source in coverage if source.state in BROKEN]
        told = f" Not read: {', '.join(broken)}." if broken else " Every source was read."
        return shorten(said + told, PREHEADER_MOST)
    titles = "; ".join(match.entry.title for match in best_first(shown)[1:4])
    if titles:
        return shorten(f"{said} Also: {titles}", PREHEADER_MOST)
    reasons = ", ".join(evidence.reason for evidence in shown[0].evidence[:2])
    return shorten(f"{said} {reasons[:1].upper()}{reasons[1:]}", PREHEADER_MOST)
