"""Fetching from a real server: what is asked, what comes back, and what is refused."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from digest.dial import is_private
from digest.errors import FetchError
from digest.fetch import Fetcher, Limits
from digest.model import Request, Response, Validators
from integration.conftest import Clock
from integration.servers import Page, Web

STAMP = "Sun, 01 Mar 2026 10:00:00 GMT"


@dataclass(frozen=True)
class Asker:
    """Asks the server for one path."""

    web: Web
    fetcher: Fetcher

    def ask(self, page: Page, validators: Validators = Validators()) -> Response:  # noqa: B008 frozen
        """Serve a page and fetch it."""
        self.web.pages["/x"] = page
        return self.fetcher.fetch(Request(url=self.web.url("/x")), "src", validators)

    def refused(self, page: Page) -> FetchError:
        """Serve a page and give the error it ends in."""
        with pytest.raises(FetchError) as caught:
            self.ask(page)
        return caught.value


@pytest.fixture
def asker(web: Web, fetcher: Fetcher) -> Asker:
    """Have a server and a fetcher that may reach it."""
    return Asker(web, fetcher)


@pytest.fixture
def careful(clock: Clock) -> Fetcher:
    """Have a fetcher that keeps out of private networks."""
    return Fetcher(Limits(user_agent="tests", timeout=20.0), now=clock, sleep=clock.sleep)


def test_a_page_comes_with_its_type_and_validators(asker: Asker) -> None:
    """An answer holds the body, content type, time and validators."""
    headers = {"Content-Type": "text/xml", "ETag": '"1"', "Last-Modified": STAMP}
    found = asker.ask(Page(body=b"<feed/>", headers=headers))
    expected = Response(
        url=asker.web.url("/x"),
        body=b"<feed/>",
        content_type="text/xml",
        fetched_at=found.fetched_at,
        validators=Validators(etag='"1"', last_modified=STAMP),
    )
    assert expected == found


def test_the_user_agent_and_accept_are_sent(asker: Asker) -> None:
    """A request names the program and the types it takes."""
    asker.web.pages["/x"] = Page()
    asker.fetcher.fetch(Request(url=asker.web.url("/x"), accept="application/json"), "src")
    headers = asker.web.seen[0].headers
    assert ("tests", "application/json") == (headers["user-agent"], headers["accept"])


@pytest.mark.parametrize(
    ("validators", "expected"),
    [
        (Validators(), (None, None)),
        (Validators(etag='"1"'), ('"1"', None)),
        (Validators(last_modified=STAMP), (None, STAMP)),
        (Validators(etag='W/"1"', last_modified=STAMP), ('W/"1"', STAMP)),
    ],
)
def test_validators_are_sent_back(
    asker: Asker, validators: Validators, expected: tuple[str | None, str | None]
) -> None:
    """ETag and Last-Modified of the last answer go into the next request."""
    asker.ask(Page(), validators)
    sent = asker.web.seen[0].headers
    assert expected == (sent.get("if-none-match"), sent.get("if-modified-since"))


@pytest.mark.parametrize("validators", [Validators(etag='"1"'), Validators(last_modified=STAMP)])
def test_not_modified_is_unchanged_and_empty(asker: Asker, validators: Validators) -> None:
    """A 304 gives an unchanged, empty response that keeps the validators."""
    page = Page(body=b"text", headers={"ETag": '"1"', "Last-Modified": STAMP})
    found = asker.ask(page, validators)
    assert (True, b"", validators) == (found.unchanged, found.body, found.validators)


HEADERS = b"HTTP/1.0 200 OK\r\nX-Slow: " + b"x" * 500
SLOW = [Page(body=b"x" * 500, drip=0.05), Page(body=HEADERS, status=0, drip=0.05)]


@pytest.mark.parametrize("page", [*SLOW, Page(hangs=True)], ids=["body", "headers", "silence"])
def test_the_time_limit_is_for_the_whole_request(web: Web, hasty: Fetcher, page: Page) -> None:
    """A server that drips for 25 seconds, or hangs, is given up after the limit of one."""
    began = time.monotonic()
    error = Asker(web, hasty).refused(page)
    said = "src: no answer within 1 s; try later, or raise http.timeout"
    assert (said, True) == (str(error), time.monotonic() - began < 20)


@pytest.mark.parametrize(
    "page",
    [
        Page(body=b"x" * 100_001),
        Page(body=gzip.compress(b"x" * 5_000_000), headers={"Content-Encoding": "gzip"}),
    ],
    ids=["plain", "gzip bomb"],
)
def test_what_is_too_large_is_refused(asker: Asker, page: Page) -> None:
    """The cap on the size counts bytes after decompression."""
    expected = "src: is larger than 100,000 bytes; raise http.max_bytes"
    assert expected == str(asker.refused(page))


def test_what_is_just_within_the_cap_comes(asker: Asker) -> None:
    """A body as large as the cap is taken."""
    body = gzip.compress(b"x" * 100_000)
    found = asker.ask(Page(body=body, headers={"Content-Encoding": "gzip"}))
    assert b"x" * 100_000 == found.body


def test_broken_gzip_is_refused(asker: Asker) -> None:
    """A body that cannot be decompressed is the source's fault."""
    error = asker.refused(Page(body=b"no gzip", headers={"Content-Encoding": "gzip"}))
    assert error.fault.startswith("sent what cannot be decompressed")


