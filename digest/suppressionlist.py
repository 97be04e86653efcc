"""Lists of suppressed addresses as text: CSV with a heading, or an address a line with a reason."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from digest.errors import Problem
from digest.model import Suppression
from digest.schema import check_address

COLUMNS = ("email", "reason", "since", "stopped")
IMPORTED = "imported"
_REASON_MOST = 300
_NAMES = {"address": "email", "e-mail": "email", "email address": "email", "date": "since"}
_NO = frozenset({"0", "no", "false", ""})
# A reason that is about the address and not about its owner's wish.
_BOUNCED = re.compile(
    r"bounc|\b[45]\d\d\b|\b[45]\.\d{1,3}\.\d|invalid|unknown|n[o']t exist|undeliver|mailbox|quota",
    re.IGNORECASE,
)


def read(text: str, place: str, now: datetime) -> tuple[list[Suppression], list[Problem]]:
    """Read a list; gives what it holds and the mistakes, each with its line.

    Where neither a column ``stopped`` nor the reason says that an address bounced, its owner is
    taken to have said stop: that is the safe side.
    """
    found: list[Suppression] = []
    problems: list[Problem] = []
    names: Sequence[str] = ()
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    while True:
        try:
            row = next(rows, None)
            if row is None:
                break
            cells = [cell.strip() for cell in row]
            if not any(cells) or cells[0].startswith("#"):
                continue
            if not names and not found and not problems:
                heading = [_NAMES.get(cell.lower(), cell.lower()) for cell in cells]
                if "email" in heading:
                    names = heading
                    continue
            found.append(_suppression(_named(cells, names), now))
        except (csv.Error, ValueError) as error:
            fault, _, cure = str(error).partition("; ")
            problems.append(Problem(f"{place}:{rows.line_num}", fault, cure))
    return found, problems


def _named(cells: Sequence[str], names: Sequence[str]) -> Mapping[str, str]:
    """Give a line's cells by their names; without a heading, the address and the rest."""
    if names:
        return dict(zip(names, cells, strict=False))
    first, *rest = cells
    address, _, words = re.sub(r"[;\s]+", " ", first).partition(" ")
    reason = ", ".join(word for word in (words.strip(), *rest) if word)
    return {"email": address, "reason": reason}


def _suppression(row: Mapping[str, str], now: datetime) -> Suppression:
    """Check a line.

    Raises:
        ValueError: it has no proper address or date.
    """
    email = row.get("email", "").strip("<>")
    try:
        email = check_address(email)
    except ValueError as error:
        raise ValueError(f'"{email[:100]}" {error}') from None
    words = " ".join(row.get("reason", "").split())
    reason = "".join(char for char in words if char.isprintable())[:_REASON_MOST]
    said = row.get("stopped")
    stopped = not _BOUNCED.search(reason) if said is None else said.lower() not in _NO
    since = _moment(row["since"]) if row.get("since") else now
    return Suppression(email=email, reason=reason or IMPORTED, since=since, stopped=stopped)


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f'"{text[:40]}" is not a date; write for instance 2026-01-31') from None


def write(suppressions: Sequence[Suppression]) -> str:
    """Write a list that is read back as it was."""
    out = io.StringIO(newline="")
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(COLUMNS)
    for row in suppressions:
        stopped = "yes" if row.stopped else "no"
        rows.writerow([row.email, row.reason, row.since.isoformat(), stopped])
    return out.getvalue()
