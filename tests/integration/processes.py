"""Daemons, and runs, as processes of their own: listened to, signalled, and always ended."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import digest
from integration.conftest import Project

PACKAGE = str(Path(digest.__file__).parent.parent)
PATIENCE = 90.0  # seconds for what takes a few, on a machine that does much else


def until(true: Callable[[], bool], what: str) -> None:
    """Wait until something is so.

    Raises:
        AssertionError: it never was.
    """
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, f"never happened: {what}"
        time.sleep(0.02)


class Process:
    """A command under way; ``lines`` are what it has said so far on standard error."""

    def __init__(self, popen: subprocess.Popen[str]) -> None:
        """Listen to it."""
        self._popen = popen
        self.pid = popen.pid
        self.lines: list[str] = []
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self) -> None:
        assert self._popen.stderr is not None
        self.lines.extend(iter(self._popen.stderr.readline, ""))

    @property
    def said(self) -> str:
        """All that was said."""
        return "".join(self.lines)

    def says(self, text: str, times: int = 1) -> None:
        """Wait until it has said something."""
        try:
            until(lambda: self.said.count(text) >= times, text)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.said}") from None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        self._popen.send_signal(number)

    def stop(self) -> int:
        """Send SIGTERM and wait for the end; gives the exit code."""
        self.signal(signal.SIGTERM)
        return self.ended()

    def ended(self) -> int:
        """Wait for the end; gives the exit code."""
        code = self._popen.wait(PATIENCE)
        self._thread.join()
        return code

    def end(self) -> None:
        """End it whatever it does."""
        self._popen.kill()
        self._popen.wait()
        self._thread.join()


@contextmanager
def daemon(
    project: Project, *options: str, environ: Mapping[str, str] | None = None
) -> Iterator[Process]:
    """Run a daemon on a project."""
    with started(project, *options, "daemon", environ=environ) as process:
        yield process


@contextmanager
def started(
    project: Project, *arguments: str, environ: Mapping[str, str] | None = None
) -> Iterator[Process]:
    """Run a command on a project."""
    with subprocess.Popen(
        [sys.executable, "-m", "digest", "--config", str(project.config), *arguments],
        stdin=subprocess.PIPE,  # on which nothing comes
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": PACKAGE} | dict(environ or {}),
    ) as popen:
        process = Process(popen)
        try:
            yield process
        finally:
            process.end()


@contextmanager
def systemd(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Listen as systemd does; gives the socket's address and the messages as they come."""
    heard: list[str] = []
    address = str(folder / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(address)

        def listen() -> None:
            while message := listening.recv(4096).decode():
                heard.append(message)

        thread = threading.Thread(target=listen)
        thread.start()
        try:
            yield address, heard
        finally:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ending:
                ending.sendto(b"", address)
            thread.join()
