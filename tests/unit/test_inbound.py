"""digest.inbound: what mails that came in are found to be, and that no bytes make it fail."""

from __future__ import annotations

import time
from base64 import encodebytes
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest import inbound
from digest.inbound import Kind, Returned

ADA = "0123456789abcdef"
MAILS = sorted((Path(__file__).parents[1] / "mails").glob("*.eml"))
FOUND: dict[str, tuple[Kind, str, str]] = {
    "postfix_unknown": (Kind.HARD, ADA, "550 5.1.1 <ada@example.org>: Recipient address rejected"),
    "postfix_full": (Kind.SOFT, ADA, "552 5.2.2 mailbox full"),
    "postfix_delayed": (Kind.NOTICE, ADA, "delayed"),
    "exchange_denied": (Kind.HARD, ADA, "550 5.4.1 Recipient address rejected: Access denied"),
    "policy": (Kind.SOFT, ADA, "550-5.7.26 This mail has been blocked"),
    "delivered": (Kind.NOTICE, ADA, "relayed"),
    "qmail": (Kind.HARD, ADA, "Sorry, no mailbox here by that name. (#5.1.1)"),
    "odd_unknown": (Kind.HARD, ADA, "there is no such user here as the one that you wrote to."),
    "odd_full": (Kind.SOFT, ADA, "Not delivered: the mailbox of your reader is full."),
    "complaint": (Kind.COMPLAINT, ADA, "complained (abuse)"),
    "not_spam": (Kind.NOTICE, "", "a report of not-spam"),
    "vacation": (Kind.AUTOMATIC, ADA, ""),
    "out_of_office": (Kind.AUTOMATIC, "", ""),
    "stop_subject": (Kind.STOP, "", ""),
    "stop_body": (Kind.STOP, "", ""),
    "stop_other": (Kind.STOP, "", ""),
    "stop_by_program": (Kind.STOP, "", ""),
    "letter": (Kind.UNKNOWN, "", ""),
}
CLAIMED = {
    "postfix_unknown": ("ada@example.org",),
    "exchange_denied": ("ada@example.org",),
    "qmail": ("ada@example.org",),
    "complaint": ("ada@example.org",),
    "stop_subject": ("Ada@example.org", "ada@example.org"),
    "stop_other": ("bob@example.org", "ada@example.org"),
}


def whose(text: str) -> str:
    """Take the mark of these tests for a proof."""
    return ADA if "bounces+WHO@" in text or "LINK" in text else ""


def mail(name: str) -> bytes:
    """Read a mail, with the line ends of SMTP."""
    path = next(path for path in MAILS if path.stem == name)
    return path.read_bytes().replace(b"\n", b"\r\n")


def read(name: str) -> Returned:
    """Read one of the mails."""
    return inbound.read(mail(name), whose)


def test_each_mail_is_told_of() -> None:
    """Every mail of the folder has its line in the table."""
    assert set(FOUND) == {path.stem for path in MAILS}


@pytest.mark.parametrize("name", FOUND)
def test_kinds(name: str) -> None:
    """Each mail is found to be what it is, about whom it is, and why."""
    kind, subscriber_id, reason = FOUND[name]
    found = read(name)
    start = found.reason[: len(reason)] if reason else found.reason
    assert (kind, subscriber_id, reason) == (found.kind, found.subscriber_id, start)


@pytest.mark.parametrize("name", CLAIMED)
def test_addresses(name: str) -> None:
    """What a mail says of whom it is about is kept apart from what is proved."""
    assert CLAIMED[name] == read(name).addresses


@pytest.mark.parametrize("name", ["postfix_unknown", "exchange_denied", "qmail", "complaint"])
def test_a_proof_may_stand_in_the_enclosed_mail(name: str) -> None:
    """A report that came by another address is proved by the mail that it encloses."""
    moved = mail(name).replace(b"\r\nTo: ", b"\r\nTo: desk@example.org\r\nX-Was: ", 1)
    assert ADA == inbound.read(moved, whose).subscriber_id


@pytest.mark.parametrize("name", ["odd_unknown", "odd_full"])
def test_common_words_need_a_proof(name: str) -> None:
    """A bounce that only common words tell is none where nothing proves whose it is."""
    assert Kind.UNKNOWN is inbound.read(mail(name), lambda _: "").kind


