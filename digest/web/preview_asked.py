"""What the address of a preview asks for: a date, terms, and how to show them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import isfinite
from typing import Protocol
from urllib.parse import urlencode

from digest.model import Profile
from digest.trial import Terms, terms_of

WIDTHS = ("375", "600", "1200")  # CSS pixels: a telephone, the mail's column, a desk
SCHEMES = ("light", "dark")
VIEWS = ("html", "text", "source")
LIMIT_MOST = 500  # as profiles allow
_FIRST, _LAST = date(1990, 1, 1), date(9990, 12, 31)  # links of a mail hold for years after it
_DIGITS_MOST = 9


class Fields(Protocol):
    """The fields of a query or a form."""

    def get(self, key: str) -> object:
        """Give the last value of a field, or None."""

    def getlist(self, key: str) -> Sequence[object]:
        """Give all values of a field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What one request asks for; what it leaves open is as the profile has it.

    ``quick`` leaves the mail itself out: what takes long.
    """

    who: str = ""
    day: date | None = None
    limit: int | None = None
    thresholds: tuple[float, ...] = ()
    widths: tuple[str, ...] = ("375", "600")
    schemes: tuple[str, ...] = ("light",)
    views: tuple[str, ...] = ("html",)
    quick: bool = False

    def terms(self, profile: Profile) -> Terms:
        """Give the terms that are asked for; a threshold shown in hundredths is its own."""
        saved = terms_of(profile)
        thresholds = saved.thresholds
        if len(self.thresholds) == len(thresholds):
            pairs = zip(self.thresholds, thresholds, strict=True)
            thresholds = tuple(was if f"{was:.2f}" == f"{now:.2f}" else now for now, was in pairs)
        return Terms(limit=self.limit or saved.limit, thresholds=thresholds)

    def query(self, **more: str) -> str:
        """Write what it asks for as a query, but the terms: those of the profile."""
        shown = [("width", width) for width in self.widths]
        shown += [("scheme", scheme) for scheme in self.schemes]
        shown += [("view", view) for view in self.views]
        return urlencode([*self._edition(), *shown, *more.items()])

    def terms_query(self, terms: Terms) -> str:
        """Write which edition, at which terms, as a query."""
        rows = [("limit", str(terms.limit))]
        rows += [("t", f"{threshold:.2f}") for threshold in terms.thresholds]
        return urlencode([*self._edition(), *rows])

    def _edition(self) -> list[tuple[str, str]]:
        rows = [("who", self.who)] if self.who else []
        return rows + ([("date", self.day.isoformat())] if self.day else [])


def asked(fields: Fields) -> Asked:
    """Read the fields of a request; what cannot be read is as if it were not there."""
    usual = Asked()
    return Asked(
        who=_text(fields.get("who")),
        day=_day(_text(fields.get("date"))),
        limit=_limit(_text(fields.get("limit"))),
        thresholds=_thresholds(fields.getlist("t")),
        widths=_some(fields.getlist("width"), WIDTHS) or usual.widths,
        schemes=_some(fields.getlist("scheme"), SCHEMES) or usual.schemes,
        views=_some(fields.getlist("view"), VIEWS) or usual.views,
        quick=_text(fields.get("quick")) == "1",
    )


def changes(terms: Terms, saved: Terms) -> tuple[int | None, Mapping[int, float]]:
    """Say in what terms differ from those saved: the limit, and thresholds by place."""
    pairs = enumerate(zip(terms.thresholds, saved.thresholds, strict=True))
    thresholds = {place: now for place, (now, was) in pairs if now != was}
    return (terms.limit if terms.limit != saved.limit else None), thresholds


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _some(values: Sequence[object], known: Sequence[str]) -> tuple[str, ...]:
    return tuple(value for value in known if value in values)


def _day(value: str) -> date | None:
    try:
        found = date.fromisoformat(value)
    except ValueError:
        return None
    return found if _FIRST <= found <= _LAST else None


def _limit(value: str) -> int | None:
    if not (value.isdecimal() and value.isascii()):
        return None
    return min(max(int(value[:_DIGITS_MOST]), 1), LIMIT_MOST)


def _thresholds(values: Sequence[object]) -> tuple[float, ...]:
    found = []
    for value in values:
        try:
            number = float(_text(value))
        except ValueError:
            return ()
        if not isfinite(number):
            return ()
        found.append(min(max(round(number, 2), 0.0), 1.0))
    return tuple(found)
