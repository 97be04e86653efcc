"""A line of text of which some words are marked: what was matched, who is followed.

It is kept in both forms in which mails show it, so that lines that are put together of many are
put together twice, and not looked through. This is a place that uses markupsafe.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import NamedTuple

from markupsafe import escape

_READ_BY_HTML = re.compile("[&<>\"']")


class Text(NamedTuple):
    """A line, ``bare`` and as ``html`` in which marked words are bold; false without words.

    A tuple, as lines are looked up often.
    """

    bare: str
    html: str

    def __bool__(self) -> bool:
        """Whether it says anything."""
        return bool(self.bare)


class Row(tuple[Text, ...]):
    """Texts one after the other: each comes again elsewhere, all together hardly ever do."""

    __slots__ = ()

    @property
    def bare(self) -> str:
        """The words of all."""
        return "".join([text for text, _ in self])

    @property
    def html(self) -> str:
        """All as HTML."""
        return "".join([html for _, html in self])


Line = Text | Row
NOTHING = Text("", "")
# Each mail has dozens; by the class's own call one takes three times as long to make.
_text: Callable[[tuple[str, str]], Text] = partial(tuple.__new__, Text)


def plainly(text: str) -> Text:
    """Make a line with nothing marked."""
    return _text((text, _escaped(text)))


def strongly(text: str) -> Text:
    """Make a line that is marked from end to end."""
    return _text((text, f"<b>{_escaped(text)}</b>")) if text else NOTHING


def joined(texts: Iterable[Text], joint: str = "") -> Text:
    """Put texts one after the other, parted by ``joint``; one that says nothing is left out."""
    said = [text for text in texts if text[0]]
    bares, htmls = [text for text, _ in said], [html for _, html in said]
    return _text((joint.join(bares), _escaped(joint).join(htmls)))


def between(before: Text, text: Text, after: Text) -> Text:
    """Put a text between two others."""
    return _text((before[0] + text[0] + after[0], before[1] + text[1] + after[1]))


def bare(line: Line) -> str:
    """Give the words without the marks."""
    return line.bare


def as_html(line: Line) -> str:
    """Give the words as HTML, what is marked in bold."""
    return line.html


def _escaped(text: str) -> str:
    return str(escape(text)) if _READ_BY_HTML.search(text) else text
