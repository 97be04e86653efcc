"""Builds the bytes of a mail: headers, and a multipart/alternative of text and HTML.

The same arguments give the same bytes: date, id and boundary are passed in or derived.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime, parseaddr
from functools import lru_cache
from urllib.parse import quote

from digest.address import ascii_domain, with_ascii_domain
from digest.model import Thumbnail

# RFC 2045 section 6.7 (5) allows quoted-printable lines of 76; the library cuts at this length.
_LINE = 76
_PHRASE_MOST = 60
_PART_HEADERS = 400  # bytes of a picture's part around its content


class _Policy(EmailPolicy):
    """SMTP policy that leaves List- headers readable.

    The library turns a long token into an encoded word (RFC 2047), which no mail client looks
    into for an address; such a header is folded at its commas instead.
    """

    def fold(self, name: str, value: str) -> str:
        """Fold one header."""
        if name.lower().startswith(("list-", "message-id")):
            return _folded_by_hand(name, str(value))
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: str) -> bytes:
        """Fold one header as bytes; the generator asks for this one."""
        return self.fold(name, value).encode("utf-8" if self.utf8 else "ascii")


def _folded_by_hand(name: str, value: str) -> str:
    """Fold a header of ours: before a list's identifier, or at commas."""
    if name == "List-Id" and len(name) + len(value) >= _LINE:
        phrase, _, identifier = value.rpartition(" ")
        return f"{name}: {phrase}\r\n {identifier}\r\n"
    folded = value.replace(", ", ",\r\n ") if name == "List-Unsubscribe" else value
    return f"{name}: {folded}\r\n"


_ATOMS = re.compile(r"(?:[A-Za-z0-9]+(?: [A-Za-z0-9]+)*)?")
_LOCAL = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*")
_UNQUOTED = re.compile(r"[\w.~-]+@[\w.~-]+", re.ASCII)
_DOMAIN = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*")
_TEXT, _HTML = (
    f'Content-Type: text/{kind}; charset="utf-8"\r\n'
    "Content-Transfer-Encoding: quoted-printable\r\n\r\n".encode()
    for kind in ("plain", "html")
)
_FOOT = (
    b"Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/alternative;\r\n boundary="digest-'
)
_POLICY = _Policy(linesep="\r\n", max_line_length=_LINE, header_factory=SMTP.header_factory)
_WITH_LETTERS = _POLICY.clone(utf8=True)


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


@lru_cache(maxsize=64)
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


@lru_cache(maxsize=64)  # said in the headers and in both parts
def stop_by_mail(reply: str, email: str) -> str:
    """Give the mailto address that stops the mail to ``email`` (RFC 6068)."""
    address = with_ascii_domain(email)
    who = address.replace("@", "%40") if _UNQUOTED.fullmatch(address) else quote(address)
    return f"mailto:{_quoted(reply)}?subject=unsubscribe%20{who}"


@lru_cache(maxsize=64)
def _quoted(address: str) -> str:
    return quote(address, safe="@")


@lru_cache(maxsize=64)
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
    text: Sequence[bytes],
    html: Sequence[bytes],
    pictures: Sequence[Thumbnail] = (),
) -> bytes:
    """Give the mail's bytes, with CRLF line ends.

    ``recipient`` is name and address; ``listing`` the headers of ``list_headers``, or none;
    ``text`` and ``html`` are ``printable``, in parts; ``pictures`` those that the HTML shows by
    their ``content_id``. The mail says that a program sent it (RFC 3834).
    """
    utf8 = not recipient[1].isascii() and not recipient[1].rpartition("@")[0].isascii()
    unlike = hashlib.sha256(message_id.encode()).hexdigest()[:24].encode()
    before, between, dated = _around(sender, reply_to, date, utf8)
    parting = b"\r\n--digest-" + unlike
    seen = [_HTML, *html]
    if pictures:
        seen = _related(seen, pictures, sender, b"digest-pictures-" + unlike)
    return b"".join(
        (
            *(before, _sent_to(recipient, utf8), between, _about(subject, utf8), dated),
            _our_own("Message-ID", message_id),
            *(_our_own(name, value) for name, value in listing.items()),
            *(_FOOT, unlike, b'"\r\n'),
            *(parting, b"\r\n", _TEXT, *text),
            *(parting, b"\r\n", *seen),
            *(parting, b"--\r\n"),
        )
    )


@lru_cache(maxsize=1024)
def _folded(name: str, value: str | tuple[str, str], utf8: bool) -> bytes:
    """Write a header, a text or a mailbox, as the library does."""
    policy = _WITH_LETTERS if utf8 else _POLICY
    message = EmailMessage(policy=policy)
    message[name] = value if isinstance(value, str) else mailbox(*value)
    return policy.fold_binary(name, message[name])


def _sent_to(recipient: tuple[str, str], utf8: bool) -> bytes:
    """Write the reader's mailbox, which is mostly one that needs no folding or encoding."""
    name, address = recipient
    local, _, domain = address.rpartition("@")
    if _ATOMS.fullmatch(name) and _LOCAL.fullmatch(local) and _DOMAIN.fullmatch(domain):
        line = f"To: {name} <{local}@{domain}>" if name else f"To: {local}@{domain}"
        if len(line) <= _LINE:
            return f"{line}\r\n".encode()
    return _folded("To", recipient, utf8)


def _about(subject: str, utf8: bool) -> bytes:
    """Write the subject, which is mostly one line of ASCII."""
    text = literal(subject)
    line = f"Subject: {text}"
    if text and len(line) <= _LINE and text.isascii() and text.isprintable():
        return f"{line}\r\n".encode()
    return _folded("Subject", text, utf8)


@lru_cache(maxsize=64)
def _around(sender: str, reply_to: str, date: datetime, utf8: bool) -> tuple[bytes, bytes, bytes]:
    """Write what the mails of an hour share: the headers around To, and the one after Subject."""
    answered = _folded("Reply-To", ("", reply_to), utf8) if reply_to else b""
    dated = f"Date: {format_datetime(date)}\r\n".encode()
    return _folded("From", sender_of(sender), utf8), answered, dated


def _our_own(name: str, value: str) -> bytes:
    """Write a header whose value is our own, folded at its commas.

    Raises:
        ValueError: it has a line end, and would be headers of its own.
    """
    if not value.isprintable():
        raise ValueError(f"{name} may not have such characters: {value!r}")
    return _folded_by_hand(name, value).encode("ascii")


@lru_cache(maxsize=1024)
def _picture(picture: Thumbnail, sender: str) -> bytes:
    """Write the part of a picture; a day's mails share them."""
    part = EmailMessage(policy=_POLICY)
    part.set_content(
        picture.jpeg,
        "image",
        "jpeg",
        cid=f"<{content_id(picture.name, sender)}>",
        disposition="inline",
        filename=f"{picture.name}.jpg",
    )
    del part["MIME-Version"]
    return part.as_bytes()


def _related(
    html: Sequence[bytes], pictures: Sequence[Thumbnail], sender: str, boundary: bytes
) -> list[bytes]:
    """Put pictures beside the HTML, within the alternative that it is (RFC 2387 section 3)."""
    parting = b"\r\n--%b" % boundary
    return [
        b'Content-Type: multipart/related; type="text/html";\r\n boundary="%b"\r\n' % boundary,
        *(parting, b"\r\n", *html),
        *(part for one in pictures for part in (parting, b"\r\n", _picture(one, sender))),
        *(parting, b"--\r\n"),
    ]
