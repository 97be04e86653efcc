"""Logging in to a mail server: what each mechanism of AUTH (RFC 4954) answers to the server."""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass

# In the clear the password itself goes last; a mechanism the server cannot do is passed over.
_IN_TLS = ("PLAIN", "LOGIN", "CRAM-MD5")
_IN_CLEAR = ("CRAM-MD5", "PLAIN", "LOGIN")


@dataclass(frozen=True, slots=True)
class Mechanism:
    """A mechanism: what goes with the command, and what answers each challenge, in order."""

    name: str
    first: str
    answers: tuple[Callable[[bytes], str], ...] = ()

    @property
    def command(self) -> str:
        """The command that begins it."""
        return f"AUTH {self.name} {self.first}".rstrip()


def mechanisms(
    offered: str, user: str, secret: str, *, token: bool, secure: bool
) -> list[Mechanism]:
    """Give the mechanisms to try, the best first; ``token`` if the secret is one of OAuth 2."""
    known = {name.upper() for name in offered.split()}
    wanted = ("XOAUTH2",) if token else _IN_TLS if secure else _IN_CLEAR
    return [_mechanism(name, user, secret) for name in wanted if name in known]


def encoded(text: str) -> str:
    """Write a text as AUTH does."""
    return b64encode(text.encode()).decode("ascii")


def forms(user: str, secret: str) -> list[str]:
    """Give all the ways in which a secret may stand in what a server says, the longest first."""
    said = [secret, plain(user, secret), bearer(user, secret)]
    return sorted([*said, *map(encoded, said)], key=len, reverse=True)


def plain(user: str, secret: str) -> str:
    """Give the message of PLAIN (RFC 4616)."""
    return f"\0{user}\0{secret}"


def bearer(user: str, token: str) -> str:
    """Give the message of XOAUTH2 (developers.google.com/gmail/imap/xoauth2-protocol)."""
    return f"user={user}\1auth=Bearer {token}\1\1"


def _mechanism(name: str, user: str, secret: str) -> Mechanism:
    if name == "PLAIN":
        return Mechanism(name, encoded(plain(user, secret)))
    if name == "LOGIN":  # draft-murchison-sasl-login
        return Mechanism(name, "", (lambda _: encoded(user), lambda _: encoded(secret)))
    if name == "XOAUTH2":  # an error is explained in a challenge, to be answered with nothing
        return Mechanism(name, encoded(bearer(user, secret)), (lambda _: "",))

    def digest(challenge: bytes) -> str:  # RFC 2195
        return encoded(f"{user} {hmac.new(secret.encode(), challenge, 'md5').hexdigest()}")

    return Mechanism(name, "", (digest,))


def challenge(text: str) -> bytes:
    """Read a challenge; one that is no base64 is nothing."""
    try:
        return b64decode(text, validate=True)
    except ValueError:
        return b""
