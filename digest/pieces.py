"""Parts a rendered text at its markers, and joins it again with what each reader is told. Pure.

While a template is rendered once for all, a personal value is a marker: a name between two signs
that no listing can know. What is rendered is parted there and encoded for a mail, and filling in is
joining bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import accumulate, pairwise
from string import ascii_letters, digits

from digest.emphasis import Text
from digest.printable import SOFT, decoded, guarded, printable
from digest.wrapping import underline, wrap

Write = Callable[[str], str]
_NONE: Mapping[str, bytes] = {}
_PLAIN = re.compile(r"https?://[A-Za-z0-9._~:/%-]+")
_ANY = str.maketrans(dict.fromkeys(ascii_letters + digits, "x"))


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

    def ready(self, values: Mapping[str, Text], start: str) -> Ready | None:
        """Fill in ``values``, which many readers share, and leave the other holes open.

        Of the links that begin with ``start`` only the rest is filled in. None where that cannot
        be: where lines are made of several values, or links are broken in several ways.
        """
        rows, write = self._rows.copy(), self._write
        if self._others:
            return None
        places: list[tuple[int, str, tuple[Write, str] | None]] = []
        for at, name in self._holes:
            if name in values:
                rows[at] = _encoded(write, values[name])
            else:
                places.append((at, name, None))
        for at, lines, before, name in self._lines:
            if name in values:
                rows[at] = printable(lines(before + write(values[name])))
            else:
                places.append((at, name, (lines, before)))
        holes = {at: (name, line) for at, name, line in places}
        return Ready.of(rows, holes, write, start)


class Ready:
    """A piece filled in but for a few values, and how its links begin.

    ``breaks`` are the places at which that beginning is broken: it goes in by ``begun``.
    """

    __slots__ = ("_holes", "_lines", "_rows", "_starts", "_write", "breaks")

    def __init__(self, write: Callable[[Text], str]) -> None:
        """Begin with nothing."""
        self._write = write
        self._rows: list[bytes] = []
        self._starts: list[int] = []
        self._holes: list[tuple[int, str]] = []
        self._lines: list[tuple[int, str, Write, str]] = []
        self.breaks: tuple[int, ...] = ()

    @classmethod
    def of(
        cls,
        rows: Sequence[bytes],
        holes: Mapping[int, tuple[str, tuple[Write, str] | None]],
        write: Callable[[Text], str],
        start: str,
    ) -> Ready | None:
        """Part rows where links begin with ``start``; None where that is broken in several ways."""
        made, whole = cls(write), b""
        found: set[tuple[int, ...]] = set()
        for at, row in enumerate(rows):
            if at not in holes:
                whole += row
                continue
            made._add(whole, start, found)
            whole = b""
            name, line = holes[at]
            if line is None:
                made._holes.append((len(made._rows), name))
            else:
                made._lines.append((len(made._rows), name, *line))
            made._rows.append(b"")
        made._add(whole, start, found)
        if len(found) > 1:
            return None
        made.breaks = found.pop() if found else ()
        return made

    def _add(self, row: bytes, start: str, found: set[tuple[int, ...]]) -> None:
        """Add what stands between two holes."""
        if not start:
            self._rows.append(row)
            return
        at = 0
        for place in _broken(start).finditer(row):
            found.add(_breaks(place[0]))
            self._rows.append(row[at : place.start()])
            self._starts.append(len(self._rows))
            self._rows.append(b"")
            at = place.end()
        self._rows.append(row[at:])

    def filled(self, values: Mapping[str, Text], start: bytes) -> list[bytes]:
        """Give what is to be joined; ``start`` is what ``begun`` gave for these ``breaks``."""
        rows, write = self._rows.copy(), self._write
        for at in self._starts:
            rows[at] = start
        for at, name in self._holes:
            rows[at] = _encoded(write, values[name])
        for at, name, lines, before in self._lines:
            rows[at] = _line(lines, before, write, values[name])
        return rows


def alike(start: str) -> str:
    """Give what two addresses have in common that are broken into lines alike; else "".

    Letters and digits of the last part may differ between them, as long as no encoding touches one.
    """
    if not _PLAIN.fullmatch(start):
        return ""
    before, _, last = start.rpartition("/")
    return f"{before}/{last.translate(_ANY)}"


def begun(start: str, breaks: Sequence[int]) -> bytes:
    """Encode the beginning of a link, broken at these places."""
    first, *others = (start[a:b] for a, b in pairwise((0, *breaks, len(start))))
    return SOFT.join([first.encode(), *(guarded(part.encode()) for part in others)])


@lru_cache
def _broken(start: str) -> re.Pattern[bytes]:
    """Find an address, wherever it may be broken."""
    letters = [f"(?:{re.escape(c)}|={ord(c):02X})" if c in ".-" else re.escape(c) for c in start]
    return re.compile("(?:=\r\n)?".join(letters).encode())


def _breaks(found: bytes) -> tuple[int, ...]:
    """Say after how many characters each line ends, but for the last."""
    lengths = [len(decoded(line)) for line in found.split(SOFT)]
    return tuple(accumulate(lengths[:-1]))


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
