"""One connection to a mail server that never blocks: bytes out, replies in, each with its time."""

from __future__ import annotations

import contextlib
import selectors
import socket
import ssl
import time
from collections import deque

from digest.transports._replies import LostError, Replies

_READ_MOST = 65_536
_CONNECT_MOST = 10.0  # seconds; meanwhile the other connections wait
_SLOWEST = 10_000  # bytes a second: so much more time has a reply to a large message


class Connection:
    """A socket that a selector watches; its key holds ``owner``."""

    def __init__(
        self, address: tuple[str, int], timeout: float, selector: selectors.BaseSelector, owner: int
    ) -> None:
        """Connect.

        Raises:
            OSError: there is nobody.
        """
        self._timeout = timeout
        self._selector = selector
        self._owner = owner
        self._out: deque[memoryview] = deque()
        self._tls: ssl.SSLSocket | None = None
        self._replies = Replies()
        self.take = self._replies.take  # a reply, if one has come
        self._sock = socket.create_connection(address, timeout=min(timeout, _CONNECT_MOST))
        self._sock.setblocking(False)
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.deadline = time.monotonic() + timeout
        self._watched = selectors.EVENT_READ
        selector.register(self._sock, self._watched, owner)

    @property
    def secure(self) -> bool:
        """Whether it is inside TLS."""
        return self._tls is not None

    @property
    def here(self) -> str:
        """Our own address on this connection."""
        return str(self._sock.getsockname()[0])

    @property
    def unread(self) -> bool:
        """Whether the server said more than was asked."""
        return self._replies.unread

    def expect(self) -> None:
        """Begin to wait for a reply."""
        unsent = sum(map(len, self._out))
        self.deadline = time.monotonic() + self._timeout + unsent / _SLOWEST

    def write(self, *parts: bytes) -> None:
        """Send bytes, at once as far as they go."""
        if self._tls:
            parts = (b"".join(parts),)
        elif not self._out:
            try:
                sent = self._sock.sendmsg(parts)
            except BlockingIOError:
                sent = 0
            except OSError:
                return  # as in flush()
            if sent == sum(map(len, parts)):
                return  # nearly always: the buffer holds a mail
            parts = (b"".join(parts)[sent:],)
        self._out.extend(memoryview(part) for part in parts if part)
        self.flush()

    def flush(self) -> None:
        """Send on; that the server has gone shows when its last words are read."""
        try:
            while self._out:
                sent = self._tls.send(self._out[0]) if self._tls else self._sock.sendmsg(self._out)
                while self._out and sent >= len(self._out[0]):
                    sent -= len(self._out.popleft())
                if sent:
                    self._out[0] = self._out[0][sent:]
        except (ssl.SSLWantWriteError, ssl.SSLWantReadError, BlockingIOError):
            pass
        except OSError:
            self._out.clear()
        self._watch(writing=bool(self._out))

    def fill(self) -> None:
        """Read what has come.

        Raises:
            LostError: the server has gone.
        """
        try:
            while part := self._sock.recv(_READ_MOST):
                self._replies.feed(part)
                if self._tls is None:
                    return
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError):
            return
        except OSError as error:
            if isinstance(error, LostError):
                raise
            raise LostError(str(error)) from error
        raise LostError("the server closed the connection")

    def handshake(self, context: ssl.SSLContext, name: str) -> bool:
        """Go on with beginning TLS; gives whether it is done.

        Raises:
            OSError: it failed.
        """
        if self._tls is None:
            self._selector.unregister(self._sock)
            self._tls = context.wrap_socket(
                self._sock, server_hostname=name, do_handshake_on_connect=False
            )
            self._sock = self._tls
            self._watched = selectors.EVENT_READ
            self._selector.register(self._sock, self._watched, self._owner)
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            self._watch(writing=False)
            return False
        except ssl.SSLWantWriteError:
            self._watch(writing=True)
            return False
        self._watch(writing=False)
        return True

    def quit(self, patience: float) -> None:
        """Say goodbye and wait a little for the answer (RFC 5321 section 4.1.1.10)."""
        with contextlib.suppress(OSError):
            self._sock.settimeout(patience)
            self._sock.sendall(b"QUIT\r\n")
            self._sock.recv(_READ_MOST)
        self.close()

    def close(self) -> None:
        """Close; what was not sent is forgotten."""
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(self._sock)
        with contextlib.suppress(OSError):
            self._sock.close()

    def _watch(self, *, writing: bool) -> None:
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if writing else 0)
        if wanted != self._watched:
            self._watched = wanted
            self._selector.modify(self._sock, wanted, self._owner)
