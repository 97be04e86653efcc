"""Vectors of meaning, whitened: what all texts have in common taken out of them.

Soft whitening subtracts a mean and multiplies by ((1 - a) S + a (tr S / d) I)^(-1/2), for the
covariance S of unlabelled entries in d dimensions and an a near 1, and scales to length 1. Mean
and covariance come from the day's entries and, for a narrow or small pool, from a broad background
that ships with the program (digest/weights, made by benchmarks/background.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digest import calibration
from digest.calibration import Curve

Floats = NDArray[np.float32]

MEAN_HALF = 60  # a listing of so many entries has half a say in the mean: n^2 / (n^2 + 60^2)
BACKGROUND = 300  # entries that the background's covariance stands for


@dataclass(frozen=True, slots=True)
class Tuning:
    """What suits a kind of model.

    How much of the covariance is made round, how much its cosine weighs beside that of the words,
    and the curve for their sum.
    """

    shrinkage: float
    weight: float
    curve: Curve


TRANSFORMER = Tuning(shrinkage=0.96, weight=0.7, curve=calibration.TRANSFORMER)
STATIC = Tuning(shrinkage=0.93, weight=0.35, curve=calibration.STATIC)


@dataclass(frozen=True, slots=True)
class Statistics:
    """Mean, shape (d,), and covariance, shape (d, d), of a broad set of texts' vectors."""

    mean: Floats
    covariance: Floats


class Space:
    """The day's entries as whitened unit vectors, and other texts beside them."""

    def __init__(
        self,
        rows: Floats,
        statistics: Statistics | None = None,
        tuning: Tuning = TRANSFORMER,
        vectors: Mapping[str, Floats] | None = None,
    ) -> None:
        """Whiten by ``rows``, the unit vectors of the day's entries, and the background's.

        ``vectors`` are those of other texts, by text.
        """
        self.tuning = tuning
        self._vectors = vectors or {}
        self._mean, self._whitening = _whitening(rows, statistics, tuning.shrinkage)
        self.entries = self._whitened(rows)

    def beside(self, vectors: Mapping[str, Floats]) -> Space:
        """Give the same space with other texts in it; the entries are not whitened again."""
        other = copy(self)
        other._vectors = vectors  # noqa: SLF001 a copy of our own
        return other

    def of(self, texts: Sequence[str]) -> Floats:
        """Give the whitened vectors of texts, shape (texts, d)."""
        return self._whitened(np.array([self._vectors[text] for text in texts], np.float32))

    def _whitened(self, rows: Floats) -> Floats:
        if not len(rows):
            return rows
        return unit(np.asarray((rows - self._mean) @ self._whitening, np.float32))


def _whitening(rows: Floats, broad: Statistics | None, shrinkage: float) -> tuple[Floats, Floats]:
    """Blend the statistics of ``rows`` with the background's, each by its number of entries."""
    mean, covariance = moments(rows)
    if broad is not None:
        own = len(rows) / (len(rows) + BACKGROUND)
        covariance = own * covariance + (1 - own) * broad.covariance
        own = len(rows) ** 2 / (len(rows) ** 2 + MEAN_HALF**2)
        mean = own * mean + (1 - own) * broad.mean
    width = len(mean)
    spread = float(np.trace(covariance)) / width
    if not spread:
        return mean, np.eye(width, dtype=np.float32)
    shrunk = (1 - shrinkage) * covariance + shrinkage * spread * np.eye(width)
    values, directions = np.linalg.eigh(shrunk)
    return mean, np.asarray((directions * values**-0.5) @ directions.T, np.float32)


def moments(rows: Floats) -> tuple[Floats, Floats]:
    """Give the mean and covariance of rows."""
    mean = rows.mean(0)
    off = rows - mean
    return mean, off.T @ off / len(rows)


def unit(rows: Floats) -> Floats:
    """Scale each row to length 1; a zero row stays."""
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, np.finfo(np.float32).tiny), np.float32)
