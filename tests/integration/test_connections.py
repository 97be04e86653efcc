"""Several connections at once, and what a session begins with: TLS, login, what a server can."""

from __future__ import annotations

import base64
import hmac
import os
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from digest.errors import TransportError
from digest.model import Message
from digest.transports import Answer, Wait
from digest.transports.smtp import Server, SmtpTransport, Token
from integration import servers
from integration.conftest import Certificate
from integration.post import Pile, carried, carry, letters, message
from integration.servers import DROP, LOOPBACK, STALL, Scripted, able, scripted

PIPELINED = able("PIPELINING")
CHUNKED = able("PIPELINING", "CHUNKING", "8BITMIME", "SMTPUTF8", "SIZE 1000")


def commands(server: Scripted) -> list[str]:
    """Give the first words of what the server heard."""
    return [line.split()[0] for line in server.heard]


def server(there: Scripted, **settings: object) -> Server:
    """Name a scripted server."""
    known: dict[str, object] = {"host": LOOPBACK, "port": there.port, "timeout": 1.0}
    return Server(**(known | settings))  # type: ignore[arg-type]  # named as Server names them


@pytest.mark.parametrize("abilities", [{}, PIPELINED, CHUNKED], ids=["plain", "pipe", "chunk"])
def test_all_messages_arrive_once(abilities: dict[str, str]) -> None:
    """Forty messages over four connections arrive once each."""
    with scripted(abilities) as there:
        pile = carried(there.port, 40, connections=4)
        assert (["sent"] * 40, 40, 4) == (pile.statuses, len(there.mails), there.connections)


def test_what_is_plain_is_sent_as_it_is() -> None:
    """A message that says it is plain is not looked through for dots; another is."""
    with scripted(PIPELINED) as there:
        for plain in (True, False):
            carry(there.port, Pile([replace(message(content=b"S: s\r\n\r\n.a\r\n"), plain=plain)]))
    assert [b"S: s\r\n\r\n.a\r\n", b"S: s\r\n\r\n..a\r\n"] == there.mails


def test_one_connection_keeps_the_order() -> None:
    """Over one connection messages leave in the order in which they were given."""
    with scripted(PIPELINED) as there:
        pile = carried(there.port, 12)
        assert ([f"r{at}@example.org" for at in range(12)], 1) == (pile.left, there.connections)


def test_the_next_envelope_goes_with_the_content() -> None:
    """With PIPELINING nothing is reset, and each message costs MAIL, RCPT and DATA."""
    with scripted(PIPELINED) as there:
        carried(there.port, 3)
        assert ["EHLO", *["MAIL", "RCPT", "DATA"] * 3, "QUIT"] == commands(there)


def test_a_refused_recipient_is_reset() -> None:
    """After a refusal the next transaction begins with RSET, in the same write."""
    with scripted(PIPELINED | {"RCPT": "550 no", "DATA": "503 no"}) as there:
        carried(there.port, 2)
        expected = ["EHLO", "MAIL", "RCPT", "DATA", "RSET", "MAIL", "RCPT", "DATA", "QUIT"]
        assert expected == commands(there)


def test_chunks_are_sent_as_they_are() -> None:
    """With CHUNKING no dot is doubled, and the size is said."""
    content = b"Subject: s\r\n\r\n.\r\n..a\r\n"
    with scripted(CHUNKED) as there:
        carry(there.port, Pile([message(content=content)]))
        assert ([content], True) == (there.mails, "BDAT 22 LAST" in there.heard)


def test_one_message_opens_one_connection() -> None:
    """No connection is opened without a message for it."""
    with scripted(PIPELINED) as there:
        carried(there.port, 1, connections=4)
        assert 1 == there.connections


@pytest.mark.parametrize("refusal", ["421 too many connections", "554 no more", DROP, STALL])
def test_a_further_connection_that_is_refused_is_done_without(refusal: str) -> None:
    """Where one connection serves, others that are refused stop nothing, and are tried once."""
    with scripted(PIPELINED, {"greeting": refusal}) as there:
        pile = carried(there.port, 60, connections=4, timeout=1.5)
        assert (["sent"] * 60, 60) == (pile.statuses, len(there.mails))
        assert there.connections <= 4


def test_what_has_left_is_waited_for_when_the_server_wants_a_login() -> None:
    """A stop that is about us lets the other connections hear their answers."""
    wants = PIPELINED | {"MAIL": "530 log in", "RCPT": "503 no", "DATA": "503 no"}
    pile = Pile(letters(20))
    with scripted(PIPELINED, wants) as there, pytest.raises(TransportError):
        carry(there.port, pile, connections=2)
    assert (set(pile.left), {"sent"}) == (set(pile.heard), set(pile.statuses))


def test_a_message_called_back_does_not_leave() -> None:
    """One that may no longer go is not sent, though its envelope was said; the others are."""
    pile = Pile(letters(4), called_back={"r1@example.org"})
    with scripted(PIPELINED) as there:
        carry(there.port, pile)
        assert (["sent"] * 3, 3) == (pile.statuses, len(there.mails))


