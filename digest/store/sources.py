"""What is remembered of each source between pulls."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlite_utils import Database

from digest.model import SourceState, Validators
from digest.store.rows import moment_of, text_of


class SourceStates:
    """The sources table."""

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
                "next_fetch": text_of(state.next_fetch),
                "failures": state.failures,
                "validators": json.dumps(
                    {url: [v.etag, v.last_modified] for url, v in state.validators.items()}
                ),
            },
            pk="source",
        )


def _state(row: Mapping[str, Any]) -> SourceState:
    return SourceState(
        source=row["source"],
        state=row["state"],
        detail=row["detail"],
        last_attempt=moment_of(row["last_attempt"]),
        last_success=moment_of(row["last_success"]),
        next_fetch=moment_of(row["next_fetch"]),
        failures=row["failures"],
        validators={
            url: Validators(etag=etag, last_modified=modified)
            for url, (etag, modified) in json.loads(row["validators"]).items()
        },
    )
