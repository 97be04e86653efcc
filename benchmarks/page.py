"""The page under a bounded load from one client of this machine: answers a second, and memory.

`digest web` runs as a process of its own, over 300 subscribers with a digest of 15 entries each;
beside it runs a bare Starlette application with the same server, which answers as many bytes
without doing anything for them. Rounds alternate between the two, and the median of the ratios is
printed, so that a machine's changing speed concerns both alike. The client keeps its connections,
and names another address for each request, as a proxy would, so that no rate keeps it.

    python benchmarks/page.py [--requests 400] [--rounds 5] [--connections 4]
"""

from __future__ import annotations

import argparse
import http.client
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

from mails import papers

from digest import query
from digest.app import App
from digest.config import load
from digest.links import PageLinks
from digest.model import (
    Delivery,
    DeliveryStatus,
    Digest,
    Edition,
    Entry,
    Interest,
    Match,
    Profile,
    Section,
    Subscriber,
)
from digest.profile import subscriber_id
from digest.store.subscribers import Subscription

LOOPBACK = "127.0.0.1"
SUBSCRIBERS = 300
NOW = datetime.now(UTC)
DAY = NOW.date()
BARE = """
import sys
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route
from digest.web import server

async def answer(request):
    return HTMLResponse("x" * int(request.path_params["size"]))

server.serve(
    Starlette(routes=[Route("/{size}", answer, methods=["GET", "POST"])]),
    "127.0.0.1",
    int(sys.argv[1]),
)
"""


@dataclass(frozen=True)
class Case:
    """What is asked: a path for each subscriber's number, and the body of a POST."""

    name: str
    path: Callable[[int], str]
    body: str = ""


@dataclass(frozen=True)
class Server:
    """A process that answers at a port."""

    process: subprocess.Popen[bytes]
    port: int

    def memory(self, line: str) -> float:
        """Give VmRSS (now) or VmHWM (at most) of the process, in MB."""
        text = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return int(text.partition(f"{line}:")[2].split()[0]) / 1024


class Client:
    """Asks over a few connections that stay open."""

    def __init__(self, connections: int) -> None:
        """Prepare."""
        self._connections = connections
        self._numbers = count()

    def rate(self, server: Server, case: Case, requests: int) -> tuple[float, int]:
        """Give answers a second, and the size of one."""
        share = requests // self._connections
        with ThreadPoolExecutor(self._connections) as crowd:
            started = time.perf_counter()
            sizes = list(
                crowd.map(lambda _: self._ask(server, case, share), range(self._connections))
            )
            seconds = time.perf_counter() - started
        return share * self._connections / seconds, sizes[0]

    def _ask(self, server: Server, case: Case, requests: int) -> int:
        connection = http.client.HTTPConnection(LOOPBACK, server.port, timeout=60)
        form = {"Content-Type": "application/x-www-form-urlencoded"} if case.body else {}
        size = 0
        for _ in range(requests):
            number = next(self._numbers)
            address = f"198.18.{number // 250 % 250}.{number % 250}"
            connection.request(
                "POST" if case.body else "GET",
                case.path(number % SUBSCRIBERS),
                case.body or None,
                {"X-Forwarded-For": address, **form},
            )
            answer = connection.getresponse()
            size = len(answer.read())
            if answer.status != 200:  # noqa: PLR2004 all that is asked for is there
                sys.exit(f"{case.name}: {answer.status}")
        connection.close()
        return size


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="The page under load.")
    parser.add_argument("--requests", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=4)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        app = furnished(Path(folder))
        web = [sys.executable, "-m", "digest", "-q", "--config", f"{folder}/config.toml", "web"]
        bare = [sys.executable, "-c", BARE, str(port_of(app) + 1)]
        with running(web, port_of(app)) as page, running(bare, port_of(app) + 1) as plain:
            print(f"memory at the start: {page.memory('VmRSS'):.0f} MB")
            client = Client(given.connections)
            for case in cases(app):
                show(client, page, plain, case, given)
            print(
                f"memory at the end: {page.memory('VmRSS'):.0f} MB, "
                f"at most {page.memory('VmHWM'):.0f} MB; "
                f"a bare Starlette: {plain.memory('VmRSS'):.0f} MB"
            )


