"""How a delivery is written as a row of its table, and read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import lru_cache, partial
from typing import Any

from digest.model import Delivery, DeliveryStatus, Edition
from digest.store.rows import moment_of, text_of

COLUMNS = (
    "subscriber_id, date, email, status, attempts, planned_at, next_attempt, message_id, response"
)
INSERT = (
    "INSERT INTO deliveries (subscriber_id, date, email, status, attempts, planned_at, "
    "next_attempt, changed_at, message_id, response) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


# Most deliveries of a pass have the same date, and were planned together.
_date = lru_cache(maxsize=64)(date.fromisoformat)
_day = lru_cache(maxsize=64)(date.isoformat)
_moment = lru_cache(maxsize=64)(datetime.fromisoformat)
_text = lru_cache(maxsize=64)(text_of)
_edition: Callable[[tuple[Any, ...]], Edition] = partial(tuple.__new__, Edition)
_delivery: Callable[[tuple[Any, ...]], Delivery] = partial(tuple.__new__, Delivery)
_STATUSES = {str(status): status for status in DeliveryStatus}


def key_of(edition: Edition) -> tuple[str, str]:
    """Give the key of an edition and of its delivery."""
    return edition.subscriber_id, _day(edition.date)


def row_of(delivery: Delivery) -> tuple[object, ...]:
    """Write a delivery as INSERT takes it."""
    at = _text(delivery.planned_at)
    return (
        delivery.edition.subscriber_id,
        _day(delivery.edition.date),
        delivery.email,
        str(delivery.status),
        delivery.attempts,
        at,
        text_of(delivery.next_attempt),
        at,
        delivery.message_id,
        delivery.response,
    )


def delivery_of(row: Sequence[Any]) -> Delivery:
    """Read a delivery from the values of COLUMNS."""
    who, day, email, status, attempts, planned_at, next_attempt, message_id, response = row
    edition = _edition((who, _date(day)))
    at, again = _moment(planned_at), next_attempt and moment_of(next_attempt)
    return _delivery((edition, email, _STATUSES[status], at, message_id, attempts, again, response))
