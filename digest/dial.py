"""Dials sockets for fetching: only checked addresses, and within the time of the whole request.

The address is checked where the socket is opened, after the name was resolved, so that neither
a redirect nor a name that changes its answer leads into the operator's own network.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterable
from concurrent.futures import Future
from typing import Any

import httpcore

# Shared address space (RFC 6598), which ipaddress does not count as private.
_CARRIER_GRADE_NAT = ipaddress.ip_network("100.64.0.0/10")
# NAT64 for local use (RFC 8215).
_LOCAL_NAT64 = ipaddress.ip_network("64:ff9b:1::/48")
# What stands before an embedded IPv4 address: compatible (RFC 4291), NAT64 (RFC 6052), translated
# (RFC 2765); ISATAP (RFC 5214) has its own mark in the interface's half.
_EMBEDDING = frozenset({0, 0x0064FF9B << 64, 0xFFFF0000})
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})


class PrivateAddressError(httpcore.ConnectError):
    """The name resolves to an address of this machine or its network."""


class Dialer(httpcore.NetworkBackend):
    """Dials only checked addresses, and gives each operation what is left of the time."""

    def __init__(self, *, deadline: float, allow_private: bool) -> None:
        """Give up at ``deadline`` (by the monotonic clock)."""
        self._deadline = deadline
        self._allow_private = allow_private
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Resolve ``host`` once, check what came, and dial just that."""
        found = _resolved(host, port, _left(self._deadline, timeout))
        addresses = list(dict.fromkeys(str(row[4][0]) for row in found))
        for address in addresses:
            if not self._allow_private and is_private(address):
                where = f"{host} is" if host == address else f"{host} is {address},"
                raise PrivateAddressError(f"{where} a private address")
        for number, address in enumerate(addresses, 1):
            try:
                stream = self._plain.connect_tcp(
                    address, port, _left(self._deadline, timeout), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if number == len(addresses):
                    raise
            else:
                return _TimedStream(stream, self._deadline)
        raise httpcore.ConnectError(f"{host} has no address")


def _resolved(host: str, port: int, seconds: float) -> list[Any]:
    """Ask the system's resolver, which knows no time-out, for at most ``seconds``.

    It is asked from a thread of its own, which is left behind where no answer comes.
    """
    answer: Future[list[Any]] = Future()

    def ask() -> None:
        try:
            answer.set_result(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answer.set_exception(error)

    # No pool's thread: those are waited for when the program ends.
    threading.Thread(target=ask, name=f"resolve {host}", daemon=True).start()
    try:
        return answer.result(seconds)
    except TimeoutError:
        raise httpcore.ConnectTimeout(f"{host} was not resolved in time") from None
    except (socket.gaierror, UnicodeError) as error:
        raise httpcore.ConnectError(str(error)) from error


class _TimedStream(httpcore.NetworkStream):
    """A stream whose reads and writes end when the whole request's time is over."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read within the time left."""
        return self._stream.read(max_bytes, _left(self._deadline, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write within the time left."""
        self._stream.write(buffer, _left(self._deadline, timeout))

    def close(self) -> None:
        """Close the socket."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """Begin TLS within the time left."""
        stream = self._stream.start_tls(
            ssl_context, server_hostname, _left(self._deadline, timeout)
        )
        return _TimedStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 httpcore's own signature
        """Ask the socket."""
        return self._stream.get_extra_info(info)


def _left(deadline: float, timeout: float | None) -> float:
    left = max(deadline - time.monotonic(), 0.001)
    return left if timeout is None else min(left, timeout)


def is_private(address: str) -> bool:
    """Whether an IP address belongs to this machine or a network that is not the internet.

    An IPv4 address within an IPv6 one (mapped, compatible, translated, 6to4, Teredo, NAT64,
    ISATAP) is judged as what it leads to.
    """
    ip = ipaddress.ip_address(address.split("%", 1)[0])
    if isinstance(ip, ipaddress.IPv4Address):
        return ip in _CARRIER_GRADE_NAT or not ip.is_global or ip.is_multicast
    if ip.is_site_local or ip.is_multicast or ip in _LOCAL_NAT64:
        return True
    inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
    if inner is None and (int(ip) >> 32 in _EMBEDDING or (int(ip) >> 32) & 0xFFFFFFFF in _ISATAP):
        inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    if inner is not None:
        return is_private(str(inner))
    return not ip.is_global
