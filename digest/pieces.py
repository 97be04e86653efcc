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

from digest.emphasis import Text
from digest.printable import printable
from digest.wrapping import underline, wrap

Write = Callable[[str], str]
_NONE: Mapping[str, bytes] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    """The place of a personal value in a piece."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """Lines that are wrapped or underlined once their personal values are known."""

    parts: Piece
    write: Write


Piece = tuple[str | Hole | Later, ...]


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
        pieces: list[str | Hole | Later] = []
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


class Form:
    """A piece in quoted-printable, with room for what each reader is told.

    ``write`` says how a value stands in such a text: bare, or escaped.
    """

    __slots__ = ("_holes", "_lines", "_others", "_rows", "_write")

    def __init__(self, piece: Piece, write: Callable[[Text], str]) -> None:
        """Encode what is the same for all."""
        self._write = write
        self._rows: list[bytes] = []
        self._holes: list[tuple[int, str]] = []
        self._lines: list[tuple[int, Write, str, str]] = []  # a value, and what is before it
        self._others: list[tuple[int, Later]] = []
        for at, part in enumerate(piece):
            self._rows.append(printable(part) if isinstance(part, str) else b"")
            if isinstance(part, Hole):
                self._holes.append((at, part.name))
            elif isinstance(part, Later):
                match part.parts:
                    case (Hole(name=name),):
                        self._lines.append((at, part.write, "", name))
                    case (str(before), Hole(name=name)):
                        self._lines.append((at, part.write, before, name))
                    case _:
                        self._others.append((at, part))

    def filled(
        self, values: Mapping[str, Text], encoded: Mapping[str, bytes] = _NONE
    ) -> list[bytes]:
        """Give what is to be joined: the values of the holes, unless they are ``encoded``."""
        rows, write = self._rows.copy(), self._write
        for at, name in self._holes:
            rows[at] = encoded[name] if name in encoded else _encoded(write, values[name])
        for at, lines, before, name in self._lines:
            rows[at] = _line(lines, before, write, values[name])
        for at, part in self._others:
            rows[at] = _written(part.write, _joined(part.parts, values, write))
        return rows


@lru_cache(maxsize=32_768)
def _encoded(write: Callable[[Text], str], value: Text) -> bytes:
    """Encode a value; many readers are told the same."""
    return printable(write(value))


@lru_cache(maxsize=32_768)
def _line(lines: Write, before: str, write: Callable[[Text], str], value: Text) -> bytes:
    """Write lines of one value."""
    return printable(lines(before + write(value)))


@lru_cache(maxsize=4096)
def _written(lines: Write, text: str) -> bytes:
    """Write lines of several values."""
    return printable(lines(text))


def _joined(piece: Piece, values: Mapping[str, Text], write: Callable[[Text], str]) -> str:
    return "".join(
        [
            part
            if isinstance(part, str)
            else write(values[part.name])
            if isinstance(part, Hole)
            else part.write(_joined(part.parts, values, write))
            for part in piece
        ]
    )


@lru_cache
def _wrapping(indent: int, hang: int, whole: bool) -> Write:
    return partial(wrap, indent=indent, hang=hang, whole=whole)


@lru_cache
def _underlining(mark: str) -> Write:
    return partial(underline, mark=mark)
