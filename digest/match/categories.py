"""Categories: a nudge where an interest says more, else the whole criterion."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from digest.match import Floats, Matcher
from digest.model import Evidence, Interest
from digest.pool import Pool

ALONE = 0.4
BESIDE = 0.1


def _share(interest: Interest) -> float:
    says_more = interest.text or interest.keywords or interest.authors or interest.examples
    return BESIDE if says_more else ALONE


def score(interests: Sequence[Interest], pool: Pool) -> Floats:
    """Give each interest the entries of its categories."""
    found = np.zeros((len(interests), len(pool.entries)), np.float32)
    known: dict[str, list[int]] = {}
    for row, interest in enumerate(interests):
        for name in interest.categories:
            if name not in known:
                known[name] = sorted(pool.in_category(name))
            found[row, known[name]] = _share(interest)
    return found


def explain(interest: Interest, pool: Pool, number: int) -> tuple[Evidence, ...]:
    """Name the categories an entry shares with an interest; together they make one finding."""
    shared = [name for name in interest.categories if number in pool.in_category(name)]
    if not shared:
        return ()
    return (
        Evidence(matcher="categories", reason=f"in {' and '.join(shared)}", score=_share(interest)),
    )


MATCHER = Matcher(name="categories", score=score, explain=explain)
