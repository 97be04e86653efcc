"""What a finished mail gets before it leaves: a return path of its own, and a signature."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from digest.model import Message
from digest.returnpath import ReturnPaths

if TYPE_CHECKING:
    from digest.signing import Signer

_FARTHEST_EAST = timedelta(hours=14)  # where each date begins first


@dataclass(frozen=True, slots=True, kw_only=True)
class Postage:
    """The return paths and the signer, where they are configured."""

    paths: ReturnPaths | None = None
    signer: Signer | None = None

    def put_on(self, message: Message, day: date, subscriber_id: str = "") -> Message:
        """Give the mail of an edition as it leaves.

        It is signed as of the first instant of its date anywhere: a moment that does not hang on
        the clock, and has passed wherever the edition is due (RFC 6376 section 3.5, t=).
        """
        if self.paths and subscriber_id:
            message = replace(message, sender=self.paths.make(subscriber_id))
        if self.signer:
            at = datetime.combine(day, time(), tzinfo=UTC) - _FARTHEST_EAST
            message = replace(message, content=self.signer.sign(message.content, at))
        return message
