"""Fills a piece in with what many readers are told alike: a few places are left for each. Pure.

So a reader's copy of an entry's card is made in a few steps.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import accumulate, pairwise
from string import ascii_letters, digits
from typing import Any

from digest.emphasis import Text
from digest.pieces import Form, Hole, Later, Part, Value, Write, encoded, joined
from digest.printable import SOFT, decoded, guarded, printable

Encode = Callable[[Any], bytes]
_PLAIN = re.compile(r"https?://[A-Za-z0-9._~:/%-]+")
_ANY = str.maketrans(dict.fromkeys(ascii_letters + digits, "x"))
_TOKEN = (ascii_letters + digits + "-_").encode()
_SHAPED = bytes.maketrans(_TOKEN, b"x" * len(_TOKEN))
_SCHEME = len("https://")
_SHAPES = 1000
_WAYS = 50


@dataclass(frozen=True, slots=True)
class Stencil:
    """A piece filled in but for a few ``holes``: each with its row, its value, how to encode it.

    ``starts`` are the rows at which links begin, each with the way in which that is broken.
    """

    rows: tuple[bytes, ...]
    holes: tuple[tuple[int, str, Encode], ...]
    starts: tuple[tuple[int, int], ...] = ()

    def filled(self, values: Mapping[str, Value], begun: Sequence[bytes] = ()) -> list[bytes]:
        """Fill in the rest; gives what is to be joined. ``begun`` is what ``Starts`` gave."""
        rows = list(self.rows)
        for at, way in self.starts:
            rows[at] = begun[way]
        for at, name, encode in self.holes:
            rows[at] = encode(values[name])
        return rows


@dataclass(frozen=True, slots=True)
class _Shape:
    """How an address stands in what is encoded: what is around it, and where it is broken."""

    before: bytes
    breaks: tuple[int, ...]
    after: bytes

    def of(self, text: str) -> bytes:
        """Encode an address of this shape; nothing where a line begins with what may be escaped."""
        rows, at = [], 0
        for end in self.breaks:
            if text[end] in ".-":
                return b""
            rows.append(text[at:end])
            at = end
        rows.append(text[at:])
        return self.before + "=\r\n".join(rows).encode() + self.after


_NO_SHAPE = _Shape(b"", (0,), b"")


@dataclass(slots=True)
class _Alike:
    """Encodes an address like the first of its shape: no letter or digit moves a line's end."""

    encode: Encode
    _known: dict[tuple[str, bytes], _Shape | None] = field(default_factory=dict)

    def __call__(self, value: Value) -> bytes:
        """Encode a value."""
        if len(value) != 1 or isinstance(value, bytes):
            return self.encode(value)
        text, strong = value[0]
        if strong or not text.startswith("http"):
            return self.encode(value)
        key = text[:_SCHEME], text[_SCHEME:].encode().translate(_SHAPED)
        shape = self._known.get(key, _NO_SHAPE)
        if shape is _NO_SHAPE:
            shape = self._learn(key, text, value)
        return (shape and shape.of(text)) or self.encode(value)

    def _learn(self, key: tuple[str, bytes], text: str, value: Text) -> _Shape | None:
        """Find an address in its encoding; None where that cannot be."""
        made, shape = self.encode(value), None
        found = list(_broken(text).finditer(made)) if _PLAIN.fullmatch(text) else []
        if len(found) == 1:
            breaks = _breaks(found[0][0])
            shape = _Shape(made[: found[0].start()], breaks, made[found[0].end() :])
        if len(self._known) >= _SHAPES:
            self._known.clear()
        # It is none if the first that has it is not encoded so itself.
        self._known[key] = shape if shape and shape.of(text) == made else None
        return self._known[key]


@dataclass(slots=True)
class Starts:
    """The ways in which the beginnings of links are broken into lines, which are few."""

    _ways: list[tuple[int, ...]] = field(default_factory=list)

    def way(self, breaks: tuple[int, ...]) -> int:
        """Number a way: broken after so many characters.

        Raises:
            LookupError: there are too many.
        """
        if breaks not in self._ways:
            if len(self._ways) == _WAYS:
                raise LookupError("links are broken in too many ways")
            self._ways.append(breaks)
        return self._ways.index(breaks)

    def begun(self, start: str) -> list[bytes]:
        """Encode a beginning in each of the ways there are."""
        return [begun(start, breaks) for breaks in self._ways]


def cut(
    form: Form,
    told: Mapping[str, Value],
    *,
    again: Collection[str] = (),
    start: str = "",
    starts: Starts | None = None,
) -> Stencil | None:
    """Fill in what is ``told`` to many, and leave the other holes open.

    What is told ``again`` and again there is encoded once. Of the links that begin with ``start``
    only the rest is filled in. None where that cannot be: where lines are made of several open
    values, or links are broken in too many ways or not found, which are their reader's alone.
    """
    rows: list[bytes] = []
    holes: list[tuple[int, str, Encode]] = []
    signs: list[tuple[int, int]] = []
    whole, ways = b"", starts or Starts()
    try:
        for part in form.piece:
            found = _hole(part, form, told, again)
            if found is None:
                whole += form.written(part, told)
            else:
                _part(whole, start, ways, rows, signs)
                whole = b""
                holes.append((len(rows), *found))
                rows.append(b"")
        _part(whole, start, ways, rows, signs)
    except LookupError:
        return None
    if len(signs) != sum(_begin(part, told, start) for part in form.piece):
        return None
    return Stencil(tuple(rows), tuple(holes), tuple(signs))


def _hole(
    part: Part, form: Form, told: Mapping[str, Value], again: Collection[str]
) -> tuple[str, Encode] | None:
    """Give the value that a part still needs, and how it is encoded; None if it needs none.

    Raises:
        LookupError: it needs several.
    """
    match part:
        case Hole(name=name) if name not in told:
            if name in again:
                return name, partial(_kept, form.write)
            return name, _Alike(partial(encoded, form.write))
        case Later(parts=parts, write=lines):
            places = [at for at, one in enumerate(parts) if _names(one) - told.keys()]
            if not places:
                return None
            one = parts[places[0]]
            if len(places) > 1 or not isinstance(one, Hole):
                raise LookupError("a line is made of several values")
            before, after = (
                joined(some, told, form.write)
                for some in (parts[: places[0]], parts[places[0] + 1 :])
            )
            if one.name in again:
                return one.name, partial(_kept_line, lines, before, after, form.write)
            return one.name, _Alike(partial(_line, lines, before, after, form.write))
    return None


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


def _part(
    whole: bytes, start: str, starts: Starts, rows: list[bytes], signs: list[tuple[int, int]]
) -> None:
    """Add what stands between two holes, parted where links begin.

    Raises:
        LookupError: they are broken in too many ways.
    """
    at = 0
    for found in _broken(start).finditer(whole) if start else ():
        rows.append(whole[at : found.start()])
        signs.append((len(rows), starts.way(_breaks(found[0]))))
        rows.append(b"")
        at = found.end()
    rows.append(whole[at:])


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


_kept = lru_cache(maxsize=32_768)(encoded)


def _line(
    lines: Write, before: str, after: str, write: Callable[[Text], str], value: Text
) -> bytes:
    """Write lines of one value and what is around it."""
    return printable(lines(before + write(value) + after))


_kept_line = lru_cache(maxsize=32_768)(_line)
