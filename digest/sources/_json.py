"""Reads fields of JSON whose shape cannot be trusted: what is not as it should be is empty."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

_COUNT_MOST = 1_000_000_000


def loads(body: bytes) -> Any:  # noqa: ANN401 JSON is of any shape
    """Read JSON; None where it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def text(row: Mapping[str, Any], field: str) -> str:
    """Read a text."""
    value = row.get(field)
    return value if isinstance(value, str) else ""


def table(row: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    """Read an object."""
    value = row.get(field)
    return value if isinstance(value, dict) else {}


def rows(value: object) -> list[Mapping[str, Any]]:
    """Give the objects of a list."""
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def texts(value: object) -> list[str]:
    """Give the texts of a list."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def count(row: Mapping[str, Any], field: str) -> int | None:
    """Read a number that counts something."""
    value = row.get(field)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= _COUNT_MOST else None


def moment(value: object) -> datetime | None:
    """Read an ISO 8601 time as UTC; one without a zone is taken to be in UTC."""
    try:
        found = datetime.fromisoformat(value.strip()) if isinstance(value, str) else None
        if found is None:
            return None
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
