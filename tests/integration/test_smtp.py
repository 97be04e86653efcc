"""The SMTP transport against real servers: what is sent, and what each answer means."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from digest.errors import TransportError
from digest.model import DeliveryStatus, Message, SendResult
from digest.transports.smtp import Server, SmtpTransport
from integration.conftest import Certificate
from integration.servers import DROP, LOOPBACK, Mailbox, able, free_port, scripted, smtp

ADA, BOB = "ada@example.org", "bob@example.org"
SENT = SendResult(status=DeliveryStatus.SENT, code=250, response="250 OK")
SENDER = "digest@example.org"

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")


def message(to: str = ADA, content: bytes = b"Subject: s\r\n\r\ntext\r\n") -> Message:
    """Make a message."""
    return Message(
        message_id="<1@x>",
        sender=SENDER,
        recipient=to,
        subject="s",
        content=content,
    )


def server(port: int, security: str = "none", password: str = "") -> Server:
    """Name a server of this machine; with a password, one that ada logs in to."""
    user = "ada" if password else ""
    return Server(
        host=LOOPBACK, port=port, security=security, username=user, password=password, timeout=2
    )


def send(at: Server, *messages: Message, trust: ssl.SSLContext | None = None) -> list[SendResult]:
    """Send the messages over one transport."""
    with SmtpTransport(at, context=trust) as transport:
        return [transport.send(one) for one in messages]


def trouble(at: Server, trust: ssl.SSLContext | None = None) -> str:
    """Give what keeps all messages from being sent."""
    with pytest.raises(TransportError) as caught:
        send(at, message(), trust=trust)
    return str(caught.value)


@pytest.fixture
def transport(mail_port: int) -> Iterator[SmtpTransport]:
    """Have a transport to the mailbox's server."""
    with SmtpTransport(server(mail_port)) as made:
        yield made


def test_a_message_is_sent(transport: SmtpTransport, box: Mailbox) -> None:
    """An accepted message is sent, and arrives as it was."""
    result = transport.send(message())
    (mail,) = box.mails
    assert SENT == result
    assert (SENDER, ADA, message().content) == (mail.sender, mail.recipient, mail.content)


def test_one_connection_serves_several_messages(transport: SmtpTransport, box: Mailbox) -> None:
    """Messages go over one connection."""
    results = [transport.send(message(to)) for to in (ADA, BOB, ADA)]
    assert ([SENT] * 3, [ADA, BOB, ADA], 1) == (results, box.recipients, len(box.peers))


def test_nothing_is_opened_before_the_first_message() -> None:
    """A transport that sends nothing does not connect."""
    with scripted({}) as there:
        send(server(there.port))
        assert 0 == there.connections


@pytest.mark.parametrize(
    "lines",
    [[b"."], [b".."], [b".a", b"b."], [b"a", b".", b"b"], [b"", b"."], [b"a.", b"...", b""]],
    ids=repr,
)
def test_dots_survive(transport: SmtpTransport, box: Mailbox, lines: list[bytes]) -> None:
    """A line that begins with a dot arrives as it was, and ends nothing."""
    content = b"\r\n".join([b"Subject: s", b"", *lines, b""])
    transport.send(message(content=content))
    assert [content] == [mail.content for mail in box.mails]


