"""A mail's text made out for all who get one digest; what is each reader's own is left open. Pure.

Hundreds of pieces become as many texts as there are open places, so that one more reader costs a
fraction of the first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from digest.printable import stripped
from digest.stencils import Filling, Stencil, Way

_BETWEEN = b"\0"  # stands for all from the first open place to the last, as nothing encoded does


class Whole:
    """A text with open places: what stands between them is joined."""

    __slots__ = ("_stencil", "_ways")

    def __init__(self, parts: Sequence[Filling]) -> None:
        """Join what is side by side; a way that comes again is told once."""
        texts: list[list[bytes]] = [[]]
        ways: dict[int, Way] = {}  # by where they are in memory: not all can be compared
        places: list[int] = []
        for part in parts:
            if isinstance(part, bytes):
                texts[-1].append(part)
            else:
                ways.setdefault(id(part), part)
                places.append(id(part))
                texts.append([])
        numbers = {place: number for number, place in enumerate(ways)}
        self._ways = tuple(ways.values())
        self._stencil = Stencil(list(map(b"".join, texts)), [numbers[at] for at in places])

    def parts(self, values: Mapping[str, Any]) -> tuple[bytes, ...]:
        """Fill in one reader's values; the parts in a row are the text."""
        return self._stencil.parts(tuple([encode(values[name]) for name, encode in self._ways]))


def stripped_around(parts: Sequence[Filling]) -> list[Filling] | None:
    """Do as ``stripped`` does; None where an open place is at an end, and may lose line ends."""
    known = [part if isinstance(part, bytes) else _BETWEEN for part in parts]
    if _BETWEEN not in known:
        return list(stripped(known))
    first, last = known.index(_BETWEEN), len(known) - known[::-1].index(_BETWEEN)
    *rows, end = stripped([*known[:first], _BETWEEN, *known[last:]])
    at = rows.index(_BETWEEN)
    if at in {0, len(rows) - 1}:
        return None
    return [*rows[:at], *parts[first:last], *rows[at + 1 :], end]