def test_compressed_members_are_joined(asker: Asker) -> None:
    """A body of several gzip members is read to its end (RFC 1952 section 2.2)."""
    body = gzip.compress(b"<feed>") + gzip.compress(b"</feed>")
    found = asker.ask(Page(body=body, headers={"Content-Encoding": "gzip"}))
    assert b"<feed></feed>" == found.body


def test_compressed_data_that_breaks_off_is_refused(asker: Asker) -> None:
    """A compressed body without its end is not taken for the whole."""
    body = gzip.compress(b"<feed>" * 999)[:-12]
    page = Page(body=body, headers={"Content-Encoding": "gzip"})
    assert "sent compressed data that breaks off" == asker.refused(page).fault


def test_unchanged_without_a_condition_is_refused(asker: Asker) -> None:
    """A server that answers 304 to its first question has given nothing."""
    assert "refused" == asker.refused(Page(status=304)).state


def test_redirects_are_followed(asker: Asker) -> None:
    """A page is found behind ten redirects, and its last address is given."""
    for number in range(1, 10):
        asker.web.pages[f"/{number}"] = Page(status=302, headers={"Location": f"/{number + 1}"})
    asker.web.pages["/10"] = Page(body=b"here")
    found = asker.ask(Page(status=301, headers={"Location": "/1"}))
    assert (asker.web.url("/10"), b"here") == (found.url, found.body)


def test_an_endless_redirect_is_refused(asker: Asker) -> None:
    """More than ten redirects are an error, and no more are asked for."""
    error = asker.refused(Page(status=302, headers={"Location": "/x"}))
    assert ("more than 10 redirects", 11) == (error.fault, len(asker.web.seen))


@pytest.mark.parametrize("place", ["file:///etc/passwd", "ftp://example.org/x"])
def test_a_redirect_to_no_http_is_refused(asker: Asker, place: str) -> None:
    """A redirect may lead to http and https only."""
    error = asker.refused(Page(status=302, headers={"Location": place}))
    assert error.fault.startswith("leads to an address that is not http or https")


def test_this_machine_is_not_asked(web: Web, careful: Fetcher) -> None:
    """A loopback address gets no request unless private networks are allowed."""
    with pytest.raises(FetchError, match=r"127\.0\.0\.1 is .*a private address"):
        careful.fetch(Request(url=web.url("/x")), "src")
    assert [] == web.seen