def test_a_bounce_that_a_person_sends_on_is_none() -> None:
    """What a mail system wrote counts from a mail system alone, or at a return path."""
    sent_on = mail("qmail").replace(b"MAILER-DAEMON@qmail.example", b"ada@example.org")
    sent_on = sent_on.replace(b"Return-Path: <>\r\n", b"").replace(b"bounces+WHO", b"digest", 1)
    assert Kind.UNKNOWN is inbound.read(sent_on, whose).kind


def test_a_word_in_passing_is_no_wish() -> None:
    """A letter that speaks of unsubscribing is left to people."""
    assert (Kind.UNKNOWN, "Papers on graphs") == (read("letter").kind, read("letter").subject)


@pytest.mark.parametrize(
    ("status", "said", "kind"),
    [
        ("5.1.1", "", Kind.HARD),
        ("5.1.2", "", Kind.HARD),
        ("5.1.10", "null MX", Kind.HARD),
        ("5.2.1", "mailbox disabled", Kind.HARD),
        ("5.2.2", "user unknown or over quota", Kind.SOFT),
        ("5.0.0", "550 User unknown", Kind.HARD),
        ("5.0.0", "550 go away", Kind.SOFT),
        ("5.7.1", "policy", Kind.SOFT),
        ("5.1.8", "bad sender", Kind.SOFT),
        ("4.4.7", "delivery time expired", Kind.SOFT),
        ("5.3.4", "too large", Kind.SOFT),
        ("15.1.12", "", Kind.SOFT),
        ("", "", Kind.SOFT),
    ],
)
def test_what_is_for_good(status: str, said: str, kind: Kind) -> None:
    """An address that does not exist is hard; a full mailbox, a policy and all else is soft."""
    text = mail("postfix_full").decode()
    text = text.replace("5.2.2\r\n", f"{status}\r\n").replace("552 5.2.2 mailbox full", said)
    assert kind is inbound.read(text.encode(), whose).kind


def test_the_worst_of_several_recipients_counts() -> None:
    """One group that failed for good among others that did not decides."""
    more = b"Final-Recipient: rfc822; x@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b--"
    found = inbound.read(mail("postfix_delayed").replace(b"--b--", more), whose)
    both = ("ada@example.org", "x@example.org")
    assert (Kind.HARD, both) == (found.kind, found.addresses)


FIELDS = b"Reporting-MTA: dns; mx\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n"
REPORTS = {
    "as it is": (b"message/delivery-status", b"8bit", FIELDS),
    "in base64": (b"message/delivery-status", b"base64", encodebytes(FIELDS)),
    "for all letters": (b"message/global-delivery-status", b"8bit", FIELDS),
    "quoted": (
        b"message/global-delivery-status",
        b"quoted-printable",
        FIELDS.replace(b"5", b"=35"),
    ),
    "all letters in base64": (b"message/global-delivery-status", b"base64", encodebytes(FIELDS)),
}


@pytest.mark.parametrize(("kind", "encoding", "content"), REPORTS.values(), ids=REPORTS)
def test_a_report_is_read_however_it_is_encoded(
    kind: bytes, encoding: bytes, content: bytes
) -> None:
    """A report by RFC 3464 or RFC 6533 tells of its recipient in each transfer encoding."""
    head = b"Content-Type: %b\r\nContent-Transfer-Encoding: %b\r\n\r\n" % (kind, encoding)
    found = inbound.read(head + content, lambda _: "")
    assert (Kind.HARD, "5.1.1 failed") == (found.kind, found.reason)


def test_a_mail_is_told_by_its_message_id() -> None:
    """The same mail that came by another way is the same; another of the same text is not."""
    first = read("odd_full").fingerprint
    again = inbound.read(b"From x Mon\r\nReceived: by y\r\n" + mail("odd_full"), whose).fingerprint
    other = inbound.read(mail("odd_full").replace(b"odd.2", b"odd.3"), whose).fingerprint
    assert (True, False) == (first == again, first == other)


def test_without_a_message_id_all_of_it_tells() -> None:
    """Two mails without a Message-ID are one only if they are the same."""
    bare = mail("odd_full").replace(b"Message-ID: ", b"X-Was: ")
    prints = [inbound.read(text, whose).fingerprint for text in (bare, bare, bare + b"!")]
    assert (True, False) == (prints[0] == prints[1], prints[0] == prints[2])