@pytest.mark.parametrize(
    ("stage", "reply", "status"),
    [
        ("RCPT", "550 5.1.1 no such user", DeliveryStatus.FAILED),
        ("RCPT", "550 5.7.1 policy", DeliveryStatus.FAILED),
        ("RCPT", "450 4.2.1 busy", DeliveryStatus.DEFERRED),
        ("RCPT", "451 4.7.1 greylisted, try again in 1 seconds", DeliveryStatus.DEFERRED),
        ("RCPT", "452 4.5.3 too many", DeliveryStatus.DEFERRED),
        ("DATA", "554 5.6.0 no", DeliveryStatus.FAILED),
        ("DATA", "451 4.3.0 later", DeliveryStatus.DEFERRED),
    ],
)
def test_a_refusal_is_one_messages_own(
    transport: SmtpTransport, box: Mailbox, stage: str, reply: str, status: DeliveryStatus
) -> None:
    """A 5xx is final and a 4xx is not; the next message goes over the same connection."""
    box.tell(stage, ADA, reply)
    results = [transport.send(message(to)) for to in (ADA, BOB)]
    refused = SendResult(status=status, code=int(reply[:3]), response=reply)
    assert ([refused, SENT], [BOB], 1) == (results, box.recipients, len(box.peers))


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        ("550 5.7.1 not you", DeliveryStatus.FAILED),
        ("451 4.3.0 later", DeliveryStatus.DEFERRED),
    ],
)
def test_a_refused_sender_is_a_refusal(
    transport: SmtpTransport, box: Mailbox, reply: str, status: DeliveryStatus
) -> None:
    """An answer to MAIL counts as one to RCPT does."""
    box.tell("MAIL", SENDER, reply)
    assert status == transport.send(message()).status


@pytest.mark.parametrize(
    "idle", [{"MAIL": DROP}, {"MAIL": "421 idle too long"}, {"RCPT": "421 closing"}], ids=repr
)
def test_a_connection_lost_while_idle_is_opened_anew(idle: Mapping[str, str]) -> None:
    """A second message that finds the connection closed goes over a new one."""
    with scripted({}) as there, SmtpTransport(server(there.port)) as transport:
        first = transport.send(message())
        there.change(idle)
        there.scripts.append({})
        second = transport.send(message(BOB))
        assert (SENT, SENT, 2) == (first, second, there.connections)


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
def test_a_connection_lost_before_the_content_is_deferred(verb: str) -> None:
    """A drop before the content leaves is no more than a delay, and is not tried at once."""
    with scripted({verb: DROP}) as there:
        (result,) = send(server(there.port), message())
        assert (DeliveryStatus.DEFERRED, 0, 1) == (result.status, result.code, there.connections)


def test_a_drop_after_the_content_is_uncertain() -> None:
    """Without an answer to the content nobody knows; it is not sent again."""
    with scripted({".": DROP}) as there:
        (result,) = send(server(there.port), message())
        assert (DeliveryStatus.UNCERTAIN, 0, 1) == (result.status, result.code, there.connections)


def test_a_drop_after_the_content_on_a_used_connection_is_uncertain() -> None:
    """A reused connection that drops after the content is not opened anew for the message."""
    with scripted({}) as there, SmtpTransport(server(there.port)) as transport:
        transport.send(message())
        there.change({".": DROP})
        result = transport.send(message(BOB))
        assert (DeliveryStatus.UNCERTAIN, 1) == (result.status, there.connections)


def test_after_a_drop_the_next_message_goes_over_a_new_connection() -> None:
    """One uncertain message does not keep the next from being sent."""
    with scripted({".": DROP}, {}) as there:
        results = send(server(there.port), message(), message(BOB))
        assert ["uncertain", "sent"] == [result.status for result in results]


@pytest.mark.parametrize("verb", ["RCPT", "DATA", "."])
def test_421_is_a_delay(verb: str) -> None:
    """A server that closes with 421 may be asked again later."""
    with scripted({verb: "421 4.3.2 going down"}) as there:
        (result,) = send(server(there.port), message())
        assert ("deferred", "421 4.3.2 going down") == (result.status, result.response)


@pytest.mark.parametrize("greeting", ["421 4.3.2 too busy", "554 5.7.1 go away"])
def test_a_refusal_on_connect_concerns_all(greeting: str) -> None:
    """A server that refuses the connection can take no message."""
    with scripted({"greeting": greeting}) as there:
        expected = f"mail server 127.0.0.1:{there.port}: refused ({greeting})"
        assert expected == trouble(server(there.port))


def test_a_closed_port_concerns_all() -> None:
    """A server that is not there can take no message."""
    port = free_port()
    cure = "check smtp.host and smtp.port"
    assert f"mail server {LOOPBACK}:{port}: connection refused; {cure}" == trouble(server(port))


