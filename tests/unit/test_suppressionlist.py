"""digest.suppressionlist: lists of other programs are read, and our own come back as they were."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from builders import NOW
from hypothesis import given
from hypothesis import strategies as st

from digest import suppressionlist
from digest.model import Suppression
from digest.suppressionlist import read, write

ADA = "ada@example.org"


def row(reason: str = "imported", *, stopped: bool = True, since: datetime = NOW) -> Suppression:
    """Make Ada's suppression."""
    return Suppression(email=ADA, reason=reason, since=since, stopped=stopped)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ADA, row()),
        (f"\ufeff{ADA}\r\n", row()),
        (f"# a list\n\n<{ADA}>", row()),
        (f"{ADA} asked to stop", row("asked to stop")),
        (f"{ADA}\tspam complaint", row("spam complaint")),
        (f"{ADA};asked", row("asked")),
        (f"{ADA},550 5.1.1 no, never", row("550 5.1.1 no, never", stopped=False)),
        (f'"{ADA}","hard bounce"', row("hard bounce", stopped=False)),
        (f"Email,Reason\n{ADA},unknown user", row("unknown user", stopped=False)),
        (f"reason,email,stopped\nmoved,{ADA},no", row("moved", stopped=False)),
        (f"email,reason,stopped\n{ADA},bounced,yes", row("bounced")),
        (
            f"email,since\n{ADA},2026-01-31",
            row(since=datetime(2026, 1, 31, tzinfo=UTC)),
        ),
    ],
)
def test_lines(text: str, expected: Suppression) -> None:
    """An address, its reason and its date are found, whichever way they are written."""
    assert ([expected], []) == read(text, "list.csv", NOW)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("ada", 'list.csv:1: "ada" is not an e-mail address; write for instance "ada@example.org"'),
        (f"{ADA}\n\nx@", 'list.csv:3: "x@" is not an e-mail address; write for instance'),
        (f"email,since\n{ADA},soon", 'list.csv:2: "soon" is not a date; write for instance'),
        ("email,reason\n,x", 'list.csv:2: "" is not an e-mail address'),
    ],
)
def test_mistakes_are_named(text: str, line: str) -> None:
    """Each wrong line is named with its number."""
    (problem,) = read(text, "list.csv", NOW)[1]
    assert str(problem).startswith(line)


def test_a_mistake_stops_no_other_line() -> None:
    """The lines around a wrong one are read."""
    found, problems = read(f"{ADA}\nwrong\nbob@example.org", "list.csv", NOW)
    assert ([ADA, "bob@example.org"], 1) == ([one.email for one in found], len(problems))


words = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), max_size=30)
suppressions = st.builds(
    Suppression,
    email=st.sampled_from([ADA, "bob@example.org"]),
    reason=st.one_of(st.just('550 5.1.1 no, "never"'), words.filter(bool)),
    since=st.datetimes(timezones=st.just(UTC)),
    stopped=st.booleans(),
)


@given(st.lists(suppressions, max_size=5))
def test_what_is_written_is_read(listed: list[Suppression]) -> None:
    """A list comes back as it was."""
    assert (listed, []) == read(write(listed), "list.csv", NOW)


@given(st.text(max_size=200))
def test_no_text_makes_it_fail(text: str) -> None:
    """Whatever stands in a file, it gives suppressions and mistakes."""
    found, problems = suppressionlist.read(text, "list.csv", NOW)
    strange = [one.email for one in found if "@" not in one.email]
    assert ([], True) == (strange, all("list.csv:" in str(problem) for problem in problems))
