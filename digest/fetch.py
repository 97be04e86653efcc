"""Fetches listings: the only HTTP client, and the one place that uses httpx.

Conditional GET (RFC 9110 section 13), a time-out on the whole request, a cap on the size after
decompression, http and https only, and the address checked where the socket is dialled.
"""

from __future__ import annotations

import math
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpcore
import httpx

from digest import local, manners
from digest.dial import Dialer, PrivateAddressError
from digest.errors import FetchError, Hold
from digest.model import Request, Response, Validators
from digest.text import plain, shorten

REDIRECTS_MOST = 10
RETRY_AFTER_MOST = 86_400.0
_PERMANENT_REDIRECTS = frozenset({301, 308})
_AT_ONCE = 4
_ANY_ZLIB_FORMAT = 47  # zlib and gzip, told apart by their headers
_STEP = 1 << 20
_GONE, _TOO_MANY, _UNAVAILABLE, _SERVER_ERROR = 410, 429, 503, 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How sources are fetched: seconds for a whole request, bytes after decompression."""

    user_agent: str
    timeout: float = 30.0
    max_bytes: int = 20_000_000
    allow_private_networks: bool = False
    proxy: str = ""


class Fetcher:
    """Asks for listings over one pool of connections; may be used from several threads."""

    def __init__(
        self,
        limits: Limits,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Open nothing yet."""
        self._limits = limits
        self._now = now
        self._turns = _Turns(sleep)
        self._certificates = ssl.create_default_context()

    def fetch(
        self,
        request: Request,
        source: str,
        validators: Validators = Validators(),  # noqa: B008 frozen, so shared safely
        pace: float = 0.0,
    ) -> Response:
        """Fetch one listing.

        ``pace`` is the least number of seconds since the last request to the same host.

        Raises:
            FetchError: no usable answer came; the message says why and what to do.
        """
        limits = self._limits
        if request.command:
            body = local.run(request, source, limits.timeout, limits.max_bytes)
            return Response(url="", body=body, fetched_at=self._now())
        if request.path:
            body = local.read(request.path, source, limits.max_bytes)
            return Response(url="", body=body, fetched_at=self._now())
        try:
            with self._turns.take(manners.service(httpx.URL(request.url).host), pace):
                deadline = time.monotonic() + limits.timeout
                with self._client(deadline) as client:
                    return self._get(client, request, source, validators, deadline)
        except httpx.TooManyRedirects:
            raise FetchError(source, f"more than {REDIRECTS_MOST} redirects") from None
        except (httpx.UnsupportedProtocol, httpx.InvalidURL, UnicodeError, ValueError) as error:
            fault = f"leads to an address that is not http or https ({error})"
            raise FetchError(source, fault, "check the url") from None
        except httpx.DecodingError as error:
            raise FetchError(source, f"sent what cannot be decompressed ({error})") from None
        except httpx.TimeoutException:
            fault = f"no answer within {self._limits.timeout:g} s"
            raise FetchError(source, fault, "try later, or raise http.timeout") from None
        except httpx.HTTPError as error:
            raise FetchError(source, *_explained(error)) from None

    def _client(self, deadline: float) -> httpx.Client:
        limits = self._limits
        if limits.proxy:
            transport = httpx.HTTPTransport(verify=self._certificates, proxy=limits.proxy)
        else:
            transport = httpx.HTTPTransport(verify=self._certificates)
            # httpx takes no network backend of one's own; its pool is the documented httpcore's.
            transport._pool = httpcore.ConnectionPool(  # noqa: SLF001 as said above
                ssl_context=self._certificates,
                network_backend=Dialer(
                    deadline=deadline, allow_private=limits.allow_private_networks
                ),
            )
        return httpx.Client(
            transport=transport,
            headers={"User-Agent": limits.user_agent, "Accept-Encoding": "gzip, deflate"},
            timeout=limits.timeout,
            follow_redirects=False,
            trust_env=False,
        )

    def _get(
        self,
        client: httpx.Client,
        request: Request,
        source: str,
        validators: Validators,
        deadline: float,
    ) -> Response:
        headers = {"Accept": request.accept}
        if validators.etag:
            headers["If-None-Match"] = validators.etag
        if validators.last_modified:
            headers["If-Modified-Since"] = validators.last_modified
        asked = client.build_request("GET", request.url, headers=headers)
        moved_to, permanent = "", True
        for _ in range(REDIRECTS_MOST + 1):
            answer = client.send(asked, stream=True)
            try:
                following = answer.next_request
                if following is None:
                    return self._answered(answer, source, validators, deadline, moved_to)
            finally:
                # What a redirect says besides its address is not read, however much it is.
                answer.close()
            permanent = permanent and answer.status_code in _PERMANENT_REDIRECTS
            moved_to = str(following.url) if permanent else moved_to
            asked = following
            # A redirect is another request, and counts as one.
            service = manners.service(asked.url.host)
            self._turns.wait(service, manners.pace(service))
        raise httpx.TooManyRedirects("too many", request=asked)

    def _answered(
        self,
        answer: httpx.Response,
        source: str,
        validators: Validators,
        deadline: float,
        moved_to: str,
    ) -> Response:
        """Read the answer that no redirect follows."""
        if answer.status_code == httpx.codes.NOT_MODIFIED and validators == Validators():
            fault = "answered 304 Not Modified, though nothing was asked conditionally"
            raise FetchError(source, fault, "tell the publisher", state="refused")
        if answer.status_code == httpx.codes.NOT_MODIFIED:
            return Response(
                url=str(answer.url),
                body=b"",
                fetched_at=self._now(),
                validators=validators,
                unchanged=True,
                moved_to=moved_to,
            )
        self._refuse(answer, source)
        return Response(
            url=str(answer.url),
            body=self._body(answer, source, deadline),
            content_type=answer.headers.get("content-type", ""),
            fetched_at=self._now(),
            validators=Validators(
                etag=_returnable(answer.headers.get("etag", "")),
                last_modified=_returnable(answer.headers.get("last-modified", "")),
            ),
            moved_to=moved_to,
        )

    def _refuse(self, answer: httpx.Response, source: str) -> None:
        """Raise what a status other than success means."""
        code = answer.status_code
        if httpx.codes.is_success(code):
            return
        said = f"answered {code} {answer.reason_phrase}".rstrip()
        wait = self._retry_after(answer.headers.get("retry-after", ""))
        if code == _GONE:
            cure = "it is not asked again; remove the source, or give its new url"
            raise FetchError(source, f"{said}: gone for good", cure, state="refused", gone=True)
        if code in {_TOO_MANY, _UNAVAILABLE} and wait is not None:
            cure = f"it asks to wait {wait:.0f} s, and is left alone until then"
            asked = Hold(host=answer.url.host, seconds=wait)
            raise FetchError(source, said, cure, state="refused", hold=asked)
        if code == _TOO_MANY or httpx.codes.is_client_error(code):
            raise FetchError(source, said, "check the url", state="refused")
        raise FetchError(source, said, "try later" if code >= _SERVER_ERROR else "check the url")

    def _retry_after(self, value: str) -> float | None:
        """Read Retry-After as seconds or a date (RFC 9110 section 10.2.3), at most a day."""
        if not value:
            return None
        try:
            seconds = float(value)
        except ValueError:
            try:
                seconds = (parsedate_to_datetime(value) - self._now()).total_seconds()
            except (ValueError, TypeError):
                return None
        if not math.isfinite(seconds):
            return None
        return min(max(seconds, 0.0), RETRY_AFTER_MOST)

    def _body(self, answer: httpx.Response, source: str, deadline: float) -> bytes:
        parts: list[bytes] = []
        size = 0
        for part in self._decoded(answer, source):
            size += len(part)
            if size > self._limits.max_bytes:
                raise FetchError(source, self._too_large(), "raise http.max_bytes")
            if time.monotonic() > deadline:
                raise httpx.ReadTimeout("the whole request took too long")
            parts.append(part)
        return b"".join(parts)

    def _decoded(self, answer: httpx.Response, source: str) -> Iterator[bytes]:
        """Decompress in bounded steps; httpx would unpack a whole chunk, and layer upon layer."""
        coding = answer.headers.get("content-encoding", "identity").strip().lower()
        if coding in {"", "identity"}:
            yield from answer.iter_raw()
            return
        if coding not in {"gzip", "x-gzip", "deflate"}:
            fault = f"is compressed in a way that was not asked for ({shorten(plain(coding), 40)})"
            raise FetchError(source, fault, "tell the publisher")
        inflate = zlib.decompressobj(_ANY_ZLIB_FORMAT)
        try:
            for part in answer.iter_raw():
                rest = part
                while rest:
                    if inflate.eof:
                        # Another member of the same file (RFC 1952 section 2.2).
                        inflate = zlib.decompressobj(_ANY_ZLIB_FORMAT)
                    yield inflate.decompress(rest, _STEP)
                    rest = inflate.unconsumed_tail or inflate.unused_data
        except zlib.error as error:
            fault = f"sent what cannot be decompressed ({error})"
            raise FetchError(source, fault, "tell the publisher") from None
        if not inflate.eof:
            raise FetchError(source, "sent compressed data that breaks off", "try later")

    def _too_large(self) -> str:
        return local.too_large(self._limits.max_bytes)


