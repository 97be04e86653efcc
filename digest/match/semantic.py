"""Meaning: how near an entry's vector is to those of an interest's text and examples.

Half of it is the cosine with the centroid of the interest's texts, half that with the nearest of
its prototypes. Without a language model it finds nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from digest.match import Matcher
from digest.model import Evidence, Interest
from digest.pool import Pool
from digest.space import Floats
from digest.text import shorten

CENTRE = 0.5  # of the centroid in the sum; the rest is the nearest prototype's
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
    firsts = np.cumsum([0, *(len(p) for p in prototypes[:-1])])
    nearest = np.maximum.reduceat(np.concatenate(prototypes) @ entries, firsts)
    found[asked] = CENTRE * (centres @ entries) + (1 - CENTRE) * nearest
    return found


def explain(interest: Interest, pool: Pool, number: int) -> tuple[Evidence, ...]:
    """Name the text that an entry is nearest to."""
    taste = pool.taste(interest)
    if pool.space is None or taste.centroid is None or taste.prototypes is None:
        return ()
    entry = pool.space.entries[number]
    nearest_prototype = float((taste.prototypes @ entry).max())
    likeness = CENTRE * float(taste.centroid @ entry) + (1 - CENTRE) * nearest_prototype
    if likeness <= 0:
        return ()
    title, _ = nearest(interest, pool, number)[0]
    said = "near in meaning to your topic"
    if title != interest.text:
        said = f"like “{shorten(title, _TITLE_MOST)}”"
    return (Evidence(matcher="semantic", reason=said, score=likeness),)


def nearest(interest: Interest, pool: Pool, number: int) -> list[tuple[str, float]]:
    """Give the interest's texts by title with their cosines to an entry, nearest first."""
    taste = pool.taste(interest)
    if pool.space is None or taste.vectors is None:
        return []
    cosines = taste.vectors @ pool.space.entries[number]
    order = np.argsort(-cosines, kind="stable")
    return [(taste.texts[at].title, float(cosines[at])) for at in order]


MATCHER = Matcher(name="semantic", score=score, explain=explain, likeness=1.0)