def test_starttls_that_is_not_offered_concerns_all(mail_port: int, box: Mailbox) -> None:
    """Where TLS was asked for, nothing goes in the clear."""
    said = trouble(server(mail_port, "starttls"))
    assert (True, []) == (said.endswith("set smtp.security to what the server offers"), box.mails)


def test_starttls_is_used(box: Mailbox, certificate: Certificate) -> None:
    """A message goes through STARTTLS to a server that insists on it."""
    with smtp(box, starttls=certificate.server) as port:
        results = send(server(port, "starttls"), message(), trust=certificate.trusting)
    assert ([SENT], [ADA]) == (results, box.recipients)


def test_tls_is_used(certificate: Certificate) -> None:
    """A message goes to a server that speaks TLS from the first byte."""
    with scripted({}, tls=certificate.server) as there:
        assert [SENT] == send(server(there.port, "tls"), message(), trust=certificate.trusting)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_an_untrusted_certificate_concerns_all(
    box: Mailbox, certificate: Certificate, security: str
) -> None:
    """A self-signed certificate is not accepted, and nothing is sent."""
    if security == "tls":
        with scripted({}, tls=certificate.server) as there:
            said = trouble(server(there.port, "tls"))
    else:
        with smtp(box, starttls=certificate.server) as port:
            said = trouble(server(port, "starttls"))
    assert (True, []) == ("its certificate is not valid" in said, box.mails)


def test_a_certificate_of_another_name_concerns_all(box: Mailbox, certificate: Certificate) -> None:
    """The certificate must bear the name of the server."""
    with smtp(box, starttls=certificate.server) as port:
        other = replace(server(port, "starttls"), host="localhost")
        assert "its certificate is not valid" in trouble(other, certificate.trusting)


def test_login_is_done(box: Mailbox) -> None:
    """A server that requires a login takes messages after the right password."""
    with smtp(box, login=True) as port:
        results = send(server(port, password="right"), message())
    assert ([SENT], [ADA]) == (results, box.recipients)


def test_a_refused_login_concerns_all(box: Mailbox) -> None:
    """A wrong password is named without being shown."""
    with smtp(box, login=True) as port:
        said = trouble(server(port, password="wr0ng"))
    cure = "check smtp.username and the password file"
    fault = "refused the login of ada (535 5.7.8)"
    assert f"mail server {LOOPBACK}:{port} {fault}; {cure}" == said


def test_a_server_that_repeats_the_password_is_not_quoted() -> None:
    """Of an answer to a message, too, what is secret is left out before it is written down."""
    script = able("AUTH PLAIN") | {"AUTH": "235 hello", ".": "550 5.7.0 no mail for s3cret, ada"}
    with scripted(script) as there:
        results = send(server(there.port, password="s3cret"), message())
    assert ["550 5.7.0 no mail for …, ada"] == [one.response for one in results]


def test_the_login_check_sends_nothing(box: Mailbox) -> None:
    """Logging in alone leaves no mail."""
    with smtp(box, login=True) as port, SmtpTransport(server(port, password="right")) as made:
        made.login()
    assert [] == box.mails


def test_letters_the_server_cannot_take_fail_one_recipient(
    transport: SmtpTransport, box: Mailbox
) -> None:
    """Without SMTPUTF8 an address with such letters fails, and the next is served."""
    results = [transport.send(message(to)) for to in ("jürgen@example.org", ADA)]
    said = "the mail server takes no addresses with such letters (no SMTPUTF8)"
    failed = SendResult(status=DeliveryStatus.FAILED, code=553, response=said)
    assert ([failed, SENT], [ADA]) == (results, box.recipients)


def test_letters_the_server_can_take_are_sent(box: Mailbox) -> None:
    """With SMTPUTF8 such an address is served."""
    with smtp(box, utf8=True) as port:
        results = send(server(port), message("jürgen@example.org"), message(ADA))
    assert ([SENT, SENT], ["jürgen@example.org", ADA]) == (results, box.recipients)
