"""The demonstration: the whole path on a bundled listing, into a mail server of its own."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from digest import subscriptions
from digest.app import App
from digest.config import load
from digest.pipeline import Report

_DATA = Path(__file__).parent
_CONFIG = """\
# Written by `digest demo`; try for instance: digest --config {folder}/config.toml status

[digest]
title = "Papers worth knowing"
database = "digest.db"

[smtp]
host = "127.0.0.1"
port = {port}
from = "Papers worth knowing <digest@example.org>"
linger = 0

[[source]]
name = "Well-known papers"
kind = "file"
path = "listing.json"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One mail as it arrived: to whom, its subject, and the files it was kept in."""

    recipient: str
    subject: str
    eml: Path
    html: Path


class _Inbox:
    """Keeps what the server accepts, one file a mail."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.received: list[Received] = []

    async def handle_DATA(  # noqa: N802 aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        del server, session
        recipient = envelope.rcpt_tos[0]
        content = envelope.original_content or b""
        mail = message_from_bytes(content, policy=policy.default)
        part = mail.get_body(("html",))
        eml = self._folder / f"{recipient}.eml"
        html = self._folder / f"{recipient}.html"
        eml.write_bytes(content)
        html.write_text(part.get_content() if part else "", encoding="utf-8")
        self.received.append(
            Received(recipient=recipient, subject=str(mail["subject"]), eml=eml, html=html)
        )
        return "250 accepted"


@contextmanager
def _server(inbox: _Inbox) -> Iterator[int]:
    """Run an SMTP server on a free port of this machine; gives the port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def run(out: Path) -> tuple[Report, list[Received]]:
    """Pull, store, match, compose, render and send the bundled listing; keep the mails in ``out``.

    The database of an earlier demonstration there is begun anew.
    """
    inbox_folder = out / "inbox"
    inbox_folder.mkdir(parents=True, exist_ok=True)
    for old in [*out.glob("digest.db*"), *inbox_folder.glob("*.eml"), *inbox_folder.glob("*.html")]:
        old.unlink()
    shutil.copy(_DATA / "listing.json", out / "listing.json")
    shutil.copytree(_DATA / "profiles", out / "profiles", dirs_exist_ok=True)
    inbox = _Inbox(inbox_folder)
    with _server(inbox) as port:
        config = out / "config.toml"
        config.write_text(_CONFIG.format(folder=out, port=port), encoding="utf-8")
        app = App(config=load(config, {}))
        files, _ = subscriptions.read([out / "profiles"], app.defaults)
        with app.store() as store:
            subscriptions.apply(store, files)
        report = app.run(day=datetime.now(UTC).date())
    return report, sorted(inbox.received, key=lambda mail: mail.recipient)