def show(
    client: Client, page: Server, plain: Server, case: Case, given: argparse.Namespace
) -> None:
    """Measure one case and print it."""
    _, size = client.rate(page, case, 2 * given.connections)
    bare = Case(name="bare", path=lambda _: f"/{size}", body=case.body)
    client.rate(plain, bare, 2 * given.connections)
    pairs = [
        (
            client.rate(page, case, given.requests)[0],
            client.rate(plain, bare, given.requests)[0],
        )
        for _ in range(given.rounds)
    ]
    rate = statistics.median(one for one, _ in pairs)
    ratio = statistics.median(other / one for one, other in pairs)
    print(
        f"{case.name}: {rate:.0f} requests a second, {size / 1000:.1f} KB each; "
        f"a bare Starlette answers {ratio:.1f} times as many; memory {page.memory('VmRSS'):.0f} MB",
        flush=True,
    )


def port_of(app: App) -> int:
    """Give the page's port."""
    return app.config.web.port


def cases(app: App) -> list[Case]:
    """Give what is asked."""
    links = app.links()
    assert isinstance(links, PageLinks)
    stop = [urlsplit(links.unsubscribe(who(n))).path for n in range(SUBSCRIBERS)]
    read = [urlsplit(links.archive(who(n), DAY)).path for n in range(SUBSCRIBERS)]
    feed = [urlsplit(links.feed(who(n))).path for n in range(SUBSCRIBERS)]
    return [
        Case("unsubscribe, GET", lambda n: stop[n]),
        Case("archive, list", lambda n: read[n].rpartition("/")[0]),
        Case("archive, digest", lambda n: read[n]),
        Case("archive, mail", lambda n: f"{read[n]}/mail"),
        Case("archive, all that came in", lambda n: f"{read[n]}/all"),
        Case("archive, search", lambda n: f"{read[n].rpartition('/')[0]}/search?q=sparse"),
        Case("feed, Atom", lambda n: f"{feed[n]}/atom.xml"),
        Case("unsubscribe, one-click POST", lambda n: stop[n], "List-Unsubscribe=One-Click"),
    ]


def who(number: int) -> str:
    """Give a subscriber's id."""
    return subscriber_id(f"r{number}@example.net")


def furnished(folder: Path) -> App:
    """Make a project with subscribers, and a digest sent to each."""
    (folder / "secret-key").write_text("a secret for the benchmark")
    (folder / "secret-key").chmod(0o600)
    port = 20_000 + os.getpid() % 20_000
    (folder / "config.toml").write_text(
        f'[digest]\nbase_url = "http://{LOOPBACK}:{port}"\nsecret_key_file = "secret-key"\n'
        f"[web]\nport = {port}\n"
    )
    app = App(config=load(folder / "config.toml", {}))
    entries = papers(400)
    with app.store() as store:
        store.entries.keep(entries, NOW)
        readers = [reader(number) for number in range(SUBSCRIBERS)]
        with store.transaction():
            for one in readers:
                store.subscribers.put(Subscription(subscriber=one, fingerprint="", place=""))
        store.outbox.plan((digest(one, n, entries), delivery(one)) for n, one in enumerate(readers))
        store.index.search(query.parse("sparse"), 1)
    return app


def reader(number: int) -> Subscriber:
    """Make a reader."""
    email = f"r{number}@example.net"
    topic = Interest(name="Sparse attention")
    return Subscriber(id=subscriber_id(email), email=email, profile=Profile(interests=(topic,)))


def digest(one: Subscriber, number: int, entries: list[Entry]) -> Digest:
    """Make a digest of fifteen entries."""
    chosen = [entries[(7 * number + at) % len(entries)] for at in range(15)]
    matches = tuple(Match(entry=entry, interest=None, score=0.5) for entry in chosen)
    return Digest(
        edition=Edition(subscriber_id=one.id, date=DAY),
        subject="Fifteen papers",
        preheader="",
        sections=(Section(title="Sparse attention", matches=matches),),
        candidates=15,
    )


def delivery(one: Subscriber) -> Delivery:
    """Make its delivery, as one that was sent."""
    return Delivery(
        edition=Edition(subscriber_id=one.id, date=DAY),
        email=one.email,
        status=DeliveryStatus.SENT,
        planned_at=NOW,
        message_id=f"<{one.id}@example.org>",
    )


@contextmanager
def running(command: list[str], port: int) -> Iterator[Server]:
    """Run a server until it is no longer needed."""
    with subprocess.Popen(command) as process:
        for _ in range(400):
            try:
                http.client.HTTPConnection(LOOPBACK, port, timeout=5).connect()
                break
            except OSError:
                time.sleep(0.05)
        yield Server(process=process, port=port)
        process.terminate()


if __name__ == "__main__":
    main()
