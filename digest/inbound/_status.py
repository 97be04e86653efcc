"""Delivery status notifications (RFC 3464): what became of a mail, in a part for machines."""

from __future__ import annotations

import re
from email.message import Message

from digest.inbound import _failure
from digest.inbound._letter import Letter, address, blocks, header, walk
from digest.inbound._returned import Kind, Returned

_WORST = (Kind.HARD, Kind.SOFT, Kind.NOTICE)
_MOST = 100  # groups; ours have one recipient
_FAILED = ("fail", "error")  # OpenSMTPD writes "error"


def read(letter: Letter) -> Returned | None:
    """Read a notification; None if the mail is none. Of several recipients the worst counts."""
    groups = [
        block
        for part in walk(letter.message)
        if part.get_content_type() in {"message/delivery-status", "message/global-delivery-status"}
        for block in blocks(part)
    ]
    if not groups:
        return None
    found = [_recipient(block) for block in groups[:_MOST] if header(block, "action")]
    if not found:
        return Returned(kind=Kind.NOTICE, reason="a report without an action")
    worst = min(found, key=lambda row: _WORST.index(row.kind))
    evidence = [letter.enclosed]
    evidence += [header(block, "x-postfix-sender") for block in groups[:_MOST]]
    return Returned(
        kind=worst.kind,
        reason=worst.reason,
        addresses=tuple(dict.fromkeys(a for row in found for a in row.addresses)),
        evidence="\n".join(evidence),
    )


def _recipient(block: Message) -> Returned:
    """Read the fields of one recipient (RFC 3464 section 2.3)."""
    action = header(block, "action").lower()
    status = header(block, "status")
    said = re.sub(r"^[\w-]{1,20};\s*", "", header(block, "diagnostic-code"))
    named = (header(block, name) for name in ("original-recipient", "final-recipient"))
    addresses = tuple(dict.fromkeys(filter(None, map(_address, named))))
    if not action.startswith(_FAILED):
        return Returned(kind=Kind.NOTICE, reason=_failure.reason(action), addresses=addresses)
    return Returned(
        kind=_failure.kind(status, said),
        reason=_failure.reason(status if status not in said else "", said or "failed"),
        addresses=addresses,
    )


def _address(field: str) -> str:
    """Give the address of ``rfc822; ada@example.org`` or ``<ada@example.org>``."""
    return address(field.rpartition(";")[2].strip())
