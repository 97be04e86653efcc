"""What becomes of odd, hostile and silent sources, counted on real parts of this machine.

    python benchmarks/sources.py [SAMPLES]

SAMPLES is a folder of saved listings: every file below it is read in the parser's processes under
their default limits, and each pair of files ``NAME_YYYY-MM-DD.xml`` is pulled as one source on its
two dates and mailed. Without it, only what needs no listings of others is counted: a hundred
sources of which five go wrong, a server that asks to be left alone, and ten days without a pull.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from integration.conftest import Clock, Project, feed_of, item
from integration.servers import Mailbox, Page, Web, smtp

from digest import dial
from digest.confined import Allowance
from digest.errors import SourceError
from digest.identity import title_key
from digest.model import Response, Source
from digest.parse import Parsers

LOOPBACK = "127.0.0.1"
TIMEOUT = 10
HOLD = timedelta(hours=2)
READ, NONE, FAULT, OVER = "read", "said to be no listing", "exceptions", "over the limits"
READER = "ada@example.org"
PAIR = re.compile(r"(.+)_(\d{4}-\d\d-\d\d)\.xml")


def main() -> None:
    """Count and print."""
    for samples in map(Path, sys.argv[1:]):
        read_all(samples)
        pairs(samples)
    hundred()
    left_alone()
    outage()


def read_all(samples: Path) -> None:
    """Read every file below a folder, as a worker reads what comes from a source."""
    paths = sorted(path for path in samples.rglob("*") if path.is_file())
    with Parsers(Allowance(), workers=2) as parsers, ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda path: outcome(parsers, path), paths))
    counts = Counter(kind for kind, _ in found)
    entries = sum(number for _, number in found)
    print(f"{len(paths)} files: {entries} entries in {counts[READ]} of them; ", end="")
    print(", ".join(f"{counts[kind]} {kind}" for kind in (NONE, FAULT, OVER)))


def outcome(parsers: Parsers, path: Path) -> tuple[str, int]:
    """Give what became of a file, and its number of entries."""
    response = Response(url="", body=path.read_bytes(), fetched_at=datetime.now(UTC))
    try:
        listing = parsers.parse(response, Source(name=path.name, kind="file"))
    except SourceError as error:
        if "to read" in error.fault:
            print(error)
            return OVER, 0
        return (FAULT if error.fault.startswith("cannot be read (") else NONE), 0
    except Exception as error:  # noqa: BLE001 this is what is counted
        print(f"{path.name}: {type(error).__name__}: {error}")
        return FAULT, 0
    return READ, len(listing.entries)


def pairs(samples: Path) -> None:
    """Pull and mail each feed that was saved twice, on both of its dates."""
    saved: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(samples.rglob("*.xml")):
        if found := PAIR.fullmatch(path.name):
            saved[found[1]].append(path)
    twice: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    titles = 0
    both = [files for files in saved.values() if len(files) == 2]  # noqa: PLR2004 a pair
    for files in both:
        listed, mailed = mailed_of(files)
        titles += listed.total()
        twice += mailed - listed
        lost += listed - mailed
    print(
        f"{len(both)} feeds saved twice, {titles} entries: "
        f"{twice.total()} mailed twice, {lost.total()} lost"
    )


def mailed_of(files: list[Path]) -> tuple[Counter[str], Counter[str]]:
    """Give the titles that two files list, and those mailed, by how many entries have them."""
    listed: Counter[str] = Counter()
    with project() as (made, _, _):
        made.sources = ['kind = "file"\npath = "feed.xml"']
        made.subscribe(READER, settings="limit = 500", keyword="NOT zzzzzz")
        with Parsers(Allowance()) as parsers:
            for file in files:
                body = file.read_bytes()
                (made.folder / "feed.xml").write_bytes(body)
                made.app.run()
                made.tomorrow(7)
                response = Response(url="", body=body, fetched_at=datetime.now(UTC))
                found = parsers.parse(response, Source(name="feed", kind="file")).entries
                listed |= Counter(title_key(entry.title) for entry in found)
        names = {row["number"]: title_key(row["title"]) for row in made.rows("entries")}
        names |= {row["number"]: names[row["became"]] for row in made.rows("absorbed")}
        mailed = Counter(names[number] for number in mailed_by(made))
    return listed, mailed


def mailed_by(made: Project) -> list[int]:
    """Give the numbers of the entries that were mailed, each as often as it was."""
    return [number for row in made.rows("shown") for number in json.loads(row["entries"])]


def hundred() -> None:
    """Pull a hundred feeds of which one each hangs, refuses, lies, swells and leads inside."""
    bad = {
        "/hangs": Page(hangs=True),
        "/refuses": Page(status=404),
        "/lies": Page(body=b"<html>Sorry</html>"),
        "/swells": Page(body=bytes(30_000_000)),
        "/leads-inside": Page(status=302, headers={"Location": "http://127.0.0.2/inside"}),
    }
    judged = dial.is_private
    with project() as (made, _, web):
        # The server's own address counts as public, and no other of this machine.
        dial.is_private = lambda address: address != LOOPBACK and judged(address)
        made.http = f"timeout = {TIMEOUT}"
        good = {
            f"/{n}": Page(body=feed_of(*map(item, range(n * 100, n * 100 + 100))))
            for n in range(95)
        }
        web.pages |= good | bad
        made.sources = [f'name = "{p}"\nkind = "feed"\nurl = "{web.url(p)}"' for p in web.pages]
        begun = time.perf_counter()
        found = made.app.pull()
        took = time.perf_counter() - begun
        dial.is_private = judged
    states = Counter(pulled.state for pulled in found)
    served = sum(pulled.new == 100 for pulled in found)  # noqa: PLR2004 entries a feed
    print(f"100 feeds of 100 entries, 5 of them bad: {served} served, {dict(states)}")
    print(f"  in {took:.1f} s; the slowest may take {TIMEOUT} s")


def left_alone() -> None:
    """Pull every ten minutes from a host that asks to be left alone for two hours."""
    with project() as (made, _, web):
        made.sources = [f'name = "{n}"\nkind = "feed"\nurl = "{web.url(f"/{n}")}"' for n in "ab"]
        wish = {"Retry-After": str(int(HOLD.total_seconds()))}
        web.pages |= {"/a": Page(status=429, headers=wish), "/b": Page(body=feed_of(item(1)))}
        made.app.pull(("a",))
        first, ends = len(web.seen), made.clock.at + HOLD
        early = 0
        while made.clock.at < ends + timedelta(minutes=10):
            before = len(web.seen)
            made.app.pull()
            early += (len(web.seen) - before) * (made.clock.at < ends)
            made.clock.at += timedelta(minutes=10)
    print(
        f"Retry-After of {HOLD}: {first} request before it, {early} before it ended, "
        f"{len(web.seen) - first - early} after"
    )


def outage() -> None:
    """Pull arXiv on a Monday, then after ten days without power."""
    with project() as (made, box, web):
        places = f'feeds = "{web.url("/feeds/")}"\napi = "{web.url("/api")}"'
        made.sources = [f'kind = "arxiv"\ncategories = ["cs.LG"]\n{places}']
        made.subscribe(READER, settings="limit = 500")
        web.pages["/feeds/cs.LG"] = arxiv(range(1, 11))
        made.app.run()
        made.tomorrow(10)
        web.pages["/feeds/cs.LG"] = arxiv(range(81, 91))
        asked = {
            "search_query": "cat:cs.LG AND submittedDate:[202602271900 TO 202603101800]",
            "sortBy": "submittedDate",
            "sortOrder": "ascending",
            "start": 0,
            "max_results": 1000,
        }
        # The last announced paper stands in the API's answer and in the feed.
        web.pages[f"/api?{urlencode(asked)}"] = arxiv(range(11, 82), total=71)
        for _ in range(2):
            made.app.run()
            made.tomorrow()
        shown = Counter(mailed_by(made))
    print(
        f"10 days off, 80 papers announced: {len(shown) - 10} recovered in {len(box.mails) - 1} "
        f"mail, {sum(n > 1 for n in shown.values())} shown twice"
    )


def arxiv(numbers: range, total: int | None = None) -> Page:
    """Make a feed of arXiv's; with ``total`` an answer of its API."""
    head = ""
    if total is not None:
        head = f"<opensearch:totalResults>{total}</opensearch:totalResults>"
        head += "<opensearch:startIndex>0</opensearch:startIndex>"
    entries = "".join(
        f"<entry><id>http://arxiv.org/abs/2603.{n:05d}v1</id><title>Graphs, part {n}</title>"
        f'<link href="https://arxiv.org/abs/2603.{n:05d}"/><summary>Of it.</summary></entry>'
        for n in numbers
    )
    spaces = 'xmlns="http://www.w3.org/2005/Atom" xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/"'
    return Page(body=f"<feed {spaces}><title>cs.LG</title>{head}{entries}</feed>".encode())


@contextmanager
def project() -> Iterator[tuple[Project, Mailbox, Web]]:
    """Make a project in a folder of its own, with a mail server and a web server."""
    box, web = Mailbox(), Web()
    with tempfile.TemporaryDirectory() as folder, smtp(box) as port:
        made = Project(Path(folder), Clock(), port)
        made.http = "timeout = 3\nallow_private_networks = true"
        try:
            yield made, box, web
        finally:
            web.close()


if __name__ == "__main__":
    main()
