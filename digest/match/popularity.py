"""Popularity: upvotes, which order what scores the same, and choose what is trending."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from digest.match import Floats, Kind, Matcher, Tell
from digest.model import Entry, Evidence, Interest
from digest.pool import Pool
from digest.sparse import Places


def votes(entry: Entry) -> int:
    """Give an entry's upvotes; none where no source counts them."""
    return entry.upvotes or 0


def score(interests: Sequence[Interest], pool: Pool) -> Floats:
    """Give each entry's upvotes as a part of the most: the same for all interests."""
    counts = pool.votes.astype(np.float32)
    parts = counts / max(float(counts.max(initial=0)), 1.0)
    return np.broadcast_to(parts, (len(interests), len(parts)))


def explain(interest: Interest | None, pool: Pool) -> Tell:
    """Count the upvotes of an entry that has any."""
    del interest
    return lambda number: pool.kept("upvotes", _counted, number)


def _counted(pool: Pool, number: int) -> tuple[Evidence, ...]:
    count = votes(pool.entries[number])
    if not count:
        return ()
    reason = f"{count} upvote{'s' if count != 1 else ''}"
    return (Evidence(matcher="popularity", reason=reason, score=0.0),)


def best_first(pool: Pool, scores: Floats, places: Places) -> Places:
    """Order entries by ``scores``; ties go to the more upvoted, then to the listing's order."""
    return places[np.lexsort((places, -pool.votes[places], -scores[places]))]


def trending(pool: Pool, numbers: Sequence[int] | Places, show: int) -> list[int]:
    """Pick the entries with the most upvotes; of equals the first listed."""
    if not show:
        return []
    among = np.zeros(len(pool.entries), np.bool_)
    among[np.asarray(numbers, np.int64)] = True
    voted: Places = pool.kept("voted", _voted)
    found: list[int] = voted[among[voted]][:show].tolist()
    return found


def _voted(pool: Pool) -> Places:
    """Give the entries that have upvotes, those with the most first."""
    ordered: Places = np.argsort(-pool.votes, kind="stable")
    voted: Places = ordered[pool.votes[ordered] != 0]
    return voted


MATCHER = Matcher(name="popularity", score=score, explain=explain, kind=Kind.TIE)
