"""digest.render.known: equal entries are one, however many objects stand for them."""

from __future__ import annotations

from dataclasses import replace

from builders import entry

from digest.render.known import KnownEntries


def test_equal_entries_are_one_object() -> None:
    """Of equal entries the first is given for each."""
    first, known = entry(title="One"), KnownEntries()
    assert first is known.same(first)
    assert first is known.same(replace(first)) is known.same(replace(first))


def test_entries_that_differ_stay_apart() -> None:
    """An entry of the same id with other votes is another one."""
    first, known = entry(title="One"), KnownEntries()
    changed = replace(first, upvotes=7)
    assert (first, changed) == (known.same(first), known.same(changed))
