"""digest.mime: headers, parts, and what a picture weighs."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest import mime
from digest.model import Thumbnail
from digest.printable import printable

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
WORDS = st.sampled_from(["Ada", "=?", "O'Neil", "Zoë", "J.", "(x)", "a" * 70])
NAMES = st.one_of(
    st.text(st.characters(exclude_categories=["C", "Z"]), max_size=30),
    st.lists(WORDS, max_size=9).map(" ".join),
)
ADDRESSES = st.sampled_from(
    ["ada@example.org", "a.b+c@e.org", "a'b@e.org", "zoë@e.org", "a@bücher.de", f"{'a' * 64}@e.org"]
)


PICTURES = tuple(
    Thumbnail(name=name * 32, jpeg=name.encode() * size, width=280, height=151)
    for name, size in (("a", 7_000), ("b", 3_001))
)


def sent(
    title: str = "Papers",
    text: str = "text",
    pictures: tuple[Thumbnail, ...] = (),
    recipient: tuple[str, str] = ("Ada", "ada@example.org"),
    subject: str = "A paper",
) -> bytes:
    """Build a mail of a list."""
    return mime.build(
        sender="Digest <digest@example.org>",
        recipient=recipient,
        reply_to="",
        subject=subject,
        date=NOW,
        message_id="<1@example.org>",
        listing=mime.list_headers(
            title=title,
            domain="a-rather-long-name.example.org",
            page="https://example.org/u/" + "x" * 120,
            mail="mailto:digest@example.org",
        ),
        text=[printable(text)],
        html=[printable("<p>html</p>")],
        pictures=pictures,
    )


def test_list_headers() -> None:
    """A list is named, and left by one click or by mail."""
    found = mime.list_headers(
        title='Pa"pers', domain="e.org", page="https://e.org/u", mail="mailto:d@e.org"
    )
    assert {
        "List-Id": '"Papers" <digest.e.org>',
        "List-Unsubscribe": "<https://e.org/u>, <mailto:d@e.org>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    } == found


@pytest.mark.parametrize("title", ["Papers", "A very long title " * 9, "Статьи"])
def test_headers_are_folded(title: str) -> None:
    """No header line that could be folded is longer than 78, and a long address stays whole."""
    head = sent(title).split(b"\r\n\r\n")[0].decode("ascii").split("\r\n")
    long = [re.sub(r"^[\w-]+: ", "", line).strip() for line in head if len(line) > 78]
    assert [] == [value for value in long if " " in value]


def test_a_folded_header_is_read_as_it_was() -> None:
    """The address of the page that stops the mail comes out whole."""
    found: EmailMessage = message_from_bytes(sent(), policy=policy.default)
    expected = f"<https://example.org/u/{'x' * 120}>, <mailto:digest@example.org>"
    assert expected == found["List-Unsubscribe"]


@given(NAMES, ADDRESSES, NAMES)
def test_headers_are_the_librarys(name: str, address: str, subject: str) -> None:
    """A name and a subject stand in a mail as the email library writes them, however they look."""
    utf8 = not address.partition("@")[0].isascii()
    expected = EmailMessage(policy=SMTP.clone(max_line_length=76, utf8=utf8))
    expected["To"] = mime.mailbox(name, address)
    expected["Subject"] = mime.literal(subject)
    found = sent(recipient=(name, address), subject=subject)
    missing = [line for line in expected.as_bytes().split(b"\r\n") if line not in found]
    assert [] == missing


def test_a_header_of_ours_stays_one() -> None:
    """A value with a line end makes no second header."""
    with pytest.raises(ValueError, match="List-Id"):
        mime.build(
            sender="d@example.org",
            recipient=("", "a@example.org"),
            reply_to="",
            subject="",
            date=NOW,
            message_id="<1@example.org>",
            listing={"List-Id": "<x>\r\nBcc: v@example.org"},
            text=[b""],
            html=[b""],
        )


def test_addresses_with_letters() -> None:
    """A local part beyond ASCII stands in the header as it is (RFC 6532), its domain in ASCII."""
    found = message_from_bytes(sent(recipient=("", "zoë@bücher.example")), policy=SMTPUTF8)
    assert "zoë@xn--bcher-kva.example" == found["To"]


def test_stop_by_mail() -> None:
    """The mailto address names who wants no more, escaped (RFC 6068)."""
    found = mime.stop_by_mail("digest@example.org", "a+b@bücher.example")
    expected = "unsubscribe%20a%2Bb%40xn--bcher-kva.example"
    assert f"mailto:digest@example.org?subject={expected}" == found


def test_pictures_stand_beside_the_html() -> None:
    """The second alternative is HTML with its pictures, which it names (RFC 2387, RFC 2392)."""
    mail = message_from_bytes(sent(pictures=PICTURES), policy=policy.default)
    text, related = mail.iter_parts()
    html, *pictures = related.iter_parts()
    kinds = [part.get_content_type() for part in (text, related, html)]
    assert ["text/plain", "multipart/related", "text/html"] == kinds
    assert "text/html" == related["Content-Type"].params["type"]
    assert [(f"<{p.name}@example.org>", "inline", p.jpeg) for p in PICTURES] == [
        (p["Content-ID"], p.get_content_disposition(), p.get_content()) for p in pictures
    ]


def test_pictures_make_the_same_bytes() -> None:
    """A mail with pictures is the same to the byte however often it is built."""
    assert sent(pictures=PICTURES) == sent(pictures=PICTURES)


@pytest.mark.parametrize("picture", PICTURES)
def test_picture_size(picture: Thumbnail) -> None:
    """What a picture takes in a mail is foreseen, never too low, and within 300 bytes."""
    taken = len(sent(pictures=(picture, replace(picture, name="c" * 32)))) - len(
        sent(pictures=(picture,))
    )
    assert 0 <= mime.picture_size(picture) - taken <= 300
