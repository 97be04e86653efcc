"""What an unsaved profile would find among the entries of the last week, for whoever types one.

The week is read and indexed once, and anew after a while; nothing that strangers type is kept.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from digest import choice, compose, match
from digest.app import App
from digest.model import Match, Profile
from digest.pool import Pool
from digest.taste import unknown

DAYS = 7
_FRESH = timedelta(hours=1)
_WAIT_SECONDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The best ``matches`` among so many ``entries``, of ``past`` that are past a threshold.

    ``note`` says which examples count for nothing, or ""; ``busy`` that others took all the time
    there was.
    """

    entries: int
    past: int
    matches: tuple[Match, ...] = ()
    note: str = ""
    busy: bool = False


class Week:
    """The entries of the last seven days; one profile is ranked at a time."""

    def __init__(self, app: App) -> None:
        """Read nothing yet."""
        self._app = app
        self._turn = threading.Lock()
        self._pool: Pool | None = None
        self._read: datetime | None = None

    def matches(self, profile: Profile, most: int) -> Found:
        """Give at most so many matches.

        Raises:
            StoreError: the database cannot be read.
        """
        if not self._turn.acquire(timeout=_WAIT_SECONDS):
            return Found(entries=0, past=0, busy=True)
        try:
            return self._matches(profile, most)
        finally:
            self._turn.release()

    def _matches(self, profile: Profile, most: int) -> Found:
        pool = self._entries().passing()
        with self._app.store(create=False) as store:
            pool = pool.beside(choice.library(store, [profile]))
        reading = replace(self._app.meaning(), keeps=False)
        (ranking,) = match.rank([profile], reading.furnished(pool, profile.interests))
        wanted = replace(profile, limit=most, trending=0, explore=0)
        numbers = range(len(pool.entries))
        chosen = compose.select(ranking, numbers, wanted).chosen[:most]
        return Found(
            entries=len(pool.entries),
            past=int(ranking.standing.past.sum()),
            matches=tuple(ranking.match(number) for number in chosen),
            note=unknown(profile, pool.library),
        )

    def _entries(self) -> Pool:
        now = self._app.now()
        if self._pool is None or self._read is None or now - self._read > _FRESH:
            with self._app.store(create=False) as store:
                entries = store.entries.since(now - timedelta(days=DAYS))
            self._pool = self._app.meaning().opened(Pool(entries))
            self._pool.index()
            self._read = now
        return self._pool
