"""Authors: entries by people the subscriber follows, however their names are spelled."""

from __future__ import annotations

from collections.abc import Sequence

from digest.match import Matcher, Shares
from digest.model import Evidence, Interest
from digest.pool import Pool

FOLLOWED = 0.9


def score(interests: Sequence[Interest], pool: Pool) -> list[Shares]:
    """Give each interest the entries by one of its authors."""
    wanted = {author for interest in interests for author in interest.authors}
    found = {author: pool.by_author(author) for author in wanted}
    return [
        {number: FOLLOWED for author in interest.authors for number in found[author]}
        for interest in interests
    ]


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
