"""Notices when every recipient in a row is refused for one and the same policy: it is about us.

The run stops then, and they stay due (RFC 3463 section 3.8). Until it is known whether a refusal
is about us or about its recipient, it is *open*.
"""

from __future__ import annotations

import re

from digest.model import Delivery, DeliveryStatus, SendResult

_ALIKE = 5  # as many in a row are about us
# RFC 3463 sections 3.2 and 3.8: the sender's address or system, security and policy.
_CODED = re.compile(r"5\d\d[ -]5\.(7\.\d|1\.[78]\b)")
_HAS_CODE = re.compile(r"5\d\d[ -]5\.\d")
# What servers without such codes say of who sends, not of who receives.
_WORDED = re.compile(
    r"relay|authenti|authori[sz]ed|permitted|prohibit|denied|block|black ?list|listed|policy|"
    r"reputation|sender|\b(spf|dkim|dmarc|spam)\b",
    re.IGNORECASE,
)
_PARTICULAR = re.compile(r"\S*[@\d]\S*")  # addresses, and numbers of the session


class Refusals:
    """Hears of each outcome, in the order in which they come."""

    def __init__(self) -> None:
        """Begin with none."""
        self.said = ""
        self.alike = False  # enough in a row were refused alike
        self.refused: list[Delivery] = []
        self._policy = ""
        self._open: list[tuple[Delivery, SendResult]] = []
        self._heard = 0

    def hear(self, delivery: Delivery, result: SendResult) -> None:
        """Hear of an outcome; once enough were alike, a late one that differs changes nothing."""
        policy = _policy(delivery, result)
        if policy:
            self._open.append((delivery, result))
        if self.alike and policy != self._policy:
            return
        if not policy or policy != self._policy:
            self.refused = []
        self._policy = policy
        if policy:
            self.said = result.response
            self.refused.append(delivery)
        self._heard += 1
        self.alike = self.alike or len(self.refused) >= _ALIKE

    def unanimous(self) -> bool:
        """Whether all were refused alike, and more than one; or enough in a row."""
        alone = len(self.refused) == self._heard
        return self.alike or (alone and len(self.refused) > 1)

    def settled(self) -> list[tuple[Delivery, SendResult]]:
        """Give the open refusals that are about their recipients after all; they are closed."""
        about_us = {row.edition for row in self.refused} if self.unanimous() else set()
        own = [(row, said) for row, said in self._open if row.edition not in about_us]
        self._open = []
        return own


def is_open(delivery: Delivery, result: SendResult) -> bool:
    """Whether an outcome is a refusal that may be about us."""
    return bool(_policy(delivery, result))


def _policy(delivery: Delivery, result: SendResult) -> str:
    """Give what is the same of a refusal whoever receives the mail; "" if it is not about us."""
    said = result.response
    if result.status is not DeliveryStatus.FAILED or not said.startswith("5"):
        return ""
    if not _CODED.match(said) and (_HAS_CODE.match(said) or not _WORDED.search(said)):
        return ""
    code = said[:3]
    domain = delivery.email.rpartition("@")[2]
    words = _PARTICULAR.sub("", said.casefold().replace(domain.casefold(), ""))
    return f"{code} {' '.join(words.split())}"
