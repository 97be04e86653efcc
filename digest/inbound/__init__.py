"""Reads what a mail that came in is: a bounce, a complaint, a wish to stop, or none of these.

Pure and never failing: any bytes give a Returned. What a mail says of an address proves nothing,
for anybody can write it; ``whose`` tells proofs of ours, such as a signed return path, by the id of
the subscriber in them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import blake2b

from digest.inbound import _feedback, _odd, _status, _wishes
from digest.inbound._letter import Letter, open_letter
from digest.inbound._returned import Kind, Returned

__all__ = ["MOST_BYTES", "Kind", "Returned", "read"]

# Of a mail are read: a report stands before the mail that it is about, and the library's time grows
# with the square of what some mails hold.
MOST_BYTES = 250_000


def read(content: bytes, whose: Callable[[str], str]) -> Returned:
    """Say what a mail is, and of which subscriber."""
    try:
        return _read(content[:MOST_BYTES], whose)
    except Exception:  # noqa: BLE001 the library fails in many ways on made-up bytes
        return Returned(
            kind=Kind.UNKNOWN,
            fingerprint=blake2b(content, digest_size=16).hexdigest(),
            subject="(a mail that cannot be read)",
        )


def _read(content: bytes, whose: Callable[[str], str]) -> Returned:
    letter = open_letter(content)
    subscriber_id = whose(letter.recipients)
    found = _status.read(letter) or _feedback.read(letter)
    if found is None:
        found = _unstructured(letter, proved=bool(subscriber_id))
    if not subscriber_id and found.kind in {Kind.HARD, Kind.SOFT, Kind.COMPLAINT}:
        subscriber_id = whose(found.evidence)
    return replace(
        found,
        fingerprint=letter.fingerprint,
        subject=letter.subject,
        sender=letter.sender,
        at=letter.date,
        subscriber_id=subscriber_id,
    )


def _unstructured(letter: Letter, *, proved: bool) -> Returned:
    """Read a mail without a part for machines, by who it is from and what it says."""
    automatic = _wishes.is_automatic(letter)
    if letter.from_system or (proved and not automatic):
        odd = _odd.read(letter, proved=proved)
        if odd is not None:
            return odd
    if automatic:
        return Returned(kind=Kind.AUTOMATIC)
    return _wishes.read(letter) or Returned(kind=Kind.UNKNOWN)
