"""The whole way into a real Postfix: what lies in the mailboxes is what was composed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from digest import sample
from digest.deliver import Desk, Patience, deliver
from digest.model import Delivery, DeliveryStatus, Digest, Edition, Message, Subscriber
from digest.render import Renderer
from digest.store import Store, open_store
from digest.store.subscribers import Subscription
from digest.transports.smtp import Server, SmtpTransport
from digest.view import Look
from integration.conftest import Clock
from integration.post import Pile, carry, message
from integration.servers import LOOPBACK, free_port

ROOT = Path(__file__).parents[2]
POSTFIX = shutil.which("postfix", path="/usr/sbin:/usr/local/sbin")
DAEMONS = Path("/usr/lib/postfix/sbin")
pytestmark = pytest.mark.skipif(
    POSTFIX is None or not DAEMONS.is_dir() or os.getuid() != 0,
    reason="Postfix is absent, or may not be started as its master must be root",
)
MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = {daemons}
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.example.org
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
smtpd_client_connection_count_limit = 0
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_discard_ehlo_keywords = {discard}
virtual_mailbox_domains = example.org
virtual_mailbox_base = {folder}/boxes
virtual_mailbox_maps = static:all/
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
"""
MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
virtual unix - n n - - virtual
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


@pytest.fixture(params=["", "chunking", "chunking,pipelining"], ids=["bdat", "data", "by-step"])
def postfix(request: pytest.FixtureRequest) -> Iterator[tuple[int, Path]]:
    """Run Postfix with a configuration of its own; gives its port and where mails come to lie."""
    port = free_port()
    # Not in pytest's folder, which is closed to Postfix's own user.
    with tempfile.TemporaryDirectory(prefix="postfix-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        for part in ("etc", "queue", "data", "boxes"):
            (folder / part).mkdir()
        shutil.chown(folder / "data", "postfix")
        shutil.chown(folder / "boxes", "postfix", "postfix")
        owner = (folder / "boxes").stat()
        main = MAIN.format(
            folder=folder,
            daemons=DAEMONS,
            uid=owner.st_uid,
            gid=owner.st_gid,
            discard=request.param,
        )
        (folder / "etc" / "main.cf").write_text(main)
        (folder / "etc" / "master.cf").write_text(MASTER.format(port=port))
        command = [str(POSTFIX), "-c", str(folder / "etc")]
        subprocess.run([*command, "start"], check=True, capture_output=True, timeout=60)
        try:
            yield port, folder / "boxes" / "all" / "new"
        finally:
            subprocess.run([*command, "stop"], check=True, capture_output=True, timeout=60)


def planned(store: Store, clock: Clock, number: int) -> None:
    """Plan the made-up digest for so many subscribers."""
    rows = []
    for at in range(number):
        who = replace(sample.reader("digest"), id=f"{at:016x}", email=f"r{at}@example.org")
        store.subscribers.put(Subscription(subscriber=who, fingerprint="", place=""))
        edition = Edition(subscriber_id=who.id, date=date(2026, 3, 2))
        delivery = Delivery(
            edition=edition,
            email=who.email,
            status=DeliveryStatus.PLANNED,
            planned_at=clock(),
            message_id=f"<{at}@example.org>",
        )
        rows.append((replace(sample.digest(), edition=edition), delivery))
    store.entries.keep([match.entry for match in sample.digest().shown], clock())
    store.outbox.plan(rows)


def lying(folder: Path, number: int) -> list[bytes]:
    """Wait until so many mails lie there, and read all that do."""
    latest = time.monotonic() + 60
    while time.monotonic() < latest:
        found = list(folder.glob("*")) if folder.is_dir() else []
        if len(found) >= number:
            return [path.read_bytes() for path in found]
        time.sleep(0.05)
    raise AssertionError(f"{len(found)} of {number} mails came in a minute")


def test_each_reader_has_the_bytes_that_were_composed(
    postfix: tuple[int, Path], tmp_path: Path, clock: Clock
) -> None:
    """Of 40 mails over 4 connections each lies there once, below what Postfix put on top."""
    port, box = postfix
    renderer = Renderer(Look(title="D", sender="digest@example.org"), [ROOT / "templates"])
    made: list[bytes] = []

    def render(digest: Digest, who: Subscriber, known_id: str) -> Message:
        message = renderer.render(digest, who, known_id)
        made.append(message.content.replace(b"\r\n", b"\n"))
        return message

    server = Server(host=LOOPBACK, port=port, connections=4)
    with open_store(tmp_path / "digest.db") as store, SmtpTransport(server) as transport:
        planned(store, clock, 40)
        desk = Desk(store=store, render=render, transport=transport, patience=Patience(), now=clock)
        assert 40 == deliver(desk)
    found = [mail[mail.index(b"\nFrom: ") + 1 :] for mail in lying(box, 40)]
    assert sorted(made) == sorted(found)


def test_dots_stay(postfix: tuple[int, Path]) -> None:
    """Lines that begin with dots come out as they were, also where none was foreseen."""
    port, box = postfix
    lines = b".\r\n..\r\n.a\r\n\r\n.\r\n"
    carry(port, Pile([message(content=b"Subject: s\r\n\r\n" + lines)]))
    (found,) = lying(box, 1)
    assert lines.replace(b"\r\n", b"\n") == found.partition(b"\n\n")[2]
