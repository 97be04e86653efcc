"""Builds the bytes of a mail: headers, and a multipart/alternative of text and HTML.

The same arguments give the same bytes: date, id and boundary are passed in or derived.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime, parseaddr
from urllib.parse import quote

from digest.address import ascii_domain, with_ascii_domain
from digest.model import Thumbnail

# RFC 2045 section 6.7 (5) allows quoted-printable lines of 76; the library cuts at this length.
_LINE = 76
_PHRASE_MOST = 60
_PART_HEADERS = 400  # bytes of a picture's part around its content
_ENCODED = b"=" + bytes(range(127, 256))


class _Policy(EmailPolicy):
    """SMTP policy that leaves List- headers readable.

    The library turns a long token into an encoded word (RFC 2047), which no mail client looks
    into for an address; such a header is folded at its commas instead.
    """

    def fold(self, name: str, value: str) -> str:
        """Fold one header."""
        if name.lower() == "list-id":
            phrase, _, identifier = str(value).rpartition(" ")
            joint = " " if len(name) + len(value) < _LINE else "\r\n "
            return f"{name}: {phrase}{joint}{identifier}\r\n"
        if name.lower().startswith(("list-", "message-id")):
            return f"{name}: " + ",\r\n ".join(str(value).split(", ")) + "\r\n"
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: str) -> bytes:
        """Fold one header as bytes; the generator asks for this one."""
        return self.fold(name, value).encode("utf-8" if self.utf8 else "ascii")


_POLICY = _Policy(linesep="\r\n", max_line_length=_LINE, header_factory=SMTP.header_factory)


def mailbox(name: str, address: str) -> Address:
    """Make a header's mailbox; the domain in ASCII (RFC 5891)."""
    local, _, domain = address.rpartition("@")
    return Address(display_name=literal(name), username=local, domain=ascii_domain(domain))


def literal(text: str) -> str:
    """Part what the library would take for an encoded word (RFC 2047) and decode.

    Decoded, a title such as ``=?utf-8?q?x=0D=0ABcc:...?=`` would become headers of its own.
    """
    return " ".join(text.replace("=?", "= ?").split())


def notice(
    *, sender: str, recipient: str, subject: str, date: datetime, message_id: str, text: str
) -> bytes:
    """Give the bytes of a plain mail to the operator."""
    message = EmailMessage(policy=_POLICY)
    message["From"] = mailbox(*sender_of(sender))
    message["To"] = mailbox("", recipient)
    message["Subject"] = literal(subject)
    message["Date"] = format_datetime(date)
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text, cte="quoted-printable")
    return message.as_bytes()


def sender_of(configured: str) -> tuple[str, str]:
    """Split ``Name <address>``."""
    name, address = parseaddr(configured)
    return name, with_ascii_domain(address)


def list_headers(*, title: str, domain: str, page: str, mail: str) -> dict[str, str]:
    """Give the headers by which a client knows a list and leaves it (RFC 2919, 2369, 8058).

    ``page`` is the address that takes the one-click POST, which is said of https alone, or "";
    ``mail`` a mailto address.
    """
    headers = {"List-Id": f"{_phrase(title)} <digest.{domain}>"}
    headers["List-Unsubscribe"] = f"<{page}>, <{mail}>" if page else f"<{mail}>"
    if page.startswith("https:"):
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def stop_by_mail(reply: str, email: str) -> str:
    """Give the mailto address that stops the mail to ``email`` (RFC 6068)."""
    who = quote(f"unsubscribe {with_ascii_domain(email)}")
    return f"mailto:{quote(reply, safe='@')}?subject={who}"


def encoded_size(text: str) -> int:
    """Say how many bytes a text takes as quoted-printable (RFC 2045 section 6.7), about."""
    raw = text.encode()
    plain = len(raw.translate(None, _ENCODED))
    size = plain + 3 * (len(raw) - plain) + raw.count(b"\n")
    return size + 3 * (size // _LINE)


def _phrase(title: str) -> str:
    """Write a title as a header's phrase: quoted, ASCII (RFC 2919 section 3)."""
    plain = "".join(char for char in title if char.isascii() and char not in '"\\')
    return f'"{plain.strip()[:_PHRASE_MOST] or "Digest"}"'


def content_id(name: str, sender: str) -> str:
    """Name a picture within a mail, unlike any other's (RFC 2392 section 2)."""
    return f"{name}@{sender_of(sender)[1].rpartition('@')[2]}"


def picture_size(picture: Thumbnail) -> int:
    """Say how many bytes a picture takes in a mail, headers and all (RFC 2045 section 6.8)."""
    return 4 * (len(picture.jpeg) // 3 + 1) * 78 // 76 + _PART_HEADERS


def build(  # noqa: PLR0913 each is a header or a part
    *,
    sender: str,
    recipient: tuple[str, str],
    reply_to: str,
    subject: str,
    date: datetime,
    message_id: str,
    listing: Mapping[str, str],
    text: str,
    html: str,
    pictures: Sequence[Thumbnail] = (),
) -> bytes:
    """Give the mail's bytes, with CRLF line ends.

    ``recipient`` is name and address; ``listing`` the headers of ``list_headers``, or none;
    ``pictures`` those that the HTML shows by their ``content_id``. The mail says that a program
    sent it (RFC 3834).
    """
    from_name, from_address = sender_of(sender)
    utf8 = not recipient[1].isascii() and not recipient[1].rpartition("@")[0].isascii()
    message = EmailMessage(policy=_POLICY.clone(utf8=utf8))
    message["From"] = mailbox(from_name, from_address)
    message["To"] = mailbox(*recipient)
    if reply_to:
        message["Reply-To"] = mailbox("", reply_to)
    message["Subject"] = literal(subject)
    message["Date"] = format_datetime(date)
    message["Message-ID"] = message_id
    for name, value in listing.items():
        message[name] = value
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text, cte="quoted-printable")
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    unlike = hashlib.sha256(message_id.encode()).hexdigest()[:24]
    if pictures:
        _relate(message, pictures, sender)
        _html_part(message).set_boundary(f"digest-pictures-{unlike}")
    message.set_boundary(f"digest-{unlike}")
    return message.as_bytes()


def _relate(message: EmailMessage, pictures: Sequence[Thumbnail], sender: str) -> None:
    """Put pictures beside the HTML, within the alternative that it is (RFC 2387 section 3)."""
    html = _html_part(message)
    for picture in pictures:
        html.add_related(
            picture.jpeg,
            "image",
            "jpeg",
            cid=f"<{content_id(picture.name, sender)}>",
            disposition="inline",
            filename=f"{picture.name}.jpg",
        )
    html.set_param("type", "text/html")


def _html_part(message: EmailMessage) -> EmailMessage:
    part = list(message.iter_parts())[-1]
    assert isinstance(part, EmailMessage)  # noqa: S101 as the policy makes them
    return part