def test_to_stop_gives_nothing_more_out() -> None:
    """Told to stop, a transport ends what has left and gives nothing more out."""
    pile = Pile(letters(50), stop_after=3)
    with scripted(PIPELINED) as there:
        carry(there.port, pile, connections=2)
    assert len(pile.left) <= 7  # two connections with a content and an envelope each
    assert len(pile.left) == len(pile.heard) == len(there.mails)


def test_a_stop_waits_for_a_stalled_server_a_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Told to stop, an answer still owed is given up long before the time-out: uncertain."""
    monkeypatch.setattr("digest.transports.smtp._LAST_WAIT", 0.3)
    pile = Pile(letters(5), stop_after=1)
    begun = time.monotonic()
    with scripted(PIPELINED | {".": STALL}) as there:
        carry(there.port, pile, timeout=30)
    assert (["uncertain"], True) == (pile.statuses, time.monotonic() - begun < 25)


def test_a_failing_office_lets_nothing_leave() -> None:
    """If what is to leave cannot be committed, no content leaves and the error is heard."""

    class Full(Pile):
        def mark(self, answers: Sequence[Answer], leaving: Sequence[Message]) -> Sequence[bool]:
            if leaving:
                raise RuntimeError("disk full")
            return super().mark(answers, leaving)

    with scripted(PIPELINED) as there, pytest.raises(RuntimeError):
        carry(there.port, Full(letters(8)), connections=4)
    assert [] == there.mails


def test_a_rate_is_waited_for() -> None:
    """A transport asks again once the time has come that it was told to wait."""

    class Slow(Pile):
        waits = 2

        def next(self, connection: int) -> Message | Wait | None:  # type: ignore[override]
            self.waits -= 1
            return Wait(0.05) if self.waits >= 0 else super().next(connection)

    pile = Slow(letters(2))
    with scripted(PIPELINED) as there:
        carry(there.port, pile)
    assert ["sent", "sent"] == pile.statuses


def test_words_behind_starttls_are_not_believed() -> None:
    """What comes in the clear behind the answer to STARTTLS ends the session."""
    script = able("STARTTLS") | {"STARTTLS": "220 go\r\n250 injected"}
    with scripted(script) as there, SmtpTransport(server(there, security="starttls")) as transport:
        with pytest.raises(TransportError) as caught:
            transport.carry(Pile(letters(1)))
        assert "said more than the answer to STARTTLS" in str(caught.value)


def test_many_large_messages_go_through_tls(certificate: Certificate) -> None:
    """Messages larger than any buffer pass TLS on several connections."""
    content = b"Subject: s\r\n\r\n" + b"x" * 70 + b"\r\n" + b"yyyyyyy\r\n" * 300_000
    pile = Pile([message(f"r{at}@example.org", content) for at in range(6)])
    with scripted(PIPELINED, tls=certificate.server) as there:
        at = server(there, security="tls", connections=3, timeout=10.0)
        with SmtpTransport(at, context=certificate.trusting) as transport:
            transport.carry(pile)
        assert (["sent"] * 6, {content}) == (pile.statuses, set(there.mails))


def encoded(text: str) -> str:
    """Write as AUTH does."""
    return base64.b64encode(text.encode()).decode()


CHALLENGE = "<1.2@x>"
DIGEST = hmac.new(b"right", CHALLENGE.encode(), "md5").hexdigest()
LOGINS = {
    "PLAIN": [f"AUTH PLAIN {encoded(chr(0) + 'ada' + chr(0) + 'right')}"],
    "LOGIN": ["AUTH LOGIN", encoded("ada"), encoded("right")],
    "CRAM-MD5": ["AUTH CRAM-MD5", encoded(f"ada {DIGEST}")],
}


@pytest.mark.parametrize("mechanism", LOGINS)
def test_each_mechanism_logs_in(mechanism: str) -> None:
    """A login says what its mechanism wants."""
    asked = f"334 {encoded(CHALLENGE)}" if mechanism == "CRAM-MD5" else "334 VXNlcm5hbWU6"
    first = "235 in" if mechanism == "PLAIN" else asked
    words = LOGINS[mechanism]
    replies = {words[-1].upper(): "235 in"} | {word.upper(): asked for word in words[1:-1]}
    with scripted(able(f"AUTH {mechanism}") | {"AUTH": first} | replies) as there:
        with SmtpTransport(server(there, username="ada", password="right")) as transport:
            transport.login()
        assert words == there.heard[1:-1]


def test_in_the_clear_the_password_goes_last() -> None:
    """Without TLS a mechanism that keeps the password is tried first."""
    with scripted(able("AUTH PLAIN LOGIN CRAM-MD5") | {"AUTH": "535 no"}) as there:
        with (
            SmtpTransport(server(there, username="ada", password="right")) as transport,
            pytest.raises(TransportError),
        ):
            transport.login()
        assert ["EHLO", "AUTH CRAM-MD5"] == [there.heard[0].split()[0], *there.heard[1:]]


def token(folder: Path, script: str) -> Token:
    """Have a program print a token."""
    program = folder / "token.sh"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o700)
    return Token(file=None, command=("./token.sh",), folder=folder)


def test_a_program_gives_the_token(tmp_path: Path) -> None:
    """XOAUTH2 sends the token that a program prints."""
    said = encoded("user=ada\1auth=Bearer s3cret\1\1")
    with scripted(able("AUTH XOAUTH2 PLAIN") | {"AUTH": "235 in"}) as there:
        at = server(there, username="ada", token=token(tmp_path, "echo s3cret"))
        with SmtpTransport(at) as transport:
            transport.login()
        assert f"AUTH XOAUTH2 {said}" == there.heard[1]


def test_a_refused_token_is_not_shown(tmp_path: Path) -> None:
    """The explanation in the challenge is answered, and the error holds no secret."""
    echo = "334 " + encoded("user=ada\1auth=Bearer s3cret\1\1")
    script = able("AUTH XOAUTH2") | {"AUTH": echo, "EMPTY": "535 5.7.8 s3cret"}
    with scripted(script) as there:
        at = server(there, username="ada", token=token(tmp_path, "echo s3cret"))
        with SmtpTransport(at) as transport, pytest.raises(TransportError) as caught:
            transport.login()
    expected = "refused the login of ada (535 5.7.8); check smtp.username and the token"
    assert (True, False) == (str(caught.value).endswith(expected), "s3cret" in repr(at))


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("exit 3", "smtp.token_command: ended with 3; run it by hand"),
        ("echo", "smtp.token_command: gives no token; it is to give the token alone"),
        ("echo two words", "smtp.token_command: gives no token; it is to give the token alone"),
    ],
)
def test_a_program_that_gives_no_token_is_named(tmp_path: Path, script: str, said: str) -> None:
    """One line says what is wrong with the program, and not what it printed."""
    with pytest.raises(TransportError) as caught:
        token(tmp_path, script)()
    assert said == str(caught.value)


def test_a_token_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A missing file is an error of the transport, with its path."""
    with pytest.raises(TransportError) as caught:
        Token(file=tmp_path / "no", command=(), folder=tmp_path)()
    assert f"smtp.token_file: {tmp_path}{os.sep}no: cannot be read" in str(caught.value)


