"""The record of runs: when, what, and how it went."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from digest.store.rows import text_of


class Runs:
    """The runs table."""

    def __init__(self, db: Database) -> None:
        """Use the open database ``db``."""
        self._db = db

    def add(
        self, command: str, started: datetime, ended: datetime, report: Mapping[str, Any]
    ) -> None:
        """Write down a run that has ended."""
        self._db.table("runs").insert(
            {
                "command": command,
                "started": text_of(started),
                "ended": text_of(ended),
                "report": json.dumps(report),
            }
        )

    def latest(self, limit: int) -> list[dict[str, Any]]:
        """Read the last runs, the newest first: command, started, ended and report."""
        rows = self._db.query(
            "SELECT command, started, ended, report FROM runs ORDER BY id DESC LIMIT ?", [limit]
        )
        return [{**row, "report": json.loads(row["report"])} for row in rows]
