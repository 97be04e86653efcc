"""Makes a digest out of a ranking: what is shown, in which section, and what was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

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
from digest.wording import best_first

TRENDING = msgid("Trending")
EXPLORED = msgid("Outside your interests")

EXCLUDED = msgid("excluded by your rules")
OVER_LIMIT = msgid("over the limit")
REPLACEMENT = msgid("new version of an older paper")
BELOW = msgid("below the threshold")
TWIN = msgid("nearly the same as another shown")
NO_ROOM = msgid("beyond the size of a mail")


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
    omitted = _ruled_out(ranking, candidates, profile, revised)
    past = ranking.standing.past.tolist()
    able = [n for n in candidates if past[n] and n not in omitted]
    ordered = popularity.best_first(ranking.pool, ranking.standing.scores, able)
    followed = ranking.standing.followed.tolist() if ranking.standing.followed.any() else ()
    queue = sorted(ordered, key=lambda n: not followed[n]) if followed else ordered
    queue = _folded(ranking, queue, profile.limit, omitted)
    chosen = _fairly(queue, ranking, profile.limit)
    left = [n for n in candidates if n not in chosen and n not in omitted]
    omitted.update([(n, OVER_LIMIT if past[n] else BELOW) for n in left])
    trending = popularity.trending(ranking.pool, set(left), profile.trending)
    explored = _drawn(ranking, omitted, profile.explore, draw, trending)
    for number in (*trending, *explored):
        del omitted[number]
    return Selection(
        chosen=tuple([number for number in ordered if number in chosen]),
        trending=tuple(trending),
        explored=tuple(explored),
        omitted=omitted,
    )


def _ruled_out(
    ranking: Ranking, candidates: Sequence[int], profile: Profile, revised: Collection[int]
) -> dict[int, str]:
    """Name the candidates that a rule keeps out, whatever their score."""
    out: dict[int, str] = {}
    replaced = ranking.pool.kept("replaced", _replaced)
    if not (replaced or ranking.barred.any()):
        return out
    excluded = ranking.excluded.tolist()
    for number in candidates:
        if excluded[number]:
            out[number] = EXCLUDED
        elif number in replaced and profile.replacements != "show" and number not in revised:
            out[number] = REPLACEMENT
    return out


def _replaced(pool: Pool) -> frozenset[int]:
    return frozenset(number for number, entry in enumerate(pool.entries) if entry.replaced)


def _folded(
    ranking: Ranking, queue: Sequence[int], limit: int, omitted: dict[int, str]
) -> list[int]:
    """Leave out, and note, what says nearly the same as something before it.

    But nothing of a followed author's. It looks no farther than twice the limit, beyond which
    nothing is shown.
    """
    kept: list[int] = []
    near = 2 * limit
    followed = dict(
        zip(queue[:near], ranking.standing.followed[queue[:near]].tolist(), strict=True)
    )
    for number in queue[:near]:
        if not followed[number] and ranking.pool.twin(number, kept) is not None:
            omitted[number] = TWIN
        else:
            kept.append(number)
    return [*kept, *queue[near:]]


def _fairly(queue: Sequence[int], ranking: Ranking, limit: int) -> set[int]:
    """Take followed authors, then the best, but of each interest at least half of an even share.

    So that one interest with much to say does not silence the others. Followed authors are all
    in, be they more than the limit.
    """
    if not queue:
        return set()
    standing = ranking.standing
    rows, followed = standing.rows[queue].tolist(), standing.followed[queue].tolist()
    chosen = {number for number, by in zip(queue, followed, strict=True) if by}
    taken = dict.fromkeys(rows, 0)
    share = max(limit - len(chosen), 0) // (2 * len(taken))
    wanting = len(taken) if share else 0
    for number, row in zip(queue, rows, strict=True):
        if not wanting:
            break
        if taken[row] < share:
            chosen.add(number)
            taken[row] += 1
            wanting -= taken[row] == share
    best = queue
    if any(followed):
        # Without anybody followed the queue is in the order of scores as it is.
        scores = standing.scores
        best = sorted(queue, key=lambda n: -float(scores[n]))
    for number in best:
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
        omitted=dict(Counter(selection.omitted.values())),
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
    rows = ranking.standing.rows.tolist()
    over = Counter([rows[n] for n, why in selection.omitted.items() if why == OVER_LIMIT])
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
