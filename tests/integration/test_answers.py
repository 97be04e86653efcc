"""The answer matrix: at each stage, what a refusal, a drop or silence means for the message."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from digest.errors import TransportError
from integration.post import Pile, carried, carry, letters
from integration.servers import DROP, STALL, able, scripted

PLAIN: dict[str, str] = {}
PIPELINED = able("PIPELINING")
CHUNKED = able("PIPELINING", "CHUNKING")
WAYS = {"plain": PLAIN, "pipelined": PIPELINED, "chunked": CHUNKED}
LATER, NEVER, CLOSING = "451 4.3.0 later", "550 5.1.1 nobody", "421 4.3.2 closing"
GARBAGE, ENDLESS = "what?", "250-" + "x" * 100_000
LATER_AT_ONCE = {LATER: "deferred", NEVER: "failed", CLOSING: "deferred"}
ENVELOPE = {**LATER_AT_ONCE, DROP: "deferred", STALL: "deferred", GARBAGE: "deferred"}
CONTENT = {**LATER_AT_ONCE, DROP: "uncertain", STALL: "uncertain", GARBAGE: "uncertain"}
CONTENT |= {ENDLESS: "uncertain", "250 ok\r\n250 ok": "uncertain", "354 again": "uncertain"}


def cases() -> list[tuple[str, str, str, str]]:
    """List way, stage, answer and what becomes of the message."""
    rows = []
    for way in ("plain", "pipelined"):
        for stage in ("MAIL", "RCPT", "DATA"):
            rows += [(way, stage, answer, status) for answer, status in ENVELOPE.items()]
        rows += [(way, ".", answer, status) for answer, status in CONTENT.items()]
    for stage in ("MAIL", "RCPT"):
        rows += [("chunked", stage, answer, status) for answer, status in ENVELOPE.items()]
    rows += [("chunked", "BDAT", answer, status) for answer, status in CONTENT.items()]
    return rows


@pytest.mark.parametrize(
    ("way", "stage", "answer", "status"),
    cases(),
    ids=lambda value: value[:20].replace("\r\n", "+"),
)
def test_an_answer_means_what_the_matrix_says(
    way: str, stage: str, answer: str, status: str
) -> None:
    """The message has the status of the matrix; the next one is sent."""
    script = WAYS[way] | {stage: answer}
    with scripted(script, WAYS[way]) as there:
        pile = Pile(letters(1))
        carry(there.port, pile, timeout=0.5)
        later = carried(there.port, 1, timeout=0.5)
    assert ([status], ["sent"]) == (pile.statuses, later.statuses)


@pytest.mark.parametrize(
    ("way", "stage", "answer", "status"),
    [row for row in cases() if row[2] in {LATER, NEVER, DROP}],
    ids=lambda value: value[:20].replace("\r\n", "+"),
)
def test_an_answer_is_matched_to_its_message(
    way: str, stage: str, answer: str, status: str
) -> None:
    """Of three messages each has its own answer: the one that is answered badly, and the others."""
    with scripted(WAYS[way] | {stage: answer}, WAYS[way]) as there:
        if answer in {LATER, NEVER}:
            pile = Pile(letters(3))
            carry(there.port, pile)
            assert [status] * 3 == pile.statuses
        else:
            pile = carried(there.port, 3)
            assert [status, "sent", "sent"] == pile.statuses


CONNECT = {
    "421 4.3.2 busy": "refused (421 4.3.2 busy)",
    "554 5.7.1 go away": "refused (554 5.7.1 go away)",
    DROP: "cannot be reached (the server closed the connection)",
    STALL: "no answer in time",
    GARBAGE: "cannot be reached (the server sent what is no reply)",
    ENDLESS: "cannot be reached (the server sent too long a reply)",
}


@pytest.mark.parametrize("answer", CONNECT, ids=lambda value: value[:20])
def test_a_bad_greeting_concerns_all(answer: str) -> None:
    """Where no session begins, no message is tried, and one line says why."""
    pile = Pile(letters(3))
    with scripted({"greeting": answer}) as there, pytest.raises(TransportError) as caught:
        carry(there.port, pile, timeout=0.5)
    expected = f"mail server 127.0.0.1:{there.port}: {CONNECT[answer]}"
    assert (True, {}, []) == (str(caught.value).startswith(expected), pile.heard, pile.left)


@pytest.mark.parametrize("answer", [CLOSING, NEVER, DROP, STALL])
@pytest.mark.parametrize("stage", ["EHLO", "HELO"])
def test_a_refused_greeting_concerns_all(stage: str, answer: str) -> None:
    """A server that answers neither EHLO nor HELO takes no message."""
    script: Mapping[str, str] = {"EHLO": "502 what", stage: answer}
    script = {**script, "HELO": answer}
    pile = Pile(letters(1))
    with scripted(script) as there, pytest.raises(TransportError):
        carry(there.port, pile, timeout=0.5)
    assert {} == pile.heard


@pytest.mark.parametrize("way", WAYS)
def test_a_server_that_wants_a_login_concerns_all(way: str) -> None:
    """A 530 stops the run; the message is not failed."""
    pile = Pile(letters(3))
    script = WAYS[way] | {"MAIL": "530 5.7.0 log in", "RCPT": "503 no", "DATA": "503 no"}
    with scripted(script | {"BDAT": "503 no"}) as there, pytest.raises(TransportError) as caught:
        carry(there.port, pile)
    assert "wants a login (530 5.7.0 log in); set smtp.username" in str(caught.value)
    assert set(pile.statuses) <= {"deferred"}


@pytest.mark.parametrize("way", WAYS)
def test_a_server_that_wants_a_login_after_all_concerns_all(way: str) -> None:
    """A 530 to the content stops the run, too; that message is deferred, and no other leaves."""
    pile = Pile(letters(3))
    script = WAYS[way] | {".": "530 5.7.0 log in", "BDAT": "530 5.7.0 log in"}
    with scripted(script) as there, pytest.raises(TransportError, match="wants a login"):
        carry(there.port, pile)
    assert (["deferred"], 1) == (pile.statuses, len(pile.left))


def test_content_for_nobody_is_not_sent() -> None:
    """A server that takes DATA though it refused the recipient gets no more than a dot."""
    with scripted(PIPELINED | {"RCPT": "550 5.1.1 nobody"}) as there:
        pile = carried(there.port, 2)
    assert (["failed"] * 2, [b"", b""], []) == (pile.statuses, there.mails, pile.left)


@pytest.mark.parametrize(
    ("way", "stage"),
    [("pipelined", "MAIL"), ("pipelined", "RCPT"), ("pipelined", "DATA"), ("chunked", "RCPT")],
)
def test_a_surplus_reply_before_the_content_keeps_it_here(way: str, stage: str) -> None:
    """After one reply too many nothing leaves: it cannot be told which command was answered."""
    usual = "354 go" if stage == "DATA" else "250 ok"
    with scripted(WAYS[way] | {stage: f"{usual}\r\n250 more"}) as there:
        pile = carried(there.port, 1)
    assert (["deferred"], [], []) == (pile.statuses, pile.left, there.mails)


def test_the_next_message_is_tried_anew_after_a_drop() -> None:
    """One whose envelope went behind an uncertain message goes over a new connection."""
    with scripted(PIPELINED | {".": DROP}, PIPELINED) as there:
        pile = carried(there.port, 3)
    assert (["uncertain", "sent", "sent"], 2) == (pile.statuses, there.connections)
    assert 1 == pile.left.count("r1@example.org")
