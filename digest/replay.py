"""What ``tune`` does with stored days: ranks them once, and asks what profiles make of them.

Nothing here writes to the store.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from digest import choice, match, past, reading, tuning, worth
from digest.app import App
from digest.errors import UnknownError
from digest.model import Subscriber
from digest.past import Change, PastDigest, Period
from digest.plan import local_date, slot
from digest.pool import Pool
from digest.store import Store
from digest.tuning import Tuned

DAYS = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Another profile, its digests of the same days, and what it changes."""

    subscriber: Subscriber
    digests: tuple[PastDigest, ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """Stored days as a subscriber's profile chooses from them.

    ``stored`` are the first and last local date on which something new came; ``notes`` say what
    was asked for and is not there.
    """

    subscriber: Subscriber
    stored: tuple[date, date]
    entries: int
    digests: tuple[PastDigest, ...]
    interests: tuple[Tuned, ...]
    against: Compared | None = None
    notes: tuple[str, ...] = ()


def replay(app: App, who: str, since: date | None, against: str | None) -> Replay:
    """Replay the days since a date, or the last fourteen on which something new was stored.

    Raises:
        UnknownError: there is nothing to replay, or no interest to tune.
    """
    subscriber = reading.whose(app, who)
    other = reading.whose(app, against) if against else None
    if not other and not subscriber.profile.interests:
        raise UnknownError(
            f"{who}: has no [[interest]], only [trending], so there is nothing to tune; add one"
        )
    if since and since > local_date(app.now(), subscriber.timezone):
        raise UnknownError(f"{since} is in the future; give a past date to --since")
    profile = subscriber.profile
    profiles = [one.profile for one in (subscriber, other) if one]
    with app.store(create=False) as store:
        first, notes = _begin(store, since, subscriber.timezone)
        dated = store.entries.dated(slot(first, "00:00", subscriber.timezone))
        library = choice.library(store, profiles)
    entries = tuple(entry for _, entry in dated)
    dates = [local_date(moment, subscriber.timezone) for moment, _ in dated]
    wanted = [interest for profile in profiles for interest in profile.interests]
    pool = app.meaning().furnished(Pool(entries, library), wanted)
    # One pass for all: the profile, the same with better keywords, and the other.
    ranking, mended, *rankings = match.rank(
        [profile, worth.mended(profile, pool), *profiles[1:]], pool
    )
    days = past.period(dates, subscriber.days)
    digests = past.digests(ranking, profile, days)
    return Replay(
        subscriber=subscriber,
        stored=(dates[0], dates[-1]),
        entries=len(entries),
        digests=digests,
        interests=tuning.tune(ranking, mended, profile, days),
        against=_compared(other, rankings[0], digests, days) if other else None,
        notes=notes,
    )


def _begin(store: Store, since: date | None, timezone: str) -> tuple[date, tuple[str, ...]]:
    """Give the first date to replay, and a note if nothing is stored from so long ago.

    Raises:
        UnknownError: nothing new was stored since.
    """
    dates = sorted({local_date(moment, timezone) for moment in store.entries.moments()})
    if not dates:
        raise UnknownError("no entries are stored yet; run `digest pull`")
    if since is None:
        return dates[-DAYS:][0], ()
    if since > dates[-1]:
        raise UnknownError(
            f"no entry was first stored since {since}, the newest on {dates[-1]}; "
            "give an earlier --since, or run `digest pull`"
        )
    if since < dates[0]:
        return dates[0], (f"nothing is stored from before {dates[0]}; the replay begins there",)
    return since, ()


def _compared(
    other: Subscriber, ranking: match.Ranking, before: tuple[PastDigest, ...], days: Period
) -> Compared:
    after = past.digests(ranking, other.profile, days)
    return Compared(
        subscriber=other,
        digests=after,
        changes=past.changes(ranking.pool.entries, before, after),
    )
