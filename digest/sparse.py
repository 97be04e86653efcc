"""Sparse rows over the day's entries, multiplied with many sparse rows at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Places = NDArray[np.int64]
Flags = NDArray[np.bool_]
# What each name finds: the places of entries, and their values.
Known = Mapping[str, tuple[Places, Floats]]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Sparse rows of ``width`` columns, compressed.

    Row r holds ``values`` at ``columns``, both from ``starts[r]`` to ``starts[r + 1]``.
    """

    starts: Places
    columns: Places
    values: Floats
    width: int

    @classmethod
    def of(cls, rows: Sequence[tuple[Places, Floats]], width: int) -> Rows:
        """Join rows, each given by its columns and values."""
        lengths = [len(columns) for columns, _ in rows]
        return cls(
            starts=np.cumsum([0, *lengths]),
            columns=np.concatenate([np.empty(0, np.int64), *(columns for columns, _ in rows)]),
            values=np.concatenate([np.empty(0, np.float32), *(values for _, values in rows)]),
            width=width,
        )

    def weighted(self, into: Places, chosen: Places, weights: Floats, count: int) -> Floats:
        """Add up rows with weights: shape (count, width).

        To the row ``into[i]`` of the result goes ``weights[i]`` times the row ``chosen[i]``.
        """
        if not len(chosen):
            return np.zeros((count, self.width), np.float32)
        which, at = self._held(chosen)
        cells = into[which] * self.width + self.columns[at]
        summed = np.bincount(cells, weights[which] * self.values[at], count * self.width)
        return summed.astype(np.float32).reshape(count, self.width)

    def marked(self, into: Places, chosen: Places, count: int) -> Flags:
        """Mark, in the row ``into[i]`` of the result, what the row ``chosen[i]`` holds."""
        marks = np.zeros((count, self.width), np.bool_)
        which, at = self._held(chosen)
        marks[into[which], self.columns[at]] = True
        return marks

    def _held(self, chosen: Places) -> tuple[Places, Places]:
        """Give all that the chosen rows hold: which of them, and where it stands."""
        starts = self.starts[chosen]
        lengths = self.starts[chosen + 1] - starts
        which = np.repeat(np.arange(len(chosen)), lengths)
        shift = np.cumsum(lengths) - lengths
        return which, np.arange(len(which)) - shift[which] + starts[which]


def summed(wanted: Sequence[Sequence[str]], known: Known, width: int) -> Floats:
    """Add up, for each list of names, their rows in ``known``: shape (lists, width)."""
    rows, into, chosen = _joined(wanted, known, width)
    return rows.weighted(into, chosen, np.ones(len(chosen), np.float32), len(wanted))


def marked(wanted: Sequence[Sequence[str]], known: Known, width: int) -> Flags:
    """Mark, for each list of names, what their rows in ``known`` hold: shape (lists, width)."""
    rows, into, chosen = _joined(wanted, known, width)
    return rows.marked(into, chosen, len(wanted))


def _joined(
    wanted: Sequence[Sequence[str]], known: Known, width: int
) -> tuple[Rows, Places, Places]:
    """Join the rows of all names; gives them, and for each mention its list and its name's row."""
    names = list(dict.fromkeys(name for row in wanted for name in row))
    number = {name: at for at, name in enumerate(names)}
    into = np.repeat(np.arange(len(wanted)), [len(row) for row in wanted])
    chosen = np.array([number[name] for row in wanted for name in row], np.int64)
    return Rows.of([known[name] for name in names], width), into, chosen
