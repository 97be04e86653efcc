"""Reading SMTP replies: however the bytes are cut, and whatever they are; and what is said back."""

from __future__ import annotations

import smtplib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.transports._conversation import stuffed
from digest.transports._replies import LostError, Replies, Reply

SAID = b"250-here\r\n250 PIPELINING\r\n354\r\n550 5.1.1 nobody\n"
MEANT = [
    Reply(250, ("here", "PIPELINING")),
    Reply(354, ("",)),
    Reply(550, ("5.1.1 nobody",)),
]


def read(*parts: bytes) -> list[Reply]:
    """Read all replies out of parts, taking each as soon as it is there."""
    replies, found = Replies(), []
    for part in parts:
        replies.feed(part)
        while (reply := replies.take()) is not None:
            found.append(reply)
    return found


@given(st.integers(0, len(SAID)), st.integers(0, len(SAID)))
def test_replies_are_whole_however_the_bytes_are_cut(first: int, second: int) -> None:
    """Three parts of what a server says give the same replies, wherever they are cut."""
    low, high = sorted((first, second))
    assert MEANT == read(SAID[:low], SAID[low:high], SAID[high:])


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_garbage_is_refused_or_read(parts: list[bytes]) -> None:
    """Whatever comes is read as replies or refused as none."""
    try:
        codes = [reply.code for reply in read(*parts)]
    except LostError:
        return
    assert all(200 <= code <= 599 for code in codes)


@pytest.mark.parametrize(
    "said",
    [b"hello\r\n", b"25 ok\r\n", b"2500 ok\r\n", b"150 ok\r\n", b"250-a\r\n251 b\r\n", b"\r\n"],
)
def test_what_is_no_reply_is_refused(said: bytes) -> None:
    """A line without a code, and lines of one reply with different codes (RFC 5321 4.2.1)."""
    with pytest.raises(LostError):
        read(said)


@pytest.mark.parametrize("said", [b"250 " + b"x" * 70_000, b"250-" + b"x\r\n250-" * 40_000])
def test_an_endless_reply_is_refused(said: bytes) -> None:
    """A reply of more than 64 KB is refused before it ends."""
    with pytest.raises(LostError):
        read(*(said[at : at + 4096] for at in range(0, len(said), 4096)))


@pytest.mark.parametrize("lines", [("x" * 900,), ("x" * 2000,), ("x" * 200, "y" * 200)])
def test_a_long_reply_is_told_in_part(lines: tuple[str, ...]) -> None:
    """Of a reply as long as it may be 300 characters are told, and kept in the database."""
    assert f"550 {' '.join(lines)}"[:300] == str(Reply(550, lines))


def test_a_reply_is_told_as_one_printable_line() -> None:
    """Line ends and control characters of a server do not reach a terminal."""
    told = str(Reply(550, ("5.1.1 no\x1b[31m", "such\tuser")))
    assert "550 5.1.1 no[31m such user" == told


@given(st.lists(st.sampled_from([b"", b".", b"..", b"a", b".b", b"c."]), max_size=8))
def test_dots_are_doubled_as_the_library_does(lines: list[bytes]) -> None:
    """Content leaves with its dots doubled, and the end is a dot alone."""
    content = b"".join(line + b"\r\n" for line in [b"Subject: s", *lines])
    library = smtplib._quote_periods(content)  # type: ignore[attr-defined]  # noqa: SLF001 the yardstick
    assert library + b".\r\n" == b"".join(stuffed(content))


def test_content_without_a_line_end_gets_one() -> None:
    """The dot that ends a message stands on a line of its own."""
    assert b"a\r\n.\r\n" == b"".join(stuffed(b"a"))
