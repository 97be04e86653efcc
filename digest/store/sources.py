"""What is remembered of each source between pulls, and which hosts asked to be left alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlite_utils import Database

from digest.model import Memory, SourceState, Validators
from digest.store.rows import moment_of, text_of


class SourceStates:
    """The sources and holds tables."""

    def __init__(self, db: Database) -> None:
        """Use the open database ``db``."""
        self._db = db

    def all(self) -> dict[str, SourceState]:
        """Read every state, by the source's name."""
        return {str(row["source"]): _state(row) for row in self._db.query("SELECT * FROM sources")}

    def put(self, state: SourceState) -> None:
        """Write a state over the one before."""
        self._db.table("sources").upsert(
            {
                "source": state.source,
                "state": state.state,
                "detail": state.detail,
                "last_attempt": text_of(state.last_attempt),
                "last_success": text_of(state.last_success),
                "last_new": text_of(state.last_new),
                "next_fetch": text_of(state.next_fetch),
                "failures": state.failures,
                "failing_since": text_of(state.failing_since),
                "raised": int(state.raised),
                "highest": state.highest,
                "covered": state.covered.isoformat() if state.covered else None,
                "memory": json.dumps({url: asdict(m) for url, m in state.memory.items()}),
            },
            pk="source",
        )

    def holds(self, now: datetime) -> dict[str, datetime]:
        """Read until when which domain is to be left alone."""
        rows = self._db.query("SELECT domain, until FROM holds WHERE until > ?", [text_of(now)])
        return {str(row["domain"]): datetime.fromisoformat(row["until"]) for row in rows}

    def hold(self, domain: str, until: datetime) -> None:
        """Leave a domain alone; a longer wish stays."""
        self._db.execute(
            "INSERT INTO holds (domain, until) VALUES (?, ?) "
            "ON CONFLICT (domain) DO UPDATE SET until = max(until, excluded.until)",
            [domain, text_of(until)],
        )


def _state(row: Mapping[str, Any]) -> SourceState:
    return SourceState(
        source=row["source"],
        state=row["state"],
        detail=row["detail"],
        last_attempt=moment_of(row["last_attempt"]),
        last_success=moment_of(row["last_success"]),
        last_new=moment_of(row["last_new"]),
        next_fetch=moment_of(row["next_fetch"]),
        failures=row["failures"],
        failing_since=moment_of(row["failing_since"]),
        raised=bool(row["raised"]),
        highest=row["highest"],
        covered=date.fromisoformat(row["covered"]) if row["covered"] else None,
        memory={url: _memory(content) for url, content in json.loads(row["memory"]).items()},
    )


def _memory(content: dict[str, Any]) -> Memory:
    return Memory(**{**content, "validators": Validators(**content["validators"])})
