"""Past digests as a profile would have made them, and in what those of two profiles differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from digest import compose
from digest.match import Ranking
from digest.model import WEEKDAYS, Entry, Profile
from digest.sparse import Places

WEEK = 7


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Period:
    """The ``days`` of past mails; ``places`` gives for each entry the place of its day."""

    days: tuple[date, ...]
    places: Places

    def candidates(self, place: int) -> Places:
        """Give the entries that were new for a day's mail."""
        return np.flatnonzero(self.places == place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Under which interest a digest shows an entry, and with what score."""

    interest: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PastDigest:
    """What a profile would have shown on a day, by place in the pool, and what it left out."""

    day: date
    candidates: int
    shown: Mapping[int, Shown]
    omitted: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An entry that another profile shows otherwise; None where it does not show it."""

    day: date
    entry: Entry
    before: Shown | None
    after: Shown | None

    @property
    def sign(self) -> str:
        """Give "+" for what comes in, "-" for what falls out, "~" for another interest."""
        return "+" if self.before is None else "-" if self.after is None else "~"


def period(stored: Sequence[date], weekdays: Sequence[str]) -> Period:
    """Give each entry, by the local date on which it was first stored, to a day's mail.

    What is stored on a day without a mail is for the next one.
    """
    by_date = {day: _mail_day(day, weekdays) for day in set(stored)}
    days = sorted(set(by_date.values()))
    place = {day: number for number, day in enumerate(days)}
    places = np.array([place[by_date[day]] for day in stored], np.int64)
    return Period(days=tuple(days), places=places)


def _mail_day(day: date, weekdays: Sequence[str]) -> date:
    coming = (day + timedelta(days=ahead) for ahead in range(WEEK))
    return next((one for one in coming if WEEKDAYS[one.weekday()] in weekdays), day)


def digests(ranking: Ranking, profile: Profile, of: Period) -> tuple[PastDigest, ...]:
    """Choose for each day among the entries that were new for it.

    Nothing is drawn by lot, and what was over the limit one day is not offered the next.
    """
    certain = replace(profile, explore=0)
    return tuple(
        _digest(ranking, certain, day, of.candidates(place)) for place, day in enumerate(of.days)
    )


def _digest(ranking: Ranking, profile: Profile, day: date, candidates: Places) -> PastDigest:
    selection = compose.select(ranking, candidates, profile)
    standing = ranking.standing
    shown = {
        number: Shown(
            interest=profile.interests[standing.rows[number]].name,
            score=float(standing.scores[number]),
        )
        for number in selection.chosen
    }
    shown |= {
        number: Shown(interest=compose.TRENDING, score=float(standing.scores[number]))
        for number in selection.trending
    }
    return PastDigest(
        day=day,
        candidates=len(candidates),
        shown=shown,
        omitted=Counter(selection.omitted.values()),
    )


def changes(
    entries: Sequence[Entry], before: Sequence[PastDigest], after: Sequence[PastDigest]
) -> tuple[Change, ...]:
    """Compare the digests of the same days: what comes in, falls out or changes its interest.

    Day by day; what comes in first, and of each the best.
    """
    return tuple(
        sorted(
            (
                change
                for one, other in zip(before, after, strict=True)
                for change in _of_day(entries, one, other)
            ),
            key=_order,
        )
    )


def _of_day(entries: Sequence[Entry], one: PastDigest, other: PastDigest) -> Iterator[Change]:
    for number in sorted({*one.shown, *other.shown}):
        was, becomes = one.shown.get(number), other.shown.get(number)
        if was is None or becomes is None or was.interest != becomes.interest:
            yield Change(day=one.day, entry=entries[number], before=was, after=becomes)


def _order(change: Change) -> tuple[date, int, float]:
    shown = change.after or change.before
    return change.day, "+-~".index(change.sign), -shown.score if shown else 0.0
