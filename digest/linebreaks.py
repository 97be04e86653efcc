"""Where the addresses of links are broken into lines once they are encoded. Pure.

Addresses that differ in letters and digits alone are broken alike, so that of many only the first
is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate, pairwise
from string import ascii_letters, digits
from typing import Any

from digest.emphasis import Text
from digest.pieces import Value
from digest.printable import SOFT, decoded, guarded

Encode = Callable[[Any], bytes]
_PLAIN = re.compile(r"https?://[A-Za-z0-9._~:/%-]+")
_ANY = str.maketrans(dict.fromkeys(ascii_letters + digits, "x"))
_TOKEN = (ascii_letters + digits + "-_").encode()
_SHAPED = bytes.maketrans(_TOKEN, b"x" * len(_TOKEN))
_SCHEME = len("https://")
_SHAPES = 1000


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
class Alike:
    """Encodes an address like the first of its shape: no letter or digit moves a line's end."""

    encode: Encode
    _known: dict[tuple[str, bytes], _Shape | None] = field(default_factory=dict)

    def __call__(self, value: Value | str) -> bytes:
        """Encode a value."""
        if not isinstance(value, Text):
            return self.encode(value)
        text, html = value
        if html != text or not text.startswith("http"):
            return self.encode(value)
        key = text[:_SCHEME], text[_SCHEME:].encode().translate(_SHAPED)
        shape = self._known.get(key, _NO_SHAPE)
        if shape is _NO_SHAPE:
            shape = self._learn(key, text, value)
        return (shape and shape.of(text)) or self.encode(value)

    def _learn(self, key: tuple[str, bytes], text: str, value: Value) -> _Shape | None:
        """Find an address in its encoding; None where that cannot be."""
        made, shape = self.encode(value), None
        found = list(broken(text).finditer(made)) if _PLAIN.fullmatch(text) else []
        if len(found) == 1:
            shape = _Shape(made[: found[0].start()], breaks(found[0][0]), made[found[0].end() :])
        if len(self._known) >= _SHAPES:
            self._known.clear()
        # It is none if the first that has it is not encoded so itself.
        self._known[key] = shape if shape and shape.of(text) == made else None
        return self._known[key]


def alike(start: str) -> str:
    """Give what two addresses have in common that are broken into lines alike; else "".

    Letters and digits of the last part may differ between them, as long as no encoding touches one.
    """
    if not _PLAIN.fullmatch(start):
        return ""
    before, _, last = start.rpartition("/")
    return f"{before}/{last.translate(_ANY)}"


def begun(ends: Sequence[int], start: str) -> bytes:
    """Encode the beginning of a link, broken after so many characters."""
    first, *others = [start[a:b] for a, b in pairwise((0, *ends, len(start)))]
    return SOFT.join([first.encode(), *[guarded(part.encode()) for part in others]])


@lru_cache
def broken(start: str) -> re.Pattern[bytes]:
    """Find an address, wherever it may be broken."""
    letters = [f"(?:{re.escape(c)}|={ord(c):02X})" if c in ".-" else re.escape(c) for c in start]
    return re.compile("(?:=\r\n)?".join(letters).encode())


def breaks(found: bytes) -> tuple[int, ...]:
    """Say after how many characters each line ends, but for the last."""
    lengths = [len(decoded(line)) for line in found.split(SOFT)]
    return tuple(accumulate(lengths[:-1]))
