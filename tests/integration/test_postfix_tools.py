"""Against postfix's smtp-sink, a server that is not ours, in the ways that it can misbehave."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from integration.post import Pile, carried, carry, message
from integration.servers import LOOPBACK, free_port

SINK = shutil.which("smtp-sink", path="/usr/sbin:/usr/bin:/usr/local/sbin")
pytestmark = pytest.mark.skipif(SINK is None, reason="smtp-sink is absent; apt install postfix")


@contextmanager
def sink(*options: str) -> Iterator[int]:
    """Run smtp-sink; gives its port."""
    port = free_port()
    command = [str(SINK), "-u", "nobody", *options, f"{LOOPBACK}:{port}", "100"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        for _ in range(100):
            try:
                socket.create_connection((LOOPBACK, port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield port
        process.terminate()


@pytest.mark.parametrize("options", [(), ("-p",), ("-8",)], ids=["all", "no-pipe", "no-8bit"])
def test_messages_are_taken(options: tuple[str, ...]) -> None:
    """With and without PIPELINING all of fifty messages are sent over four connections."""
    with sink(*options) as port:
        assert ["sent"] * 50 == carried(port, 50, connections=4).statuses


def test_a_large_message_is_taken() -> None:
    """Ten megabytes pass, whatever the buffers hold."""
    pile = Pile([message(content=b"Subject: s\r\n\r\n" + b"." * 70 + b"\r\n.\r\n" * 3_000_000)])
    with sink() as port:
        carry(port, pile, timeout=20)
    assert ["sent"] == pile.statuses


@pytest.mark.parametrize(
    ("options", "status"),
    [
        (("-f", "rcpt"), "failed"),
        (("-f", "."), "failed"),
        (("-r", "data"), "deferred"),
        (("-r", "."), "deferred"),
        (("-q", "mail"), "deferred"),
        (("-q", "data"), "deferred"),
        (("-q", "."), "uncertain"),
        (("-Q", "rcpt"), "deferred"),
        (("-Q", "."), "deferred"),
    ],
    ids="".join,
)
def test_what_goes_wrong_is_named(options: tuple[str, ...], status: str) -> None:
    """A refusal for good or for now, a drop without and with 421, at each command."""
    with sink(*options) as port:
        assert {status} == set(carried(port, 6, connections=2).statuses)
