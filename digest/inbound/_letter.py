"""A mail taken apart, leniently: what cannot be decoded is shown as it can be."""

from __future__ import annotations

import re
from binascii import a2b_base64, a2b_qp
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parseaddr, parsedate_to_datetime
from functools import cached_property
from hashlib import blake2b

# Where a mail program or server notes whom a mail was for (Delivered-To: RFC 9228).
_FOR = (
    "to cc delivered-to x-delivered-to x-original-to envelope-to x-envelope-to original-recipient "
    "received"
).split()
_SYSTEMS = re.compile(
    r"(mailer-?daemon|mail-?daemon|postmaster|mdaemon|mail-?system)\b", re.IGNORECASE
)
_BLANK = re.compile(rb"\r?\n[ \t]*\r?\n")
_DECODED: dict[str, Callable[[bytes], bytes]] = {"base64": a2b_base64, "quoted-printable": a2b_qp}
_TEXT_MOST = 20_000
_LINE_MOST = 200
_HEADER_MOST = 2000
_PARTS_MOST = 200


@dataclass(frozen=True, kw_only=True)  # no slots: what is derived is kept
class Letter:
    """A mail: the library's message, and what is asked of it."""

    message: Message
    content: bytes

    @cached_property
    def fingerprint(self) -> str:
        """Tell this mail from others: by its Message-ID, or all of it."""
        identifier = header(self.message, "message-id")
        named = identifier.encode("utf-8", "replace") if identifier else self.content
        return blake2b(named, digest_size=16).hexdigest()

    @cached_property
    def recipients(self) -> str:
        """Give all that the headers say of whom the mail was for."""
        return "\n".join(
            one_line(value) for name, value in self.message.items() if name.lower() in _FOR
        )

    @cached_property
    def subject(self) -> str:
        """Give the subject in plain text."""
        return header(self.message, "subject")[:_LINE_MOST]

    @cached_property
    def sender(self) -> str:
        """Give the address of From, or ""."""
        return address(header(self.message, "from"))

    @cached_property
    def from_system(self) -> bool:
        """Whether a mail system wrote it, by its name or the empty return path (RFC 5321 4.5.5)."""
        if _SYSTEMS.match(self.sender):
            return True
        automatic = header(self.message, "auto-submitted").lower().startswith("auto-replied")
        return header(self.message, "return-path").replace(" ", "") == "<>" and not automatic

    @cached_property
    def date(self) -> datetime | None:
        """Give the mail's own date, if it has a proper one."""
        try:
            found = parsedate_to_datetime(header(self.message, "date"))
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, TypeError, OverflowError, IndexError):
            return None

    @cached_property
    def text(self) -> str:
        """Give the opening of the plain texts; of a mail in HTML alone, that without its tags."""
        parts = list(walk(self.message))
        for kind in ("text/plain", "text/html"):
            texts = [body(part) for part in parts if part.get_content_type() == kind]
            found = "\n".join(texts)[:_TEXT_MOST]
            if found.strip():
                return re.sub(r"<[^<>]{0,2000}>", "\n", found) if kind == "text/html" else found
        return ""

    @cached_property
    def enclosed(self) -> str:
        """Give the headers of the mails that are enclosed, whole or by their headers alone."""
        found = []
        for part in walk(self.message):
            kind = part.get_content_type()
            if kind == "text/rfc822-headers":
                found.append(body(part)[:_TEXT_MOST])
            elif kind == "message/rfc822" and isinstance(part.get_payload(), list):
                found += ["\n".join(map(one_line, m.values())) for m in _inner(part)]
        return "\n".join(found)


def open_letter(content: bytes) -> Letter:
    """Take a mail apart; the line that a mailbox file puts before it is left out."""
    if content.startswith((b"From ", b">From ")):
        content = content.partition(b"\n")[2]
    try:
        message = message_from_bytes(content)
    except Exception:  # noqa: BLE001 the library fails in many ways on made-up bytes
        message = Message()
    return Letter(message=message, content=content)


def walk(message: Message) -> Iterator[Message]:
    """Give a mail's first parts, not those of mails that are enclosed."""
    waiting = [message]
    for _ in range(_PARTS_MOST):
        if not waiting:
            return
        part = waiting.pop()
        yield part
        if part.get_content_maintype() == "multipart":
            waiting.extend(reversed(_inner(part)))


def _inner(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []


def blocks(part: Message) -> list[Message]:
    """Give the groups of fields that a part for machines consists of.

    The library parts those of message/delivery-status alone, and decodes none.
    """
    inner = _inner(part)
    encoding = header(part, "content-transfer-encoding").lower()
    if part.get_content_type() == "message/delivery-status" and encoding not in _DECODED:
        return inner
    try:
        content = b"\n".join(one.as_bytes() for one in inner)
        content = _DECODED.get(encoding, bytes)(content)
        return [message_from_bytes(group) for group in _BLANK.split(content.strip(), _PARTS_MOST)]
    except Exception:  # noqa: BLE001 as above
        return inner


def header(message: Message, name: str) -> str:
    """Give a header's value on one line, its encoded words decoded where that can be done."""
    value = message.get(name)
    if value is None:
        return ""
    value = str(value)[:_HEADER_MOST]  # the library takes a time that grows with the square
    try:
        return one_line(make_header(decode_header(value)))
    except Exception:  # noqa: BLE001 as above: any header may be anything
        return one_line(value)


def address(value: str) -> str:
    """Give the address in a header's value, or ""."""
    try:
        found = parseaddr(value[:_HEADER_MOST])[1]
    except RecursionError:  # comments within comments
        return ""
    return one_line(found) if "@" in found else ""


def one_line(value: object) -> str:
    """Write a value on one line, of what can be printed."""
    words = " ".join(str(value).split())
    return "".join(char for char in words if char.isprintable())


def body(part: Message) -> str:
    """Decode a part's text; what its charset cannot decode is replaced."""
    try:
        payload = part.get_payload(decode=True)
    except Exception:  # noqa: BLE001 as above
        return ""
    if not isinstance(payload, bytes):
        return ""
    try:
        return payload.decode(part.get_content_charset() or "utf-8", "replace")
    except (LookupError, ValueError, UnicodeError):
        return payload.decode("latin-1")