FAULTS = {
    "two lines": (message("a@b\r\nRCPT TO:<c@d>"), "553"),
    "an angle": (message("a>b@c"), "553"),
    "a space": (message("a b@c"), "553"),
    "300 characters": (message("a" * 290 + "@example.org"), "553"),
    "letters": (message("jürgen@example.org"), "553"),
    "too large": (message(content=b"x" * 998 + b"\r\n"), "552"),
    "eight bits": (message(content=b"Subject: s\r\n\r\n\xe4\r\n"), "554"),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("abilities", [(), ("PIPELINING",)], ids=["plain", "pipe"])
def test_what_a_server_cannot_take_is_not_said(fault: str, abilities: tuple[str, ...]) -> None:
    """Such a message fails by itself, without a word to the server; the others are sent."""
    bad, code = FAULTS[fault]
    pile = Pile([message("one@x"), bad, message("two@x")])
    with scripted(able("SIZE 900", *abilities)) as there:
        carry(there.port, pile)
        assert "failed" == pile.heard.pop(bad.recipient).status
        assert (["sent", "sent"], 2) == (pile.statuses, commands(there).count("MAIL"))
    assert code in {"552", "553", "554"}


def test_a_size_that_is_no_number_limits_nothing() -> None:
    """A SIZE of more digits than RFC 1870 has is not read, and mails go."""
    pile = Pile([message("one@x")])
    with scripted(able(f"SIZE {'9' * 5000}", "PIPELINING")) as there:
        carry(there.port, pile)
    assert ["sent"] == pile.statuses


def test_what_a_server_can_is_used() -> None:
    """SIZE, 8BITMIME and SMTPUTF8 are said where they are offered and wanted."""
    pile = Pile([message("jürgen@example.org", b"Subject: \xc3\xa4\r\n\r\n\r\n")])
    with scripted(CHUNKED) as there:
        carry(there.port, pile)
        expected = "MAIL FROM:<digest@example.org> SIZE=17 BODY=8BITMIME SMTPUTF8"
        assert (["sent"], expected) == (pile.statuses, there.heard[1])


def test_a_large_mail_has_the_time_that_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that reads slowly is not late with its answer while the text is on its way."""
    read = servers._Conversation._content  # noqa: SLF001 made slow

    def slow(talk: servers._Conversation) -> str:
        time.sleep(0.6)
        return read(talk)

    monkeypatch.setattr(servers._Conversation, "_content", slow)  # noqa: SLF001 as above
    pile = Pile([message(content=b"Subject: s\r\n\r\n" + b"text\r\n" * 1_500_000)])
    with scripted({}) as there:
        carry(there.port, pile, timeout=0.3)
    assert ["sent"] == pile.statuses
