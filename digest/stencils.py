"""Fills a piece in with what many readers are told alike: a few places are left for each. Pure.

A value is encoded in each of the ways in which a template writes it, which are few; to fill a piece
in is to pick from these.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from functools import partial
from itertools import repeat
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar

from digest.emphasis import NOTHING, Line, Row, Text
from digest.linebreaks import Alike, Encode, begun, breaks, broken
from digest.pieces import Form, Hole, Later, Part, Value, Write, encoded, joined
from digest.printable import printable

LINK = "link"  # the value that is how a reader's links begin: a string
_WAYS = 50  # of all values
_KEPT = 2048  # values; more are slower to look among than to encode
T = TypeVar("T")


class _Kept(dict[Any, bytes]):
    """Encodes a value the first time that it is asked for."""

    def __init__(self, encode: Encode) -> None:
        super().__init__()
        self._encode = encode

    def __missing__(self, value: Value | str) -> bytes:
        if len(self) >= _KEPT:
            self.clear()
        made = self[value] = self._encode(value)
        return made

    def one_by_one(self, line: Line) -> bytes:
        """Encode a line; of a row, each text by itself."""
        return b"".join(map(self.__getitem__, line)) if isinstance(line, Row) else self[line]

    def together(self, line: Line) -> bytes:
        """Encode a line; a row as one, which hardly ever comes again."""
        return self._encode(line) if isinstance(line, Row) else self[line]


class Way(NamedTuple):
    """How a value is written: its name, and what encodes it."""

    name: str
    encode: Encode


Filling = bytes | Way  # a value as it is written, or how it will be


class Ways:
    """The ways in which values are written: by themselves, within lines, as links' beginnings.

    Each has a number, for ever. The values called ``again`` are told again and again: each is
    encoded once.
    """

    __slots__ = ("_again", "_numbers", "_ways")

    def __init__(self, again: Collection[str] = ()) -> None:
        """Know none."""
        self._again = again
        self._numbers: dict[Hashable, int] = {}
        self._ways: list[Way] = []

    def alone(self, name: str, write: Callable[[Line], str]) -> int:
        """Number the way of a value by itself."""
        return self._number(name, None, partial(encoded, write), _Kept.one_by_one)

    def within(
        self, name: str, lines: Write, before: str, after: str, write: Callable[[Line], str]
    ) -> int:
        """Number the way of a value within lines, with what is around it."""
        encode = partial(_line, lines, before, after, write)
        return self._number(name, (lines, before, after), encode, _Kept.together)

    def begun(self, ends: tuple[int, ...]) -> int:
        """Number the way of a link's beginning that is broken after so many characters."""
        return self._number(LINK, ends, partial(begun, ends), _Kept.together)

    def _number(
        self, name: str, way: Hashable, encode: Encode, again: Callable[[_Kept, Any], bytes]
    ) -> int:
        """Give the number of a way; ``again`` is how what is kept serves.

        Raises:
            LookupError: there are too many.
        """
        key = name, way
        if key not in self._numbers:
            if len(self._ways) >= _WAYS:
                raise LookupError("values are written in too many ways")
            self._numbers[key] = len(self._ways)
            kept = partial(again, _Kept(encode)) if name in self._again else Alike(encode)
            self._ways.append(Way(name, kept))
        return self._numbers[key]

    def told(self, values: Mapping[str, Value]) -> tuple[bytes, ...]:
        """Write values in all ways there are, in order; those that are not given are nothing."""
        return tuple([encode(values.get(name, NOTHING)) for name, encode in self._ways])

    def told_but(self, left: Collection[str], values: Mapping[str, Value]) -> tuple[Filling, ...]:
        """Do as ``told``, but leave open the values that are called so."""
        return tuple(
            [
                way if way.name in left else way.encode(values.get(way.name, NOTHING))
                for way in self._ways
            ]
        )

    def rows(
        self, columns: Mapping[str, Sequence[Any]], same: Mapping[str, Any]
    ) -> Iterable[tuple[bytes, ...]]:
        """Write the values of several pieces, all of them given, at C's speed.

        A column is a value's of each piece; ``same`` are those that are the same in all.
        """
        if not self._ways:
            return repeat(())
        written = [
            repeat(encode(same[name])) if name in same else map(encode, columns[name])
            for name, encode in self._ways
        ]
        return zip(*written, strict=False)

    def rows_but(
        self, left: Collection[str], columns: Mapping[str, Sequence[Any]]
    ) -> Iterable[tuple[Filling, ...]]:
        """Do as ``rows``, but leave open the values that are called so."""
        if not self._ways:
            return repeat(())
        written: list[Iterable[Filling]] = [
            repeat(way) if way.name in left else map(way.encode, columns[way.name])
            for way in self._ways
        ]
        return zip(*written, strict=False)


