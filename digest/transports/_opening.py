"""Opens a session with a mail server: greeting, EHLO, STARTTLS, AUTH, without sockets."""

from __future__ import annotations

import socket
from collections.abc import Generator
from dataclasses import dataclass
from typing import NoReturn

from digest.errors import TransportError
from digest.transports import _auth
from digest.transports._replies import Reply
from digest.transports._wire import Server, Want, Wire, ask, reply

# RFC 5321 sections 4.2.3 and 4.3.2, RFC 4954 section 6; the last are "not by this mechanism".
_READY, _DONE, _CLOSING = 220, 250, 421
_LOGGED_IN, _CHALLENGE, _NOT_SO = 235, 334, (500, 501, 502, 504, 534, 538)


@dataclass(frozen=True, slots=True)
class Session:
    """What the server can do, by keyword with its parameters, and what is never to be printed."""

    able: dict[str, str]
    secrets: tuple[str, ...] = ()

    def masked(self, text: str) -> str:
        """Take secrets out of a text."""
        for secret in self.secrets:
            text = text.replace(secret, "…")
        return text


def opened(server: Server, wire: Wire) -> Generator[Want, None, Session]:
    """Open a session.

    Raises:
        TransportError: the server refused, or cannot do what is configured.
    """
    if server.security == "tls":
        yield Want.TLS
    greeting = yield from reply(wire)
    if greeting.code != _READY:
        raise TransportError(f"{server.place}: refused ({greeting})")
    able = yield from _greeted(server, wire)
    if server.security == "starttls":
        able = yield from _secured(server, wire, able)
    if not server.username:
        return Session(able)
    secret = server.token() if server.token else server.password
    yield from _logged_in(server, wire, able.get("AUTH", ""), secret)
    return Session(able, tuple(_auth.forms(server.username, secret)) if secret else ())


def _greeted(server: Server, wire: Wire) -> Generator[Want, None, dict[str, str]]:
    """Greet and learn what the server can (RFC 5321 section 4.1.1.1)."""
    name = _own_name(wire.here)
    said = yield from ask(wire, f"EHLO {name}")
    if said.code == _DONE:
        return _abilities(said)
    if said.code != _CLOSING:
        said = yield from ask(wire, f"HELO {name}")
    if said.code != _DONE:
        raise TransportError(f"{server.place}: refused ({said})")
    return {}


def _abilities(said: Reply) -> dict[str, str]:
    """Read the lines of EHLO; old servers write ``AUTH=PLAIN``."""
    able: dict[str, str] = {}
    for line in said.lines[1:]:
        word, _, rest = line.replace("AUTH=", "AUTH ").partition(" ")
        able[word.upper()] = f"{able.get(word.upper(), '')} {rest}".strip()
    return able


def _secured(
    server: Server, wire: Wire, able: dict[str, str]
) -> Generator[Want, None, dict[str, str]]:
    """Begin TLS (RFC 3207); what comes in the clear behind the answer is not believed."""
    if "STARTTLS" not in able:
        cure = "set smtp.security to what the server offers"
        raise TransportError(f"{server.place}: STARTTLS is not offered; {cure}")
    said = yield from ask(wire, "STARTTLS")
    if said.code != _READY:
        raise TransportError(f"{server.place}: refused STARTTLS ({said}); check smtp.security")
    if wire.unread:
        fault = "said more than the answer to STARTTLS, as if somebody stood between"
        raise TransportError(f"{server.place}: {fault}; check the network")
    yield Want.TLS
    return (yield from _greeted(server, wire))


def _logged_in(
    server: Server, wire: Wire, offered: str, secret: str
) -> Generator[Want, None, None]:
    """Authenticate (RFC 4954) by the first mechanism that both can do."""
    said: Reply | None = None
    for way in _auth.mechanisms(
        offered, server.username, secret, token=server.token is not None, secure=wire.secure
    ):
        said = yield from ask(wire, way.command)
        for answer in way.answers:
            if said.code == _CHALLENGE:
                said = yield from ask(wire, answer(_auth.challenge(said.lines[0])))
        if said.code == _LOGGED_IN:
            return
        if said.code not in _NOT_SO:
            break
    _refuse_login(server, said)


def _refuse_login(server: Server, said: Reply | None) -> NoReturn:
    """Say why there is no login; of the answer only the codes, as some servers repeat secrets."""
    if said is None:
        names = "XOAUTH2" if server.token else "PLAIN, LOGIN or CRAM-MD5"
        cure = "check smtp.security, or leave smtp.username empty"
        raise TransportError(f"{server.place} offers no login by {names}; {cure}")
    kept = "the token" if server.token else "the password file"
    raise TransportError(
        f"{server.place} refused the login of {server.username} ({said.codes}); "
        f"check smtp.username and {kept}"
    )


def _own_name(address: str) -> str:
    """Give the name to greet with: the machine's, or its address (RFC 5321 section 4.1.3)."""
    name = socket.gethostname()
    if "." in name and name.isascii() and name.replace(".", "").replace("-", "").isalnum():
        return name
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"