def test_a_redirect_into_a_private_network_is_refused(
    web: Web, careful: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A public server cannot lead on to a private address, here to 127.0.0.2."""
    monkeypatch.setattr("digest.dial.is_private", lambda address: address != "127.0.0.1")
    place = web.url("/y").replace("127.0.0.1", "127.0.0.2")
    web.pages["/x"] = Page(status=302, headers={"Location": place})
    with pytest.raises(FetchError, match=r"127\.0\.0\.2 is .*a private address"):
        careful.fetch(Request(url=web.url("/x")), "src")
    assert ["/x"] == [seen.path for seen in web.seen]


@pytest.mark.parametrize("host", ["localhost", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]", "127.1"])
def test_other_spellings_of_this_machine_are_refused(careful: Fetcher, host: str) -> None:
    """What resolves to a private address is refused whatever its spelling."""
    with pytest.raises(FetchError, match="a private address"):
        careful.fetch(Request(url=f"http://{host}:1/x"), "src")


@pytest.mark.parametrize(
    ("status", "state", "fault"),
    [
        (404, "refused", "answered 404 Not Found"),
        (403, "refused", "answered 403 Forbidden"),
        (410, "refused", "answered 410 Gone: gone for good"),
        (500, "unreachable", "answered 500 Internal Server Error"),
        (503, "unreachable", "answered 503 Service Unavailable"),
        (429, "refused", "answered 429 Too Many Requests"),
    ],
)
def test_a_status_other_than_success_is_named(
    asker: Asker, status: int, state: str, fault: str
) -> None:
    """An error status says what was answered, and has a cure."""
    error = asker.refused(Page(status=status))
    assert (fault, state, None, True) == (error.fault, error.state, error.hold, error.cure != "")


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("120", 120),
        ("0", 0),
        ("Mon, 02 Mar 2026 12:10:00 GMT", 600),
        ("Mon, 02 Mar 2026 11:00:00 GMT", 0),
        ("999999999", 86_400),
        ("soon", None),
    ],
)
def test_retry_after_is_read(asker: Asker, status: int, value: str, expected: float | None) -> None:
    """Retry-After is understood as seconds or a date, up to a day."""
    hold = asker.refused(Page(status=status, headers={"Retry-After": value})).hold
    found = None if hold is None else hold.seconds
    assert (None if expected is None else pytest.approx(expected, abs=1)) == found


def test_an_unknown_host_is_named(fetcher: Fetcher) -> None:
    """A host that does not exist is named in the error."""
    with pytest.raises(FetchError) as caught:
        fetcher.fetch(Request(url="http://nowhere.invalid/x"), "src")
    expected = "src: there is no host nowhere.invalid; check the url and the network"
    assert expected == str(caught.value)


def test_a_resolver_that_hangs_is_given_up(hasty: Fetcher, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is never resolved costs no more than the time of the request."""
    asked = threading.Event()
    monkeypatch.setattr("digest.dial.socket.getaddrinfo", lambda *_, **__: asked.wait(20))
    with pytest.raises(FetchError) as caught:
        hasty.fetch(Request(url="http://slow.invalid/x"), "src")
    asked.set()
    expected = "src: no answer within 1 s; try later, or raise http.timeout"
    assert expected == str(caught.value)


def test_a_closed_port_is_unreachable(fetcher: Fetcher) -> None:
    """A server that is not there is unreachable."""
    with pytest.raises(FetchError) as caught:
        fetcher.fetch(Request(url="http://127.0.0.1:1/x"), "src")
    assert ("unreachable", "cannot be reached") == (caught.value.state, caught.value.fault[:17])


def test_requests_to_one_host_are_paced(web: Web, fetcher: Fetcher, clock: Clock) -> None:
    """A second request to a host waits for the pace of the first."""
    web.pages["/x"] = Page()
    for _ in range(2):
        fetcher.fetch(Request(url=web.url("/x")), "src", pace=3.0)
    assert [pytest.approx(3.0, abs=0.5)] == clock.slept


def test_arxiv_is_asked_slowly_whatever_asks(web: Web, clock: Clock) -> None:
    """A feed of arXiv's that is configured as any feed is asked once in three seconds too."""
    proxied = Limits(user_agent="tests", timeout=20.0, proxy=web.url(""))
    fetcher = Fetcher(proxied, now=clock, sleep=clock.sleep)
    for host in ("rss", "export"):
        with pytest.raises(FetchError):
            fetcher.fetch(Request(url=f"http://{host}.arxiv.org/x"), "src")
    assert [pytest.approx(3.0, abs=0.5)] == clock.slept


def test_a_redirect_to_arxiv_counts_as_a_request(web: Web, clock: Clock) -> None:
    """What a redirect leads to waits for its turn, as if it had been asked for at once."""
    proxied = Limits(user_agent="tests", timeout=9.0, proxy=web.url(""))
    fetcher = Fetcher(proxied, now=clock, sleep=clock.sleep)
    there = "http://export.arxiv.org/b"
    web.pages["http://arxiv.org/a"] = Page(status=301, headers={"Location": there})
    web.pages[there] = Page(body=b"<feed/>")
    assert b"<feed/>" == fetcher.fetch(Request(url="http://arxiv.org/a"), "src").body
    assert [pytest.approx(3.0, abs=0.5)] == clock.slept


ADDRESSES: Mapping[str, bool] = {
    "10.0.0.1": True,
    "172.16.0.1": True,
    "172.32.0.1": False,
    "192.168.1.1": True,
    "127.0.0.1": True,
    "169.254.169.254": True,
    "0.0.0.0": True,
    "255.255.255.255": True,
    "100.64.0.1": True,
    "100.127.255.255": True,
    "100.128.0.1": False,
    "224.0.0.1": True,
    "240.0.0.1": True,
    "198.18.0.1": True,
    "8.8.8.8": False,
    "93.184.216.34": False,
    "::": True,
    "::1": True,
    "fe80::1": True,
    "fe80::1%eth0": True,
    "fc00::1": True,
    "fd12:3456::1": True,
    "ff02::1": True,
    "::ffff:127.0.0.1": True,
    "::ffff:10.0.0.1": True,
    "::ffff:100.64.0.1": True,
    "::ffff:8.8.8.8": False,
    "::127.0.0.1": True,
    "::192.168.0.1": True,
    "2002:7f00:1::": True,
    "2002:c0a8:101::1": True,
    "2002:808:808::1": False,
    "64:ff9b::7f00:1": True,
    "64:ff9b::a00:1": True,
    "64:ff9b::808:808": False,
    "2001:db8::1": True,
    "2606:4700:4700::1111": False,
    "2a00:1450:4001:80b::200e": False,
}


@pytest.mark.parametrize(("address", "expected"), ADDRESSES.items())
def test_private_addresses_are_told_from_public_ones(address: str, *, expected: bool) -> None:
    """An address is private unless it, or the one it wraps, is of the public internet."""
    assert expected is is_private(address)
