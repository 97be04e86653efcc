"""The sentences of a mail about the whole of it: subject, preheader, summary, what was left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache

from digest import coverage as states
from digest.cleaning import shown, whole
from digest.coverage import BROKEN, DOUBTFUL
from digest.emphasis import bare
from digest.language import Language, msgid
from digest.model import Coverage, Match
from digest.reasons import AUTHORS, told
from digest.text import shorten

SUBJECT_MOST = 60
PREHEADER_LEAST, PREHEADER_MOST = 40, 110
_NAME_MOST = 100
_DETAIL_MOST = 300
_STATES = {
    states.UNREACHABLE: msgid("unreachable"),
    states.REFUSED: msgid("refused"),
    states.MALFORMED: msgid("malformed"),
    states.NEVER: msgid("never fetched"),
    states.EMPTY_UNEXPECTED: msgid("empty unexpectedly"),
    states.STALE: msgid("stale"),
    states.PARTIAL: msgid("partial"),
}


def best_first(matches: Sequence[Match]) -> list[Match]:
    """Order matches by score; the trending ones, which have none, come last."""
    return sorted(matches, key=lambda match: -match.score)


def subject(day: date, matches: Sequence[Match], words: Language) -> str:
    """Give the date and the best title, within 60 characters."""
    when = words.day(day)
    if not matches:
        return words.say("{day}: nothing new for you", day=when)
    others = len(matches) - 1
    more = words.plural(" + {number} more", " + {number} more", others) if others else ""
    room = SUBJECT_MOST - len(when) - len(": ") - len(more)
    return f"{when}: {shorten(whole(best_first(matches)[0].entry.title), room)}{more}"


def preheader(
    matches: Sequence[Match],
    candidates: int,
    coverage: Sequence[Coverage],
    words: Language,
    more: int = 0,
) -> str:
    """Add to the subject: how many were looked at, and the next titles."""
    said = summary(matches, candidates, words, more)
    if not matches:
        return shorten(f"{said} {_read(coverage, words)}", PREHEADER_MOST)
    titles = "; ".join(whole(match.entry.title) for match in best_first(matches)[1:4])
    if titles:
        also = words.say("Also: {titles}", titles=titles)
        return _of_length(f"{said} {also}", coverage, words)
    reasons = words.listed([bare(told(e.reason, words)) for e in matches[0].evidence[:2]])
    return _of_length(f"{said} {reasons[:1].upper()}{reasons[1:]}", coverage, words)


def _of_length(said: str, coverage: Sequence[Coverage], words: Language) -> str:
    """Bring a preheader to its length: clients fill up a short one with the mail's first lines."""
    if len(said) < PREHEADER_LEAST:
        said = f"{said.rstrip('.')}. {_read(coverage, words)}"
    return shorten(said, PREHEADER_MOST)


def _read(coverage: Sequence[Coverage], words: Language) -> str:
    broken = [shown(one.source, _NAME_MOST) for one in coverage if one.state in BROKEN]
    if broken:
        return words.say("Not read: {sources}.", sources=words.listed(broken))
    return words.say("Every source was read.")


def summary(matches: Sequence[Match], candidates: int, words: Language, more: int = 0) -> str:
    """Say how many of how many are for the reader, and how many by those they follow.

    ``more`` are for the reader, too, but over the limit.
    """
    of_interests = [match for match in matches if match.interest is not None]
    by_followed = [
        match for match in of_interests if any(e.matcher == AUTHORS for e in match.evidence)
    ]
    return counted(len(matches), len(of_interests), len(by_followed), candidates, words, more)


def counted(
    shown: int, of_interests: int, by_followed: int, candidates: int, words: Language, more: int
) -> str:
    """Do as ``summary`` for so many that are shown, for an interest, and by the followed."""
    if shown and not of_interests:
        return _trending(shown, candidates, words)
    return _matching(of_interests + more, candidates, by_followed, words)


@lru_cache(maxsize=4096)
def _trending(number: int, candidates: int, words: Language) -> str:
    return words.plural(
        "The most upvoted of {total} new entries.",
        "The {number} most upvoted of {total} new entries.",
        number,
        total=words.number(candidates),
    )


@lru_cache(maxsize=4096)
def _matching(number: int, candidates: int, by_followed: int, words: Language) -> str:
    said = words.plural(
        "{number} of {total} new entries matches your interests",
        "{number} of {total} new entries match your interests",
        number,
        total=words.number(candidates),
    )
    if not by_followed:
        return f"{said}."
    follow = words.plural(
        "{number} is by an author you follow",
        "{number} are by authors you follow",
        by_followed,
    )
    return words.say("{summary}; {more}.", summary=said, more=follow)


def left_out(omitted: Mapping[str, int], words: Language) -> str:
    """Say how many were left out, and why."""
    return _left_out(tuple(omitted.items()), words)


@lru_cache(maxsize=4096)
def _left_out(omitted: tuple[tuple[str, int], ...], words: Language) -> str:
    parts = [f"{words.number(count)} {words.say(reason)}" for reason, count in omitted if count]
    return words.say("Left out today: {reasons}.", reasons=words.listed(parts)) if parts else ""


def sources(coverage: Sequence[Coverage], words: Language) -> str:
    """Say what the sources gave that could be read."""
    return _sources(tuple(coverage), words)


@lru_cache(maxsize=4096)
def _sources(coverage: tuple[Coverage, ...], words: Language) -> str:
    read = [_gave(one, words) for one in coverage if one.state not in BROKEN]
    return words.say("Sources read: {sources}.", sources=" · ".join(read)) if read else ""


def _gave(one: Coverage, words: Language) -> str:
    number = words.say("no new entries")
    if one.entries:
        number = words.plural("{number} new", "{number} new", one.entries)
    said = f"{shown(one.source, _NAME_MOST)}: {number}"
    return (
        f"{said} ({words.say(_STATES.get(one.state, one.state))})"
        if one.state in DOUBTFUL
        else said
    )


def warnings(coverage: Sequence[Coverage], words: Language) -> tuple[str, ...]:
    """Say which sources could not be read, and why; the evidence is as the fetching gave it.

    The cure that follows a fault is for the operator, and left out.
    """
    return tuple(
        words.say(
            "{source} could not be read ({reason})",
            source=shown(one.source, _NAME_MOST),
            reason=shown(one.detail.partition("; ")[0], _DETAIL_MOST)
            or words.say(_STATES.get(one.state, one.state)),
        )
        for one in coverage
        if one.state in BROKEN
    )
