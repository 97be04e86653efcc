"""Parts a rendered text at its markers, and joins it again with what each reader is told. Pure.

While a template is rendered once for all, a personal value is a marker: a name between two signs
that no listing can know. What is rendered is parted there, and filling in is joining strings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from digest.wrapping import underline, wrap

Write = Callable[[str], str]


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
        return self._later(text, partial(wrap, indent=indent, hang=hang, whole=whole))

    def underline(self, text: str, mark: str = "-") -> str:
        """Draw a line below a heading, or give a marker for it if it holds one itself."""
        return self._later(text, partial(underline, mark=mark))

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


def filled(piece: Piece, values: Mapping[str, str]) -> str:
    """Join a piece with the values of its holes."""
    return "".join(
        part
        if isinstance(part, str)
        else values[part.name]
        if isinstance(part, Hole)
        else part.write(filled(part.parts, values))
        for part in piece
    )
