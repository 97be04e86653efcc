"""Categories: a nudge where an interest says more, else the whole criterion."""

from __future__ import annotations

from collections.abc import Sequence

from digest.match import Matcher, Shares
from digest.model import Evidence, Interest
from digest.pool import Pool

ALONE = 0.4
BESIDE = 0.1


def _share(interest: Interest) -> float:
    says_more = interest.text or interest.keywords or interest.authors or interest.examples
    return BESIDE if says_more else ALONE


def score(interests: Sequence[Interest], pool: Pool) -> list[Shares]:
    """Give each interest the entries of its categories."""
    wanted = {name for interest in interests for name in interest.categories}
    found = {name: pool.in_category(name) for name in wanted}
    return [
        {number: _share(interest) for name in interest.categories for number in found[name]}
        for interest in interests
    ]


def explain(interest: Interest, pool: Pool, number: int) -> tuple[Evidence, ...]:
    """Name the categories an entry shares with an interest; together they make one finding."""
    shared = [name for name in interest.categories if number in pool.in_category(name)]
    if not shared:
        return ()
    return (
        Evidence(matcher="categories", reason=f"in {' and '.join(shared)}", score=_share(interest)),
    )


MATCHER = Matcher(name="categories", score=score, explain=explain)
