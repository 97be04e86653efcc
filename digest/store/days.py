"""What is counted by day, in UTC: how each source's pulls went, how many subscribers there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlite_utils import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDay:
    """A day of a source: how often it was asked, how often in doubt, and how much was new."""

    pulls: int
    doubtful: int
    new: int


class Days:
    """The source_days and subscriber_days tables."""

    def __init__(self, db: Database) -> None:
        """Use the open database ``db``."""
        self._db = db

    def note_source(self, source: str, day: date, *, new: int, doubtful: bool) -> None:
        """Count one pull."""
        self._db.execute(
            "INSERT INTO source_days (source, date, pulls, doubtful, new) VALUES (?, ?, 1, ?, ?) "
            "ON CONFLICT (source, date) DO UPDATE SET pulls = pulls + 1, "
            "doubtful = doubtful + excluded.doubtful, new = new + excluded.new",
            [source, day.isoformat(), int(doubtful), new],
        )

    def sources(self, since: date) -> dict[str, dict[date, SourceDay]]:
        """Read the days of each source from one on."""
        found: dict[str, dict[date, SourceDay]] = {}
        rows = self._db.query("SELECT * FROM source_days WHERE date >= ?", [since.isoformat()])
        for row in rows:
            day = SourceDay(pulls=row["pulls"], doubtful=row["doubtful"], new=row["new"])
            found.setdefault(row["source"], {})[date.fromisoformat(row["date"])] = day
        return found

    def note_subscribers(self, day: date) -> None:
        """Count the subscribers, once a day: there may be a million."""
        self._db.execute(
            "INSERT INTO subscriber_days (date, status, number) "
            "SELECT ?, status, count(*) FROM subscribers "
            "WHERE NOT EXISTS (SELECT 1 FROM subscriber_days WHERE date = ?) GROUP BY status",
            [day.isoformat()] * 2,
        )

    def subscribers(self, since: date) -> dict[date, dict[str, int]]:
        """Read how many subscribers there were by status, on the days that were counted."""
        found: dict[date, dict[str, int]] = {}
        rows = self._db.query(
            "SELECT * FROM subscriber_days WHERE date >= ? ORDER BY date", [since.isoformat()]
        )
        for row in rows:
            found.setdefault(date.fromisoformat(row["date"]), {})[row["status"]] = row["number"]
        return found
