"""Where each entry goes: to the interest of a profile with which it stands best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]
Places = NDArray[np.int64]

ROUNDING = 1e-6  # what a score may lose to rounding: 1 - (1 - 0.4) is not quite 0.4


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Standing:
    """Where each entry of the pool goes, by its place; all of shape (entries,).

    ``rows`` names the interest by its place in the profile, -1 for none; ``scores`` is the score
    there; ``past`` whether it belongs to it; ``followed`` whether for its author.
    """

    rows: Places
    scores: Floats
    past: Flags
    followed: Flags


def past(open_to: Flags, followed: Flags, scores: Floats, thresholds: Sequence[float]) -> Flags:
    """Say which entries belong to which interests: by their score, or for their author."""
    least = np.array(thresholds, np.float32)[:, None] - ROUNDING
    return np.asarray(open_to & (followed | (scores >= least)), np.bool_)


def standings(
    open_to: Flags, scores: Floats, belong: Flags, followed: Flags, counts: Sequence[int]
) -> list[Standing]:
    """Give each profile its entries' standing; of the rows, ``counts`` are each profile's.

    All others have the shape (interests, entries). What belongs to an interest goes before what
    does not, then the better score.
    """
    numbers = np.asarray(counts, np.int64)
    firsts = np.cumsum(numbers) - numbers
    chosen = _chosen(np.where(open_to, scores, -1) + np.float32(2) * belong, firsts, numbers)
    none = np.full(chosen.shape[1], -1), np.zeros(chosen.shape[1], np.float32)
    having = np.flatnonzero(numbers)
    at = firsts[having, None] + chosen[having], np.arange(chosen.shape[1])
    taken = open_to[at]
    rows, best = np.where(taken, chosen[having], -1), scores[at] * taken
    past, by = belong[at], belong[at] & followed[at]
    found = iter(map(_standing, rows, best, past, by))
    return [
        next(found) if count else _standing(*none, none[1] > 0, none[1] > 0) for count in counts
    ]


def _standing(rows: Places, scores: Floats, past: Flags, followed: Flags) -> Standing:
    return Standing(rows=rows, scores=scores, past=past, followed=followed)


def _chosen(values: Floats, firsts: Places, numbers: Places) -> Places:
    """Give, for each profile and entry, the place of the interest that stands best."""
    chosen = np.zeros((len(numbers), values.shape[1]), np.int64)
    most = np.full(chosen.shape, -np.inf, np.float32)
    for place in range(int(numbers.max(initial=0))):
        having = np.flatnonzero(numbers > place)
        found = values[firsts[having] + place]
        better = found > most[having]
        chosen[having] = np.where(better, place, chosen[having])
        most[having] = np.where(better, found, most[having])
    return chosen
