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
_SIGNED = _ANY | str.maketrans("-_", "xx")  # what tokens are made of
_SCHEME = len("https://")
_SHAPES = 1000
_SIGNS = tuple(bytes([code]) for code in range(1, 9))  # such are never in what is printable


@dataclass(frozen=True, slots=True)
class Stencil:
    """A piece filled in but for a few ``holes``: each with its row, its value, how to encode it."""

    rows: tuple[bytes, ...]
    holes: tuple[tuple[int, str, Encode], ...]

    def filled(self, values: Mapping[str, Value]) -> list[bytes]:
        """Fill in the rest; gives what is to be joined."""
        rows = list(self.rows)
        for at, name, encode in self.holes:
            rows[at] = encode(values[name])
        return rows


@dataclass(frozen=True, slots=True)
class _Shape:
    """How an address stands in what is encoded: what is around it, and the lines it is cut into."""

    before: bytes
    cuts: tuple[tuple[int, int], ...]
    after: bytes

    def of(self, text: str) -> bytes:
        """Encode an address of this shape."""
        raw = text.encode()
        return self.before + SOFT.join([raw[a:b] for a, b in self.cuts]) + self.after


@dataclass(slots=True)
class _Alike:
    """Encodes an address like the first of its shape: no letter or digit moves a line's end."""

    encode: Encode
    _known: dict[tuple[str, str], _Shape | None] = field(default_factory=dict)

    def __call__(self, value: Value) -> bytes:
        """Encode a value."""
        if len(value) != 1 or isinstance(value, bytes) or value[0].strong:
            return self.encode(value)
        text = value[0].text
        if not text.startswith("http"):
            return self.encode(value)
        key = text[:_SCHEME], text[_SCHEME:].translate(_SIGNED)
        if key not in self._known:
            if len(self._known) >= _SHAPES:
                self._known.clear()
            self._known[key] = self._learnt(text, value)
        shape = self._known[key]
        # What begins a line may have to be escaped.
        if shape is None or any(text[at] in ".-" for at, _ in shape.cuts):
            return self.encode(value)
        return shape.of(text)

    def _learnt(self, text: str, value: Text) -> _Shape | None:
        """Find an address in its encoding; None where that cannot be."""
        made = self.encode(value)
        found = list(_broken(text).finditer(made)) if _PLAIN.fullmatch(text) else []
        breaks = _breaks(found[0][0]) if len(found) == 1 else ()
        if len(found) != 1 or any(text[at] in ".-" for at in breaks):
            return None
        cuts = tuple(pairwise((0, *breaks, len(text))))
        return _Shape(made[: found[0].start()], cuts, made[found[0].end() :])


@dataclass(slots=True)
class Starts:
    """How links begin, which is another for each reader: a sign stands for it in a stencil.

    There is a sign for each way in which the beginning is broken into lines.
    """

    _known: list[tuple[int, ...]] = field(default_factory=list)

    def sign(self, breaks: tuple[int, ...]) -> bytes:
        """Give the sign for a beginning that is broken after so many characters.

        Raises:
            LookupError: there are too many ways.
        """
        if breaks not in self._known:
            if len(self._known) == len(_SIGNS):
                raise LookupError("links are broken in too many ways")
            self._known.append(breaks)
        return _SIGNS[self._known.index(breaks)]

    def put_in(self, mail: bytes, start: str) -> bytes:
        """Write the beginning in place of its signs."""
        for sign, breaks in zip(_SIGNS, self._known, strict=False):
            if sign in mail:
                mail = mail.replace(sign, begun(start, breaks))
        return mail


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
    values, or links are broken in too many ways.
    """
    rows: list[bytes] = []
    holes: list[tuple[int, str, Encode]] = []
    whole = b""
    try:
        for part in form.piece:
            found = _hole(part, form, told, again)
            if found is None:
                whole += form.written(part, told)
            else:
                holes.append((len(rows) + 1, *found))
                rows += [_signed(whole, start, starts), b""]
                whole = b""
        rows.append(_signed(whole, start, starts))
    except LookupError:
        return None
    return Stencil(tuple(rows), tuple(holes))


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


def _names(part: Part) -> set[str]:
    match part:
        case Hole(name=name):
            return {name}
        case Later(parts=parts):
            return set().union(*map(_names, parts))
    return set()


def _signed(row: bytes, start: str, starts: Starts | None) -> bytes:
    """Put signs for how links begin.

    Raises:
        LookupError: there are too many ways.
    """
    if not start or starts is None:
        return row
    return _broken(start).sub(lambda found: starts.sign(_breaks(found[0])), row)


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
