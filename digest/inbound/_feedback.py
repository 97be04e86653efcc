"""Feedback reports (RFC 5965): a reader has marked a mail as unwanted."""

from __future__ import annotations

from email.message import Message

from digest.inbound._letter import Letter, address, blocks, body, header, one_line, walk
from digest.inbound._returned import Kind, Returned

# RFC 5965 section 7.3, RFC 6430 not-spam, RFC 6591 auth-failure: these complain of no mail of ours.
_NO_COMPLAINT = ("not-spam", "auth-failure")
_MOST = 20  # recipients; ours have one


def read(letter: Letter) -> Returned | None:
    """Read a report; None if the mail is none."""
    for part in walk(letter.message):
        if part.get_content_type() != "message/feedback-report":
            continue
        fields = (blocks(part) or [_fields(part)])[0]
        kind = header(fields, "feedback-type").lower() or "abuse"
        if kind in _NO_COMPLAINT:
            return Returned(kind=Kind.NOTICE, reason=f"a report of {kind}")
        named = [address(str(value)) for value in fields.get_all("original-rcpt-to", [])[:_MOST]]
        return Returned(
            kind=Kind.COMPLAINT,
            reason=one_line(f"complained ({kind})")[:100],
            addresses=tuple(dict.fromkeys(filter(None, named))),
            evidence="\n".join([header(fields, "original-mail-from"), letter.enclosed]),
        )
    return None


def _fields(part: Message) -> Message:
    """Read the fields of a report that came encoded."""
    from email import message_from_string

    return message_from_string(body(part))