def test_the_date_is_the_mails_own() -> None:
    """The date is read with its zone; one that is none is none."""
    wrong = inbound.read(b"Date: Mon, 99 Mar 2026 99:00\r\n\r\n", whose).at
    assert (datetime(2026, 3, 2, 7, 31, 2, tzinfo=UTC), None) == (read("odd_full").at, wrong)


heads = st.sampled_from(
    [
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n",
        b"Content-Type: multipart/mixed; boundary=\xff\r\n",
        b"Content-Type: message/delivery-status\r\n",
        b"Content-Type: message/feedback-report\r\nContent-Transfer-Encoding: base64\r\n",
        b"Content-Type: text/plain; charset=no-such\r\nContent-Transfer-Encoding: uuencode\r\n",
        b"Content-Type: text/plain; charset*=x'y'%ff\r\n",
        b"Subject: =?no-such?q?=ff?= unsubscribe\r\n",
        b"Subject: =?utf-8?b?!?=\r\n",
        b"From: MAILER-DAEMON\r\n",
        b"From: <@@@>,:;\r\n",
        b"Date: Mon, 99 Zzz 99999 99:99:99 +9999\r\n",
        b"Date: 1 Jan 0000 00:00 +9999\r\n",
        b"Return-Path: <>\r\n",
        b"Final-Recipient: rfc822; \xff@\r\nAction: failed\r\n",
        b"Action: failed\r\nStatus: 5.9999.\r\nDiagnostic-Code: x;;\r\n",
        b"\r\n--b\r\n",
        b"\r\n--b--\r\n",
        b"\r\n\r\n",
    ]
)


@given(st.lists(st.one_of(heads, st.binary(max_size=40)), max_size=14).map(b"".join))
def test_no_bytes_make_it_fail(content: bytes) -> None:
    """Whatever comes in is found to be something, with a fingerprint and printable words."""
    found = inbound.read(content, whose)
    words = f"{found.subject}{found.sender}{found.reason}{found.addresses}"
    assert (32, True) == (len(found.fingerprint), words.isprintable())


@given(st.sampled_from(MAILS), st.integers(0, 3000), st.binary(max_size=6))
def test_no_change_of_a_mail_makes_it_fail(path: Path, at: int, instead: bytes) -> None:
    """A mail that was cut, or had bytes put into it, is still found to be something."""
    content = path.read_bytes()
    for changed in (content[:at], content[:at] + instead + content[at + 3 :]):
        assert 32 == len(inbound.read(changed, whose).fingerprint)


def test_a_mail_nested_without_end_is_survived() -> None:
    """Parts within parts, deeper than the library goes, are found to be something at once."""
    nested = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
        for n in range(3000)
    )
    assert Kind.UNKNOWN is inbound.read(nested, whose).kind


HEAD = b"From: MAILER-DAEMON@x\r\nTo: bounces+WHO@example.org\r\nSubject: Returned mail\r\n"
SLOW = {
    "comments": b"From: " + b"(" * 400_000,
    "encoded words": b"Subject: " + b"=?utf-8?q?a?= " * 70_000,
    "answers": b"From: a@b.c\r\nSubject: " + b"re: " * 200_000,
    "dots": b"From: a@b.c\r\nSubject: unsubscribe " + b"!. " * 200_000 + b"x",
    "a return path": b"To: " + b"bounces+0123456789abcdef-" * 30_000,
    "parameters": b"Content-Type: text/plain" + b"; a*1=x" * 100_000,
    "quotes": b"Content-Type: multipart/report; " + b'a="' * 200_000,
    "spaces": HEAD + b"\r\n" + b" " * 900_000,
    "tags": HEAD + b"Content-Type: text/html\r\n\r\n" + b"<" * 900_000,
    "addresses": HEAD + b"\r\n" + b"<a@b>:\r\n" * 100_000,
    "groups": HEAD
    + b"Content-Type: message/delivery-status\r\n\r\n"
    + b"Action: failed\r\n\r\n" * 50_000,
    "parts": HEAD
    + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    + b"--b\r\n\r\nx\r\n" * 80_000,
}


@pytest.mark.parametrize("name", SLOW)
def test_no_mail_takes_long(name: str) -> None:
    """A mail made to be slow is read in a few seconds at most, and fails nothing."""
    started = time.process_time()
    assert 32 == len(inbound.read(SLOW[name] + b"\r\n\r\n", whose).fingerprint)
    assert time.process_time() - started < 8
