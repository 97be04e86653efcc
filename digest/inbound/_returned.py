"""What a mail that came in was found to be."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What a mail is."""

    HARD = "hard bounce"
    SOFT = "soft bounce"
    NOTICE = "notice of no failure"
    COMPLAINT = "complaint"
    STOP = "wish to stop"
    AUTOMATIC = "automatic reply"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """A mail that came in: its kind, and who it is about.

    ``subscriber_id`` is proved; ``addresses`` are what the mail says. ``evidence`` is the text in
    which a proof may stand, ``at`` the mail's own date.
    """

    kind: Kind
    reason: str = ""
    addresses: tuple[str, ...] = ()
    subscriber_id: str = ""
    fingerprint: str = ""
    subject: str = ""
    sender: str = ""
    at: datetime | None = None
    evidence: str = field(default="", repr=False)
