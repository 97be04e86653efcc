"""digest.columns and digest.choice: what arrays choose is what a look at each entry would."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
from builders import entry, subscriber
from hypothesis import given
from hypothesis import strategies as st

from digest.choice import Choice
from digest.columns import columns
from digest.model import Entry
from digest.pool import Pool

DAY = date(2026, 3, 2)
MOMENT = datetime(2026, 3, 2, tzinfo=UTC)
UNDATED = datetime.min.replace(tzinfo=UTC)
IDS = [f"x:{number}" for number in range(12)]
DATES = st.sampled_from(["2026-03-01", DAY.isoformat()])


@st.composite
def entries(draw: st.DrawFn) -> list[Entry]:
    """Give entries of some times, sources and versions."""
    hours = st.none() | st.integers(-9, 9)
    rows = st.lists(st.tuples(hours, st.sets(st.sampled_from("abc")), st.integers(1, 3)))
    return [
        replace(
            entry("x"),
            id=name,
            published=None if hour is None else MOMENT + timedelta(hours=hour),
            seen_in=tuple(sorted(sources)),
            version=version,
        )
        for name, (hour, sources, version) in zip(IDS, draw(rows), strict=False)
    ]


@given(entries(), st.integers(0, 12), st.none() | st.integers(-9, 9))
def test_the_newest_are_those_of_the_latest_times(
    found: list[Entry], most: int, hours: int | None
) -> None:
    """Of equal times the first listed go first, those without one last; the order stays."""
    since = UNDATED if hours is None else MOMENT + timedelta(hours=hours)
    recent = [n for n, one in enumerate(found) if not one.published or one.published >= since]
    ranked = sorted(recent, key=lambda n: found[n].published or UNDATED, reverse=True)
    newest = columns(Pool(found)).newest(
        np.arange(len(found)), most, None if hours is None else since
    )
    assert sorted(ranked[:most]) == newest.tolist()


@given(entries(), st.sets(st.integers(0, 11)))
def test_each_source_has_its_entries_counted(found: list[Entry], some: set[int]) -> None:
    """An entry of two sources counts for both; one that is no candidate, for none."""
    chosen = [number for number in some if number < len(found)]
    counts = columns(Pool(found)).counts(chosen)
    expected = Counter(name for number in chosen for name in found[number].seen_in)
    assert expected == Counter(counts)


@dataclass(frozen=True)
class Case:
    """What a reader was shown, when and in which version, and what they want."""

    entries: list[Entry]
    fresh: int
    shown: dict[str, str]
    versions: dict[str, int]
    wanted: str
    again: bool

    def may(self, number: int) -> bool:
        """Whether an entry is a candidate."""
        one = self.entries[number]
        offered = number < self.fresh or self.wanted == "show"
        own = self.again and self.shown.get(one.id) == DAY.isoformat()
        newer = one.version > self.versions.get(one.id, 9) and self.wanted != "ignore"
        return (offered and one.id not in self.shown) or own or newer


CASES = st.builds(
    Case,
    entries(),
    st.integers(0, 12),
    st.dictionaries(st.sampled_from(IDS), DATES),
    st.dictionaries(st.sampled_from(IDS), st.integers(1, 3)),
    st.sampled_from(["show", "only-if-sent", "ignore"]),
    st.booleans(),
)


@given(CASES)
def test_candidates_are_what_was_not_shown_or_is_newer(case: Case) -> None:
    """What a reader may be shown is what a look at each entry says."""
    ada = subscriber()
    ada = replace(ada, profile=replace(ada.profile, replacements=case.wanted))
    choice = Choice(
        pool=Pool(case.entries),
        fresh=min(case.fresh, len(case.entries)),
        shown={ada.id: case.shown},
        versions={ada.id: case.versions},
    )
    expected = [number for number in range(len(case.entries)) if case.may(number)]
    assert expected == choice.candidates(ada, DAY, again=case.again).tolist()
