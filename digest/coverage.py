"""Judges how a source stands after a pull: one word, and the evidence for it. Pure.

new                  entries came that were not known
unchanged            nothing new came, and nothing was due
empty as expected    no entries, at a time when none are due
empty unexpectedly   no entries, though some were due or always came before
stale                the same entries as before, though new ones were due
partial              some of what was asked for came, or some of it could not be read
unreachable, refused, malformed    nothing came that can be used
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

NEW = "new"
UNCHANGED = "unchanged"
EMPTY_EXPECTED = "empty as expected"
EMPTY_UNEXPECTED = "empty unexpectedly"
STALE = "stale"
PARTIAL = "partial"
UNREACHABLE = "unreachable"
REFUSED = "refused"
MALFORMED = "malformed"
NEVER = "never fetched"

# In these nothing of a source can be relied on; a quiet day means nothing then.
BROKEN = frozenset({UNREACHABLE, REFUSED, MALFORMED, NEVER})
# In these it answers and yet says nothing, though it should.
SILENT = frozenset({EMPTY_UNEXPECTED, STALE})
# These a reader is told of.
DOUBTFUL = BROKEN | SILENT | {PARTIAL}
RAISED_AFTER = timedelta(days=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What one pull of a source saw.

    ``entries`` came in all, ``new`` of them unknown; ``highest`` is the highest id among them.
    ``due`` is when something new last had to come (None: this source has no rhythm), and
    ``last_new`` when something last did. ``faults`` say what was missing or could not be read,
    ``remarks`` what was odd beside that.
    """

    entries: int
    new: int
    unchanged: bool = False
    highest: str = ""
    due: datetime | None = None
    last_new: datetime | None = None
    ever_gave: bool = False
    faults: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def judge(seen: Observation) -> tuple[str, str]:
    """Give the state and the evidence for it."""
    if seen.faults:
        return PARTIAL, "; ".join(seen.faults + seen.remarks)
    if seen.new:
        return NEW, "; ".join(seen.remarks)
    late = seen.due is not None and (seen.last_new is None or seen.last_new < seen.due)
    if not seen.entries and not seen.unchanged:
        if late and seen.due is not None:
            return EMPTY_UNEXPECTED, f"no entries, though new ones were due {_when(seen.due)}"
        if seen.due is None and seen.ever_gave:
            return EMPTY_UNEXPECTED, "no entries, though it had some before"
        return EMPTY_EXPECTED, ""
    if late and seen.due is not None:
        highest = f"; the highest id is still {seen.highest}" if seen.highest else ""
        since = f"nothing new since {_when(seen.last_new)}" if seen.last_new else "nothing new"
        return STALE, f"{since}, though it was due {_when(seen.due)} (a holiday?){highest}"
    return UNCHANGED, "; ".join(seen.remarks)


def _when(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
