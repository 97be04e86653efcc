"""A line of plain text of which some words are marked: what was matched, who is followed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple


class Run(NamedTuple):
    """A piece of a line; ``strong`` if it is marked. A tuple, as lines are looked up often."""

    text: str
    strong: bool = False


Text = tuple[Run, ...]
# Each mail has dozens; by the class's own call one takes three times as long to make.
_run: Callable[[tuple[str, bool]], Run] = partial(tuple.__new__, Run)


def plainly(text: str) -> Text:
    """Make a line with nothing marked; of nothing an empty one."""
    return (_run((text, False)),) if text else ()


def strongly(text: str) -> Text:
    """Make a line that is marked from end to end."""
    return (_run((text, True)),)


def joined(lines: list[Text], joint: str) -> Text:
    """Put lines one after the other, parted by ``joint``."""
    runs: list[Run] = []
    between = plainly(joint)
    for line in lines:
        if runs:
            runs += between
        runs += line
    return tuple(runs)


def bare(text: Text) -> str:
    """Give the words without the marks."""
    return text[0].text if len(text) == 1 else "".join([run.text for run in text])
