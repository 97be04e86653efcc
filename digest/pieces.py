"""Parts a rendered text at its markers, and joins it again with what each reader is told. Pure.

While a template is rendered once for all, a personal value is a marker: a name between two signs
that no listing can know. What is rendered is parted there and encoded for a mail, and filling in is
joining bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial

from digest.emphasis import Line, Row
from digest.printable import printable
from digest.wrapping import underline, wrap

Write = Callable[[str], str]
# A line that is written as it stands, as HTML too, and begins with nothing that others would read.
_SOUND = re.compile(r"[ A-Za-z0-9](?!rom )[ A-Za-z0-9.,:;!?()/+@_-]*")
_SHORT = 76
Value = Line | bytes  # what is filled in; bytes are encoded already


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    """The place of a personal value in a piece."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """Lines that are wrapped or underlined once their personal values are known."""

    parts: Piece
    write: Write


Part = str | Hole | Later
Piece = tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Markers:
    """Makes markers and finds them again; ``secret`` is letters and digits unknown outside."""

    secret: str
    _lines: list[tuple[str, Write]] = field(default_factory=list)

    def hole(self, name: str) -> str:
        """Give the marker of a personal value."""
        return f"{self.secret}.{name};"

    def wrap(self, text: str, indent: int = 0, hang: int = 0, whole: bool = False) -> str:
        """Wrap a paragraph, or give a marker for it if it holds one itself."""
        return self._later(text, _wrapping(indent, hang, whole))

    def underline(self, text: str, mark: str = "-") -> str:
        """Draw a line below a heading, or give a marker for it if it holds one itself."""
        return self._later(text, _underlining(mark))

    def _later(self, text: str, write: Write) -> str:
        if self.secret not in text:
            return write(text)
        self._lines.append((text, write))
        return f"{self.secret}:{len(self._lines) - 1};"

    def part(self, text: str) -> Piece:
        """Part a rendered text at its markers.

        Raises:
            ValueError: a template has changed a marker, which it may only show.
        """
        pieces: list[Part] = []
        found = re.split(rf"{self.secret}([.:])([\w.]+);", text)
        for plain, kind, name in zip(found[::3], found[1::3], found[2::3], strict=False):
            pieces.append(plain)
            if kind == ".":
                pieces.append(Hole(name=name))
            else:
                line, write = self._lines[int(name)]
                pieces.append(Later(parts=self.part(line), write=write))
        pieces.append(found[-1])
        if any(self.secret in piece.lower() for piece in pieces if isinstance(piece, str)):
            raise ValueError("a personal value is changed by a filter; it may only be shown")
        return tuple(piece for piece in pieces if piece)


@dataclass(frozen=True, slots=True)
class Form:
    """A piece in quoted-printable, with room for what each reader is told.

    ``write`` says how a value stands in such a text: bare, or escaped.
    """

    piece: Piece
    write: Callable[[Line], str]

    def filled(self, values: Mapping[str, Value]) -> bytes:
        """Fill in the values of the holes."""
        return b"".join([self.written(part, values) for part in self.piece])

    def written(self, part: Part, values: Mapping[str, Value]) -> bytes:
        """Encode one part of the piece."""
        match part:
            case str():
                return _constant(part)
            case Hole(name=name):
                return encoded(self.write, values[name])
            case Later(parts=parts, write=write):
                return printable(write(joined(parts, values, self.write)))


@lru_cache(maxsize=1024)
def _constant(text: str) -> bytes:
    """Encode what is the same for all."""
    return printable(text)


def encoded(write: Callable[[Line], str], value: Value) -> bytes:
    """Encode a value, unless it is; of a row, each text by itself."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, Row):
        return b"".join([encoded(write, text) for text in value])
    text, html = value
    if len(text) < _SHORT and html == text and _SOUND.fullmatch(text):
        return f"{text}=\r\n".encode()  # as it would come out of what follows
    return printable(write(value))


def joined(piece: Piece, values: Mapping[str, Value], write: Callable[[Line], str]) -> str:
    """Write a piece with its values, none of which may be encoded already.

    Raises:
        TypeError: one is.
    """
    return "".join([_said(part, values, write) for part in piece])


def _said(part: Part, values: Mapping[str, Value], write: Callable[[Line], str]) -> str:
    match part:
        case str():
            return part
        case Later():
            return part.write(joined(part.parts, values, write))
        case Hole(name=name):
            value = values[name]
            if isinstance(value, bytes):
                raise TypeError(f"{name} may not stand in a line that is wrapped")
            return write(value)


@lru_cache
def _wrapping(indent: int, hang: int, whole: bool) -> Write:
    return partial(wrap, indent=indent, hang=hang, whole=whole)


@lru_cache
def _underlining(mark: str) -> Write:
    return partial(underline, mark=mark)
