"""Fills a piece in with what many readers are told alike: a few places are left for each. Pure.

A value is encoded in each of the ways in which a template writes it, which are few; to fill a piece
in is to put these bytes into their rows.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from digest.emphasis import Text
from digest.linebreaks import Alike, Encode, begun, breaks, broken
from digest.pieces import Form, Hole, Later, Part, Value, Write, encoded, joined
from digest.printable import printable

LINK = "link"  # the value that is how a reader's links begin: a string
_WAYS = 20
_KEPT = 16_384  # values


class Ways:
    """The ways in which one value is written: by itself, within a line, as a link's beginning.

    ``again`` says that the same value is told again and again: it is encoded once.
    """

    __slots__ = ("_encodes", "_known", "number_of")

    def __init__(self, *, again: bool = False) -> None:
        """Know none."""
        self.number_of: dict[Hashable, int] = {}
        self._encodes: list[Encode] = []
        self._known: dict[Value | str, Sequence[bytes]] | None = {} if again else None

    def number(self, way: Hashable, encode: Encode) -> int:
        """Give the number of a way, which is to encode so.

        Raises:
            LookupError: there are too many.
        """
        number = self.number_of.get(way)
        if number is None:
            number = len(self._encodes)
            if number >= _WAYS:
                raise LookupError("a value is written in too many ways")
            self.number_of[way] = number
            self._encodes.append(encode)
            if self._known is not None:
                self._known.clear()
        return number

    def of(self, value: Value | str) -> Sequence[bytes]:
        """Write a value in all ways there are, by their numbers."""
        if self._known is None:
            return [encode(value) for encode in self._encodes]
        found = self._known.get(value)
        if found is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
            found = self._known[value] = [encode(value) for encode in self._encodes]
        return found

    def each(self, values: Sequence[Value]) -> Sequence[Sequence[bytes]]:
        """Write several values."""
        if self._known is None or not self._encodes:
            return [self.of(value) for value in values]
        known = self._known.get
        return [known(value) or self.of(value) for value in values]

    def within(self, lines: Write, before: str, after: str, write: Callable[[Text], str]) -> int:
        """Number the way within lines, with what is around it."""
        way = lines, before, after
        return self.number(way, self._fit(partial(_line, lines, before, after, write)))

    def alone(self, write: Callable[[Text], str]) -> int:
        """Number the way by itself."""
        return self.number(None, self._fit(partial(encoded, write)))

    def _fit(self, encode: Encode) -> Encode:
        return encode if self._known is not None else Alike(encode)


@dataclass(frozen=True, slots=True)
class Stencil:
    """A piece filled in but for ``holes``: each a row, and a value's number and its way's."""

    rows: tuple[bytes, ...]
    holes: tuple[tuple[int, int, int], ...]

    def fill(self, rows: list[bytes], told: Sequence[Sequence[bytes]]) -> None:
        """Add the piece to the ``rows`` to be joined; ``told`` has the values in their ways."""
        begin = len(rows)
        rows += self.rows
        for at, value, way in self.holes:
            rows[begin + at] = told[value][way]


def cut(
    form: Form, told: Mapping[str, Value], ways: Mapping[str, Ways], start: str = ""
) -> Stencil | None:
    """Fill in what is ``told`` to many, and leave the values open whose ``ways`` are given.

    The order of ``ways`` numbers the values. Of links that begin with ``start`` the beginning is
    left open, too, as the value ``LINK``. None where that cannot be: where lines are made of
    several open values, or links are not found, which are their reader's alone, or there are too
    many ways.
    """
    made = _Cutting(ways, start)
    try:
        for part in form.piece:
            made.add(part, form, told)
        made.end()
    except LookupError:
        return None
    if made.links != sum(_begin(part, told, start) for part in form.piece):
        return None
    return Stencil(tuple(made.rows), tuple(made.holes))


class _Cutting:
    """The rows and holes of a stencil in the making; ``links`` counts beginnings of links."""

    def __init__(self, ways: Mapping[str, Ways], start: str) -> None:
        self._ways, self._start = ways, start
        self._values = {name: number for number, name in enumerate(ways)}
        self._whole = b""
        self.rows: list[bytes] = []
        self.holes: list[tuple[int, int, int]] = []
        self.links = 0

    def add(self, part: Part, form: Form, told: Mapping[str, Value]) -> None:
        """Add a part.

        Raises:
            LookupError: it cannot be left open.
        """
        match part:
            case Hole(name=name) if name not in told:
                self._hole(name, self._ways[name].alone(form.write))
            case Later(parts=parts) if _names(part) - told.keys():
                self._line(part, parts, form, told)
            case _:
                self._whole += form.written(part, told)

    def _line(
        self, part: Later, parts: Sequence[Part], form: Form, told: Mapping[str, Value]
    ) -> None:
        """Add lines that are made of one open value.

        Raises:
            LookupError: they are made of several.
        """
        at, *others = [at for at, one in enumerate(parts) if _names(one) - told.keys()]
        hole = parts[at]
        if others or not isinstance(hole, Hole):
            raise LookupError("a line is made of several values")
        before, after = (
            joined(tuple(some), told, form.write) for some in (parts[:at], parts[at + 1 :])
        )
        self._hole(hole.name, self._ways[hole.name].within(part.write, before, after, form.write))

    def _hole(self, name: str, way: int) -> None:
        self.end()
        self.holes.append((len(self.rows), self._values[name], way))
        self.rows.append(b"")

    def end(self) -> None:
        """Add what stands before, parted where links begin.

        Raises:
            LookupError: they are broken in too many ways.
        """
        at, whole = 0, self._whole
        for found in broken(self._start).finditer(whole) if self._start else ():
            if found.start() > at:
                self.rows.append(whole[at : found.start()])
            ends = breaks(found[0])
            way = self._ways[LINK].number(ends, partial(begun, ends))
            self.holes.append((len(self.rows), self._values[LINK], way))
            self.rows.append(b"")
            self.links += 1
            at = found.end()
        if at < len(whole):
            self.rows.append(whole[at:])
        self._whole = b""


def _begin(part: Part, told: Mapping[str, Value], start: str) -> int:
    """Count the links in a part that begin so."""
    match part:
        case Hole(name=name) if start and (value := told.get(name)):
            return isinstance(value, tuple) and value[0].text.startswith(start)
        case Later(parts=parts):
            return sum(_begin(one, told, start) for one in parts)
    return 0


def _names(part: Part) -> set[str]:
    match part:
        case Hole(name=name):
            return {name}
        case Later(parts=parts):
            return set().union(*map(_names, parts))
    return set()


def _line(
    lines: Write, before: str, after: str, write: Callable[[Text], str], value: Text
) -> bytes:
    """Write lines of one value and what is around it."""
    return printable(lines(before + write(value) + after))
