"""A small IMAP server of this machine, inside TLS: one folder, what our reader asks for."""

from __future__ import annotations

import re
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast

from integration.servers import LOOPBACK


@dataclass
class Folder:
    """Mails by number, with their flags; and how the server behaves."""

    mails: dict[int, bytes] = field(default_factory=dict)
    flags: dict[int, set[str]] = field(default_factory=dict)
    password: str = "right"
    drops_at: str = ""
    writable: bool = False
    heard: list[str] = field(default_factory=list)

    def add(self, *contents: bytes) -> None:
        """Put mails into the folder."""
        for content in contents:
            number = len(self.mails) + 1
            self.mails[number] = content
            self.flags[number] = set()


class _Session(socketserver.StreamRequestHandler):
    """Answers one client, a command a line (RFC 3501)."""

    def handle(self) -> None:
        """Greet, and answer until the client goes."""
        self._say("* OK ready")
        while line := self.rfile.readline().decode("utf-8", "replace").strip():
            tag, _, command = line.partition(" ")
            folder = cast("_Server", self.server).folder
            folder.heard.append(command)
            if folder.drops_at and folder.drops_at in command:
                return
            said = self._answer(folder, command)
            self._say(f"{tag} {said}")
            if command == "LOGOUT":
                return

    def _answer(self, folder: Folder, command: str) -> str:
        if command.startswith("LOGIN"):
            right = f'"{folder.password}"' in command
            return "OK in" if right else f"NO not {command}"
        if match := re.fullmatch(r'(SELECT|EXAMINE) "?([^"]*)"?', command):
            folder.writable = match[1] == "SELECT"
            self._say(f"* {len(folder.mails)} EXISTS")
            return "OK open" if match[2] == "INBOX" else "NO no such folder"
        if command == "UID SEARCH UNSEEN UNFLAGGED":
            found = [str(n) for n in folder.mails if not folder.flags[n] & {"\\Seen", "\\Flagged"}]
            self._say(f"* SEARCH {' '.join(found)}")
        elif match := re.fullmatch(r"UID FETCH (\d+) \(BODY.PEEK\[\]<0\.(\d+)>\)", command):
            content = folder.mails[int(match[1])][: int(match[2])]
            self._say(f"* {match[1]} FETCH (UID {match[1]} BODY[]<0> {{{len(content)}}}")
            self.wfile.write(content + b")\r\n")
        elif match := re.fullmatch(r"UID STORE (\d+) \+FLAGS.SILENT \((\S+)\)", command):
            assert folder.writable
            folder.flags[int(match[1])].add(match[2])
        elif command == "CAPABILITY":
            self._say("* CAPABILITY IMAP4rev1")
        elif command == "LOGOUT":
            self._say("* BYE")
        return "OK done"

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    """Serves one folder, without a word when a client goes away."""

    daemon_threads = True

    def __init__(self, folder: Folder, tls: ssl.SSLContext) -> None:
        super().__init__((LOOPBACK, 0), _Session)
        self.socket = tls.wrap_socket(self.socket, server_side=True)
        self.folder = folder

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing."""


@contextmanager
def serving(folder: Folder, tls: ssl.SSLContext) -> Iterator[int]:
    """Run the server; gives its port."""
    with _Server(folder, tls) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()
            thread.join()
