"""Makes a digest out of a ranking: what is shown, in which section, and what was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from digest.coverage import BROKEN
from digest.match import Finding, Ranking
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

EXCLUDED = "excluded by your rules"
OVER_LIMIT = "over the limit"
REPLACEMENT = "new version of an older paper"
BELOW = "below the threshold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which candidates are shown (by their place in the pool) and why the others are not."""

    chosen: tuple[int, ...]
    trending: tuple[int, ...]
    omitted: Mapping[int, str]
    findings: Mapping[int, Finding]


def select(
    ranking: Ranking,
    candidates: Sequence[int],
    profile: Profile,
    revised: Collection[int] = frozenset(),
) -> Selection:
    """Choose the best candidates past their interest's threshold, and the most upvoted others.

    Ties are kept in the listing's order. ``revised`` are new versions of what was shown.
    """
    omitted: dict[int, str] = {}
    past: list[tuple[float, int]] = []
    findings: dict[int, Finding] = {}
    for number in candidates:
        found = ranking.best(number)
        if ranking.excluded(number):
            omitted[number] = EXCLUDED
        elif (
            ranking.pool.entries[number].replaced
            and profile.replacements != "show"
            and number not in revised
        ):
            omitted[number] = REPLACEMENT
        elif found is not None and found.past:
            findings[number] = found
            past.append((-found.score, number))
        else:
            omitted[number] = BELOW
    ordered = [number for _, number in sorted(past)]
    chosen = _fairly(ordered, findings, profile.limit)
    over = [number for number in ordered if number not in chosen]
    omitted |= dict.fromkeys(over, OVER_LIMIT)
    trending = _most_upvoted(ranking, omitted, profile.trending)
    for number in trending:
        del omitted[number]
    return Selection(
        chosen=tuple(number for number in ordered if number in chosen),
        trending=tuple(trending),
        omitted=omitted,
        findings=findings,
    )


def _fairly(ordered: Sequence[int], findings: Mapping[int, Finding], limit: int) -> set[int]:
    """Take the best, but of each interest at least half of an even share.

    So that one interest with much to say does not silence the others.
    """
    by_interest: dict[str, list[int]] = {}
    for number in ordered:
        by_interest.setdefault(findings[number].interest.name, []).append(number)
    share = limit // (2 * max(len(by_interest), 1))
    chosen = {number for numbers in by_interest.values() for number in numbers[:share]}
    for number in ordered:
        if len(chosen) >= limit:
            break
        chosen.add(number)
    return chosen


def _most_upvoted(ranking: Ranking, omitted: Mapping[int, str], show: int) -> list[int]:
    """Pick the most upvoted of what no interest shows, but nothing that was ruled out."""
    entries = ranking.pool.entries
    open_to = [
        number
        for number, reason in omitted.items()
        if reason in {BELOW, OVER_LIMIT} and entries[number].upvotes
    ]
    return sorted(open_to, key=lambda number: (-(entries[number].upvotes or 0), number))[:show]


def compose(
    subscriber: Subscriber,
    edition: Edition,
    ranking: Ranking,
    candidates: Sequence[int],
    coverage: Sequence[Coverage] = (),
    revised: Collection[int] = frozenset(),
) -> Digest:
    """Make the digest of one edition."""
    selection = select(ranking, candidates, subscriber.profile, revised)
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
    for interest in profile.interests:
        of_it = [n for n, found in selection.findings.items() if found.interest is interest]
        matches = [ranking.match(number) for number in selection.chosen if number in of_it]
        more = sum(1 for number in of_it if selection.omitted.get(number) == OVER_LIMIT)
        if matches or more:
            sections.append(Section(title=interest.name, matches=tuple(matches), more=more))
    if selection.trending:
        matches = [_trending_match(ranking, number) for number in selection.trending]
        sections.append(Section(title=TRENDING, matches=tuple(matches)))
    return sections


def _trending_match(ranking: Ranking, number: int) -> Match:
    entry = ranking.pool.entries[number]
    votes = entry.upvotes or 0
    reason = f"{votes} upvote{'s' if votes != 1 else ''} today"
    return Match(
        entry=entry,
        interest=None,
        score=0.0,
        evidence=(Evidence(matcher="popularity", reason=reason, score=0.0),),
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
