"""digest.render.known: equal entries have one number, however many objects stand for them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import entry

from digest.render.known import KnownEntries


def test_equal_entries_have_one_number() -> None:
    """Objects that are equal are numbered alike."""
    first, known = entry(title="One"), KnownEntries()
    assert known.number_of(first) == known.number_of(replace(first))


def test_entries_that_differ_stay_apart() -> None:
    """An entry of the same id with other votes has another number."""
    first, known = entry(title="One"), KnownEntries()
    assert known.number_of(first) != known.number_of(replace(first, upvotes=7))


def test_a_number_is_given_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was forgotten gets a new number, so that nothing kept is taken for another's."""
    monkeypatch.setattr("digest.render.known._ENTRIES", 2)
    known = KnownEntries()
    entries = [entry(title=str(number)) for number in range(6)]
    assert list(range(6)) == [known.number_of(one) for one in entries]