class Stencil:
    """A piece filled in but for some holes: ``ways`` are the numbers of what goes there."""

    __slots__ = ("_pick", "_texts")

    def __init__(self, texts: Sequence[bytes], ways: Sequence[int]) -> None:
        """Take what stands before the first hole, between them, and after the last."""
        self._texts = tuple(texts)
        number = len(self._texts)
        # Texts and values in turns, out of all texts and then all that is told.
        turns = [at for text, way in enumerate(ways) for at in (text, number + way)]
        self._pick: Callable[[tuple[Any, ...]], tuple[Any, ...]]
        self._pick = itemgetter(*turns, number - 1) if ways else itemgetter(slice(number))

    def parts(self, told: tuple[T, ...]) -> tuple[bytes | T, ...]:
        """Fill in the rest with what ``Ways`` gave; the parts in a row are the piece."""
        return self._pick(self._texts + told)

    def filled(self, told: tuple[bytes, ...]) -> bytes:
        """Give the parts as one."""
        return b"".join(self.parts(told))


def cut(form: Form, told: Mapping[str, Value], ways: Ways, start: str = "") -> Stencil | None:
    """Fill in what is ``told`` to many, and leave other values open, to be written in ``ways``.

    Of links that begin with ``start`` the beginning is left open, too, as the value ``LINK``. None
    where that cannot be: where lines are made of several open values, or links are not found, which
    are their reader's alone, or there are too many ways.
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
    return Stencil(made.texts, made.ways)


class _Cutting:
    """A stencil in the making; ``links`` counts the beginnings of links."""

    def __init__(self, ways: Ways, start: str) -> None:
        self._known, self._start = ways, start
        self._whole = b""
        self.texts: list[bytes] = []
        self.ways: list[int] = []
        self.links = 0

    def add(self, part: Part, form: Form, told: Mapping[str, Value]) -> None:
        """Add a part.

        Raises:
            LookupError: it cannot be left open.
        """
        match part:
            case Hole(name=name) if name not in told:
                self._hole(self._known.alone(name, form.write))
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
        self._hole(self._known.within(hole.name, part.write, before, after, form.write))

    def _hole(self, way: int) -> None:
        self.end()
        self.ways.append(way)

    def end(self) -> None:
        """Add what stands before a hole or the end, parted where links begin.

        Raises:
            LookupError: they are broken in too many ways.
        """
        at, whole = 0, self._whole
        for found in broken(self._start).finditer(whole) if self._start else ():
            self.texts.append(whole[at : found.start()])
            self.ways.append(self._known.begun(breaks(found[0])))
            self.links += 1
            at = found.end()
        self.texts.append(whole[at:])
        self._whole = b""


def _begin(part: Part, told: Mapping[str, Value], start: str) -> int:
    """Count the links in a part that begin so."""
    match part:
        case Hole(name=name) if start and (value := told.get(name)):
            return isinstance(value, Text) and value.bare.startswith(start)
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
    lines: Write, before: str, after: str, write: Callable[[Line], str], value: Line
) -> bytes:
    """Write lines of one value and what is around it."""
    return printable(lines(before + write(value) + after))
