"""Sparse rows over the day's entries, multiplied with many sparse rows at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Places = NDArray[np.int64]


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
        starts = self.starts[chosen]
        lengths = self.starts[chosen + 1] - starts
        which = np.repeat(np.arange(len(chosen)), lengths)
        shift = np.cumsum(lengths) - lengths
        at = np.arange(len(which)) - shift[which] + starts[which]
        cells = into[which] * self.width + self.columns[at]
        summed = np.bincount(cells, weights[which] * self.values[at], count * self.width)
        return summed.astype(np.float32).reshape(count, self.width)


def spread(
    wanted: Sequence[Sequence[str]], known: dict[str, tuple[Places, Floats]], width: int
) -> Floats:
    """Add up, for each list of names, their rows in ``known``: shape (lists, width)."""
    names = list(dict.fromkeys(name for row in wanted for name in row))
    number = {name: at for at, name in enumerate(names)}
    rows = Rows.of([known[name] for name in names], width)
    into = np.repeat(np.arange(len(wanted)), [len(row) for row in wanted])
    chosen = np.array([number[name] for row in wanted for name in row], np.int64)
    return rows.weighted(into, chosen, np.ones(len(chosen), np.float32), len(wanted))
