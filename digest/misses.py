"""Entries that were nearly shown: just below a threshold, or past it and left out all the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from digest.compose import BELOW
from digest.match import Ranking
from digest.standing import ROUNDING


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """An entry left out, by its place in the pool, and the interest where it came nearest.

    ``row`` is that interest's place in the profile; ``reason`` says why it is left out.
    """

    number: int
    row: int
    score: float
    threshold: float
    reason: str


def below(
    ranking: Ranking, thresholds: Sequence[float], omitted: Mapping[int, str], most: int
) -> tuple[Miss, ...]:
    """Give the entries below all thresholds that lack least, the nearest first.

    One that an interest does not take, by a rule or for its source, lacks nothing there.
    """
    numbers = np.array([n for n, reason in omitted.items() if reason == BELOW], np.int64)
    if not len(numbers) or not len(thresholds):
        return ()
    open_to = (ranking.spoken & ~ranking.barred & ~ranking.elsewhere)[:, numbers]
    lacking = np.array(thresholds, np.float32)[:, None] - ranking.scores[:, numbers]
    lacking = np.where(open_to & (ranking.scores[:, numbers] > 0), lacking, np.inf)
    rows, gaps = lacking.argmin(axis=0), lacking.min(axis=0)
    order = [int(at) for at in np.argsort(gaps, kind="stable")[:most] if np.isfinite(gaps[at])]
    return tuple(_miss(ranking, thresholds, int(numbers[at]), int(rows[at]), BELOW) for at in order)


def beyond(
    ranking: Ranking, thresholds: Sequence[float], omitted: Mapping[int, str], most: int
) -> tuple[Miss, ...]:
    """Give the best entries that score enough in an interest and are left out for another reason.

    For instance for an exclusion, or since others fill the limit.
    """
    numbers = np.array([n for n, reason in omitted.items() if reason != BELOW], np.int64)
    if not len(numbers) or not len(thresholds):
        return ()
    scores = ranking.scores[:, numbers]
    enough = scores >= np.array(thresholds, np.float32)[:, None] - ROUNDING
    enough &= ranking.spoken[:, numbers] & ~ranking.elsewhere[:, numbers]
    scores = np.where(enough, scores, -1)
    rows, best = scores.argmax(axis=0), scores.max(axis=0)
    order = [int(at) for at in np.argsort(-best, kind="stable")[:most] if best[at] >= 0]
    return tuple(
        _miss(ranking, thresholds, int(numbers[at]), int(rows[at]), omitted[int(numbers[at])])
        for at in order
    )


def _miss(
    ranking: Ranking, thresholds: Sequence[float], number: int, row: int, reason: str
) -> Miss:
    return Miss(
        number=number,
        row=row,
        score=float(ranking.scores[row, number]),
        threshold=thresholds[row],
        reason=reason,
    )