def _returnable(value: str) -> str:
    """Give a validator if it can be sent back as a header, or ""."""
    return value if value.isascii() and value.isprintable() else ""


class _Turns:
    """Lets few requests at once reach a service, and none sooner than its pace allows."""

    def __init__(self, sleep: Callable[[float], None]) -> None:
        self._sleep = sleep
        self._lock = threading.Lock()
        self._places: dict[str, threading.Semaphore] = {}
        self._next: dict[str, float] = {}

    @contextmanager
    def take(self, service: str, pace: float) -> Iterator[None]:
        """Wait for a turn; a service with a pace is asked by one request at a time."""
        pace = max(pace, manners.pace(service))
        with self._lock:
            at_once = 1 if pace else _AT_ONCE
            place = self._places.setdefault(service, threading.Semaphore(at_once))
        with place:
            self.wait(service, pace)
            yield

    def wait(self, service: str, pace: float) -> None:
        """Wait until ``pace`` has passed since the last request to a service."""
        if not pace:
            return
        with self._lock:
            turn = max(self._next.get(service, 0.0), time.monotonic())
            self._next[service] = turn + pace
        left = turn - time.monotonic()
        if left > 0:
            self._sleep(left)


def _host(error: httpx.HTTPError) -> str:
    """Name the host that was being asked, which a redirect may have changed."""
    try:
        return error.request.url.host
    except RuntimeError:
        return "of that name"


def _explained(error: httpx.HTTPError) -> tuple[str, str]:
    """Say what a failed connection was about."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, PrivateAddressError):
            return str(cause), "set [http] allow_private_networks = true if that is meant"
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not valid ({cause.verify_message})", "check the url"
        if isinstance(cause, socket.gaierror):
            return f"there is no host {_host(error)}", "check the url and the network"
        cause = cause.__cause__ or cause.__context__
    return f"cannot be reached ({error})", "check the url and the network"
