"""Reads a mailbox by IMAP (RFC 9051, RFC 3501), inside TLS: the one use of imaplib."""

from __future__ import annotations

import contextlib
import imaplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from digest.errors import MailboxError

MOST = 1000  # mails at once; the next run reads on
TIMEOUT = 60.0

Read = tuple[str, bytes, Callable[[bool], None]]
_Answer = tuple[str, list[Any]]  # of lines and literals, as imaplib has them


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A folder on a server, and the login to it."""

    host: str
    port: int = 993
    username: str
    password: str = field(default="", repr=False)
    folder: str = "INBOX"

    @property
    def place(self) -> str:
        """Name the folder in messages."""
        return f"{self.username} at {self.host}:{self.port}, {self.folder}"


@contextmanager
def unread(
    account: Account,
    most_bytes: int,
    *,
    change: bool = True,
    context: ssl.SSLContext | None = None,
    timeout: float = TIMEOUT,
) -> Iterator[Iterator[Read]]:
    """Log in and give the mails that are neither seen nor flagged: place, bytes, how to mark it.

    A mail that was understood is marked as seen, any other is flagged. Without ``change`` the
    folder is opened for reading alone, and marking does nothing.

    Raises:
        MailboxError: the server cannot be reached, or refuses.
    """
    try:
        with contextlib.ExitStack() as closing:
            trusted = context or ssl.create_default_context()
            client = imaplib.IMAP4_SSL(
                account.host, account.port, ssl_context=trusted, timeout=timeout
            )
            closing.callback(_leave, client)
            _login(client, account)
            name = '"' + account.folder.replace("\\", "\\\\").replace('"', '\\"') + '"'
            _good(account, client.select(name, readonly=not change), "does not open the folder")
            yield _mails(client, account, most_bytes, change=change)
    except ssl.SSLCertVerificationError as error:
        fault = f"its certificate is not valid ({error.verify_message}); check bounces.imap.host"
        raise MailboxError(f"{account.place}: {fault}") from None
    except (imaplib.IMAP4.error, OSError) as error:
        fault = f"cannot be read ({_said(error)}); check host and port of bounces.imap"
        raise MailboxError(f"{account.place}: {fault}") from None


def _login(client: imaplib.IMAP4_SSL, account: Account) -> None:
    try:
        client.login(account.username, account.password)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error:
        # What the server said is not told: some repeat what they were sent.
        cure = "check bounces.imap.username and the password file"
        raise MailboxError(f"{account.place}: the login was refused; {cure}") from None


def _mails(
    client: imaplib.IMAP4_SSL, account: Account, most_bytes: int, *, change: bool
) -> Iterator[Read]:
    answer = _good(account, client.uid("SEARCH", "UNSEEN", "UNFLAGGED"), "does not search")
    for number in (answer[0] or b"").split()[:MOST]:
        uid = number.decode("ascii", "replace")
        fetched = client.uid("FETCH", uid, f"(BODY.PEEK[]<0.{most_bytes}>)")
        answered = _good(account, fetched, "does not give a mail")
        contents = [part[1] for part in answered if isinstance(part, tuple)]
        if not contents:
            continue  # it was taken away meanwhile

        def mark(understood: bool, uid: str = uid) -> None:
            flag = "\\Seen" if understood else "\\Flagged"
            if change:
                stored = client.uid("STORE", uid, "+FLAGS.SILENT", f"({flag})")
                _good(account, stored, "does not mark a mail")

        yield f"{account.place}, mail {uid}", contents[0], mark


def _good(account: Account, answer: _Answer, fault: str) -> list[Any]:
    """Give what a command answered.

    Raises:
        MailboxError: it was refused.
    """
    status, said = answer
    if status != "OK":
        words = " ".join(str(part, "utf-8", "replace") for part in said if isinstance(part, bytes))
        cure = "check bounces.imap.folder"
        raise MailboxError(f"{account.place}: the server {fault} ({words[:200]}); {cure}")
    return said


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


def _leave(client: imaplib.IMAP4_SSL) -> None:
    """Say goodbye and close; imaplib leaves a lost connection open."""
    with contextlib.suppress(imaplib.IMAP4.error, OSError):
        client.logout()
    with contextlib.suppress(OSError):
        client.shutdown()
