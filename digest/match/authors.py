"""Authors: entries by people the subscriber follows, however their names are spelled."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from digest.match import Floats, Matcher, Tell, nothing
from digest.model import Evidence, Interest
from digest.pool import Pool
from digest.sparse import marked

FOLLOWED = 0.9


def score(interests: Sequence[Interest], pool: Pool) -> Floats:
    """Give each interest the entries by one of its authors."""
    wanted = [interest.authors for interest in interests]
    known = pool.rows("authors", {name for names in wanted for name in names}, _by)
    found = marked(wanted, known, len(pool.entries))
    return np.float32(FOLLOWED) * found.astype(np.float32)


def _by(author: str, pool: Pool) -> tuple[list[int], list[float]]:
    numbers = sorted(pool.by_author(author))
    return numbers, [1.0] * len(numbers)


def explain(interest: Interest, pool: Pool) -> Tell:
    """Name the followed authors of an entry; together they make one finding."""
    entries = [pool.kept("authors", Pool.by_author, author) for author in interest.authors]
    theirs = [by for by in entries if by]
    if not theirs:
        return nothing

    def tell(number: int) -> Sequence[Evidence]:
        written = [by[number] for by in theirs if number in by]
        if not written:
            return ()
        people = " and ".join(dict.fromkeys(written))
        reason = f"by {people}, whom you follow"
        return (Evidence(matcher="authors", reason=reason, score=FOLLOWED),)

    return tell


MATCHER = Matcher(name="authors", score=score, explain=explain)
