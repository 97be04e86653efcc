"""digest.garbage: looked for seldom while mails are made, and as before afterwards."""

from __future__ import annotations

import gc

import pytest

from digest.garbage import seldom


def test_what_was_is_again() -> None:
    """After the mails garbage is looked for as before."""
    before = gc.get_threshold()
    with seldom():
        during = gc.get_threshold()[0] > before[0], gc.get_freeze_count() > 0
    assert (True, True) == during
    assert (before, 0) == (gc.get_threshold(), gc.get_freeze_count())


def test_a_fault_changes_nothing() -> None:
    """Where making mails fails, garbage is looked for as before."""
    before = gc.get_threshold()
    with pytest.raises(ZeroDivisionError), seldom():
        raise ZeroDivisionError
    assert (before, 0) == (gc.get_threshold(), gc.get_freeze_count())
