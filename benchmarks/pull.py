"""What pulling costs: looking ids up among a million, and a day's pull of a hundred feeds.

    python benchmarks/pull.py

The pull is paired with the parsing of the same responses alone, in two processes, in the same
run; the ratio of their wall times is printed.
"""

from __future__ import annotations

import multiprocessing
import socket
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from digest import pull
from digest.confined import Allowance
from digest.fetch import Fetcher, Limits
from digest.model import Response, Source
from digest.parse import Parsers
from digest.sources.feed import Options
from digest.store import Store, open_store
from digest.store.keys import hashed
from digest.visit import Puller

FEEDS, ENTRIES = 100, 100
SEEN, ASKED = 1_000_000, 1000
PAIRS = 5
NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
WORDS = "graph network memory program synthesis language model agent attention diffusion".split()


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        look_up(Path(folder) / "seen.db")
        day(Path(folder))


def look_up(path: Path) -> None:
    """Time the look-up of a thousand keys, half of them known, among a million."""
    with open_store(path) as store:
        fill(store)
        keys = [f"arxiv:{n:09}" for n in range(SEEN - ASKED // 2, SEEN + ASKED // 2)]
        times = [seconds(lambda: store.entries.by_keys(keys)) for _ in range(PAIRS)]
    print(f"{ASKED} keys among {SEEN:,}: median {statistics.median(times) * 1000:.1f} ms")


def fill(store: Store) -> None:
    """Write a million entries, as short as can be."""
    connection = store.entries._db.conn  # noqa: SLF001 a million inserts by the front door take minutes
    connection.execute("BEGIN")
    connection.executemany(
        "INSERT INTO entries (id, title, summary, authors, categories, url, version, announce, "
        "organization, links, thumbnail, seen_in, source_ids, keys, authority, first_stored) "
        "VALUES (?, 't', '', '', '', '', 1, '', '', '[]', '', 's', '', ?, 1, '2026')",
        ((f"arxiv:{n:09}", f"arxiv:{n:09}") for n in range(SEEN)),
    )
    connection.executemany(
        "INSERT INTO entry_keys (key, entry) VALUES (?, ?)",
        ((hashed(f"arxiv:{n:09}"), n + 1) for n in range(SEEN)),
    )
    connection.execute("COMMIT")


def day(folder: Path) -> None:
    """Pair a pull of a hundred feeds over HTTP with the bare parsing of their bodies."""
    bodies = [feed(number) for number in range(FEEDS)]
    allowance = Allowance(seconds=10)
    with (
        server(bodies) as address,
        Parsers(allowance, workers=2) as two,
        Parsers(allowance) as parsers,
    ):
        sources = [
            Source(name=f"feed {n}", kind="feed", options=Options(url=f"{address}/{n}"))
            for n in range(FEEDS)
        ]
        parsed, pulled = [], []
        # What their start costs is a day's, and a feed's no more.
        parse_all(bodies[:6], sources[:6], two)
        parse_all(bodies[:6], sources[:6], parsers)
        for turn in range(PAIRS):
            parsed.append(seconds(lambda: parse_all(bodies, sources, two)))
            path = folder / f"day {turn}.db"
            pulled.append(seconds(partial(pull_all, sources, parsers, path)))
    ratios = [whole / bare for whole, bare in zip(pulled, parsed, strict=True)]
    print(
        f"pull of {FEEDS} feeds of {ENTRIES} entries / their parsing in two processes: "
        f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}); "
        f"medians {statistics.median(pulled):.2f} s and {statistics.median(parsed):.2f} s"
    )


def feed(number: int) -> bytes:
    """Make an Atom feed whose entries are as long as abstracts."""
    entries = "".join(
        f"<entry><id>tag:{number}-{n}</id><title>Paper {n} of feed {number}</title>"
        f'<link href="https://example.org/{number}/{n}"/><updated>2026-01-05T00:00:00Z</updated>'
        f"<author><name>Ada Author</name></author><summary>{text(n)}</summary></entry>"
        for n in range(ENTRIES)
    )
    head = '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom">'
    return f"{head}<title>Feed {number}</title>{entries}</feed>".encode()


def text(number: int) -> str:
    """Make a text of about 1,200 characters."""
    return " ".join(WORDS[(number + at) % len(WORDS)] for at in range(160))


@contextmanager
def server(bodies: Sequence[bytes]) -> Iterator[str]:
    """Serve the bodies on this machine, /n the n-th, from another process, as sources are."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.Process(target=_serve, args=(bodies, sender), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{receiver.recv()}"
    finally:
        process.kill()
        process.join()


def _serve(bodies: Sequence[bytes], said: Connection) -> None:
    """Answer with what is made before, so that the server takes little of the cores."""
    head = "HTTP/1.1 200 OK\r\nContent-Type: application/atom+xml\r\nConnection: close\r\n"
    answers = [f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body for body in bodies]
    listening = socket.create_server(("127.0.0.1", 0), backlog=128)
    said.send(listening.getsockname()[1])
    while True:
        asking, _ = listening.accept()
        with asking:
            asked = b""
            while b"\r\n\r\n" not in asked and (part := asking.recv(4096)):
                asked += part
            asking.sendall(answers[int(asked.split()[1][1:])])


def parse_all(bodies: Sequence[bytes], sources: Sequence[Source], parsers: Parsers) -> None:
    """Parse all bodies in the two processes, each as if it had come from its address."""

    def one(source: Source, body: bytes) -> None:
        response = Response(
            url=str(getattr(source.options, "url", "")),
            body=body,
            content_type="application/atom+xml",
            fetched_at=NOW,
        )
        parsers.parse(response, source)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(one, sources, bodies))


def pull_all(sources: Sequence[Source], parsers: Parsers, path: Path) -> None:
    """Pull all sources into a new database."""
    fetcher = Fetcher(Limits(user_agent="bench", allow_private_networks=True))
    with open_store(path) as store:
        pull.pull(sources, Puller(fetcher=fetcher, parsers=parsers, store=store, now=NOW))
        assert store.entries.count() == FEEDS * ENTRIES


def seconds(call: Callable[[], object]) -> float:
    """Time one call."""
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
