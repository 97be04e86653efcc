"""Notices when every recipient in a row is refused for one and the same policy: it is about us.

The run stops then, and they stay due (RFC 3463 section 3.8).
"""

from __future__ import annotations

import re

from digest.model import Delivery, SendResult

_ALIKE = 5  # as many in a row are about us
_POLICY = re.compile(r"^5\d\d[ -]5\.7\.\d")


class Refusals:
    """Hears of each outcome, in the order in which they come."""

    def __init__(self) -> None:
        """Begin with none."""
        self.said = ""
        self.alike = False  # enough in a row were refused alike
        self.refused: list[Delivery] = []
        self._heard = 0

    def hear(self, delivery: Delivery, result: SendResult) -> None:
        """Hear of an outcome; once enough were alike, a late one that differs changes nothing."""
        said = result.response if _POLICY.match(result.response) else ""
        if self.alike and said != self.said:
            return
        if not said or said != self.said:
            self.refused = []
        self.said = said
        if said:
            self.refused.append(delivery)
        self._heard += 1
        self.alike = self.alike or len(self.refused) >= _ALIKE

    def unanimous(self) -> bool:
        """Whether all were refused alike, and more than one; or enough in a row."""
        alone = len(self.refused) == self._heard
        return self.alike or (alone and len(self.refused) > 1)
