"""Authors: entries by people the subscriber follows, however their names are spelled."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from digest.match import Floats, Matcher
from digest.model import Evidence, Interest
from digest.pool import Pool

FOLLOWED = 0.9


def score(interests: Sequence[Interest], pool: Pool) -> Floats:
    """Give each interest the entries by one of its authors."""
    found = np.zeros((len(interests), len(pool.entries)), np.float32)
    known: dict[str, list[int]] = {}
    for row, interest in enumerate(interests):
        for author in interest.authors:
            if author not in known:
                known[author] = list(pool.by_author(author))
            found[row, known[author]] = FOLLOWED
    return found


def explain(interest: Interest, pool: Pool, number: int) -> tuple[Evidence, ...]:
    """Name the followed authors of an entry; together they make one finding."""
    written = [
        by[number] for author in interest.authors if number in (by := pool.by_author(author))
    ]
    if not written:
        return ()
    people = " and ".join(dict.fromkeys(written))
    return (Evidence(matcher="authors", reason=f"by {people}, whom you follow", score=FOLLOWED),)


MATCHER = Matcher(name="authors", score=score, explain=explain)
