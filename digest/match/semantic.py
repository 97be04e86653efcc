"""Meaning: how near an entry's vector is to those of an interest's text and examples.

Half of it is the mean cosine with the three nearest texts; the other half is shared by the centroid
of all and the nearest prototype. Without a language model it finds nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from digest.match import Kind, Matcher, Tell, nothing
from digest.model import Evidence, Interest
from digest.pool import Pool
from digest.space import Floats
from digest.taste import Taste
from digest.text import shorten

CENTRE = 0.4  # of the centroid beside the nearest prototype
NEAREST, NEAREST_TEXTS = 0.5, 3  # of the nearest texts beside both, and how many
_TITLE_MOST = 60


def score(interests: Sequence[Interest], pool: Pool) -> Floats:
    """Give the likeness of each interest with each entry: shape (interests, entries)."""
    found = np.zeros((len(interests), len(pool.entries)), np.float32)
    tastes = [pool.taste(interest) for interest in interests]
    asked = [row for row, taste in enumerate(tastes) if taste.prototypes is not None]
    if pool.space is None or not asked:
        return found
    entries = pool.space.entries.T
    centres = np.array([tastes[row].centroid for row in asked])
    prototypes = [p for row in asked if (p := tastes[row].prototypes) is not None]
    best = _greatest(np.concatenate(prototypes) @ entries, [len(p) for p in prototypes])
    best *= 1 - CENTRE
    best += CENTRE * (centres @ entries)
    for place, row in enumerate(asked):
        if (texts := tastes[row].vectors) is not None:
            best[place] += NEAREST * (_nearest(texts @ entries) - best[place])
    found[asked] = np.float32(pool.space.tuning.weight) * best
    return found


def _greatest(cosines: Floats, counts: Sequence[int]) -> Floats:
    """Give the greatest of each run of rows, column by column; a run after another, as counted."""
    numbers = np.asarray(counts)
    firsts = np.cumsum(numbers) - numbers
    found: Floats = cosines[firsts]
    for place in range(1, int(numbers.max())):
        if (numbers > place).all():
            np.maximum(found, cosines[firsts + place], out=found)
        else:
            having = np.flatnonzero(numbers > place)
            found[having] = np.maximum(found[having], cosines[firsts[having] + place])
    return found


def _nearest(cosines: Floats) -> Floats:
    """Average the three greatest of each column."""
    if len(cosines) <= NEAREST_TEXTS:
        return np.asarray(cosines.mean(0), np.float32)
    return np.asarray(
        np.partition(cosines, -NEAREST_TEXTS, axis=0)[-NEAREST_TEXTS:].mean(0), np.float32
    )


def explain(interest: Interest, pool: Pool) -> Tell:
    """Name the text that an entry is nearest to."""
    taste = pool.taste(interest)
    if pool.space is None or taste.centroid is None or taste.prototypes is None:
        return nothing

    def tell(number: int) -> Sequence[Evidence]:
        likeness = _of_entry(taste, pool, number)
        if likeness <= 0:
            return ()
        title, _ = nearest(interest, pool, number)[0]
        said = "near in meaning to your topic"
        if title != interest.text:
            said = f"like “{shorten(title, _TITLE_MOST)}”"
        return (Evidence(matcher="semantic", reason=said, score=likeness),)

    return tell


def _of_entry(taste: Taste, pool: Pool, number: int) -> float:
    """Give the likeness of an interest with one entry, as ``score`` does."""
    if pool.space is None or taste.centroid is None or taste.prototypes is None:
        return 0.0
    entry = pool.space.entries[number]
    likeness = CENTRE * (taste.centroid @ entry) + (1 - CENTRE) * (taste.prototypes @ entry).max()
    if taste.vectors is not None:
        likeness += NEAREST * (_nearest((taste.vectors @ entry)[:, None])[0] - likeness)
    return pool.space.tuning.weight * float(likeness)


def nearest(interest: Interest, pool: Pool, number: int) -> list[tuple[str, float]]:
    """Give the interest's texts by title with their cosines to an entry, nearest first."""
    taste = pool.taste(interest)
    if pool.space is None or taste.vectors is None:
        return []
    cosines = taste.vectors @ pool.space.entries[number]
    order = np.argsort(-cosines, kind="stable")
    return [(taste.texts[at].title, float(cosines[at])) for at in order]


MATCHER = Matcher(name="semantic", score=score, explain=explain, kind=Kind.LIKENESS)
