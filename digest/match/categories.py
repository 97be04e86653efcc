"""Categories: a nudge where an interest says more, else the whole criterion."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from digest.match import Floats, Matcher, Tell, nothing
from digest.model import Evidence, Interest
from digest.pool import Pool
from digest.sparse import marked

ALONE = 0.4
BESIDE = 0.1


def _share(interest: Interest) -> float:
    says_more = interest.text or interest.keywords or interest.authors or interest.examples
    return BESIDE if says_more else ALONE


def score(interests: Sequence[Interest], pool: Pool) -> Floats:
    """Give each interest the entries of its categories."""
    wanted = [interest.categories for interest in interests]
    known = pool.rows("categories", {name for names in wanted for name in names}, _in)
    found = marked(wanted, known, len(pool.entries))
    shares = np.array([[_share(interest)] for interest in interests], np.float32)
    return shares.reshape(-1, 1) * found.astype(np.float32)


def _in(category: str, pool: Pool) -> tuple[list[int], list[float]]:
    numbers = sorted(pool.in_category(category))
    return numbers, [1.0] * len(numbers)


def explain(interest: Interest, pool: Pool) -> Tell:
    """Name the categories an entry shares with an interest; together they make one finding."""
    entries = [
        (name, pool.kept("categories", Pool.in_category, name)) for name in interest.categories
    ]
    if not entries:
        return nothing
    share = _share(interest)
    known: dict[str, tuple[Evidence]] = {}

    def tell(number: int) -> Sequence[Evidence]:
        shared = " and ".join([name for name, held in entries if number in held])
        if not shared:
            return ()
        if shared not in known:
            known[shared] = (Evidence(matcher="categories", reason=f"in {shared}", score=share),)
        return known[shared]

    return tell


MATCHER = Matcher(name="categories", score=score, explain=explain)
