"""Sending against the wire: ours, postfix's smtp-source and smtplib, into the same smtp-sink.

Every message is another one. Ours goes the whole way of delivering: read from the outbox, marked
before and after, synced in groups; once with messages of 54 KB built beforehand, and composed on
the way of real digests with 15 entries: each reader's another one, or one for twenty readers who
want the same, as when a service offers topics. Postfix's tool sends messages as large. Runs
alternate (A B A B ...), and the median of the ratios is printed, so that a machine's changing speed
concerns both sides alike.

    python benchmarks/delivery.py [--messages 2000] [--rounds 5] [--folder FOLDER]
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import resource
import shutil
import smtplib
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from random import Random

import digests

from digest.deliver import Desk, Patience, deliver
from digest.model import Delivery, DeliveryStatus, Digest, Edition, Entry, Message, Subscriber
from digest.store import Store, open_store
from digest.store.digests import Written
from digest.store.subscribers import Subscription
from digest.transports.smtp import Server, SmtpTransport

LOOPBACK = "127.0.0.1"
SENDER = "digest@example.org"
SIZE = 54_000
ROUND_TRIP = 0.02
ALIKE = 20  # readers who get the same digest
DAY = date(2026, 3, 2)
BUILT, MANY = "4 connections, built beforehand", "16 connections, built beforehand"
COMPOSED = "4 connections, composed"
SHARED = f"{COMPOSED}, {ALIKE} readers a digest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What sending a number of messages took: by the clock, and of our processor."""

    messages: int
    seconds: float
    cpu: float

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.messages / self.seconds

    @property
    def cost(self) -> float:
        """Microseconds of processor a message."""
        return self.cpu / self.messages * 1e6


def main() -> None:
    """Measure and print."""
    given = asked(__doc__)
    if not tool("smtp-sink") or not tool("smtp-source"):
        print("delivery: left out, as smtp-sink and smtp-source are absent (apt install postfix)")
        return
    contents = [content(number) for number in range(given.messages)]
    with tempfile.TemporaryDirectory(dir=given.folder) as folder, sink() as port:
        near(port, contents, given.rounds, Path(folder))
        with relay(port) as far_port:
            far(far_port, contents, Path(folder))


def asked(about: str | None) -> argparse.Namespace:
    """Read how much is to be sent, how often, and where the outbox lies."""
    parser = argparse.ArgumentParser(
        description=about, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where the outbox lies; a disk that counts")
    return parser.parse_args()


def near(port: int, contents: list[bytes], rounds: int, folder: Path) -> None:
    """Compare on loopback."""
    few = contents[: max(len(contents) // 4, 1)]
    number = len(contents)
    loads = (composed(number, number * at) for at in count())
    alike = (composed(number, number * at, ALIKE) for at in count())
    some = 30  # the plain way is slow
    first: dict[str, Callable[[], Run]] = {
        BUILT: lambda: ours(port, built(contents), 4, folder),
        MANY: lambda: ours(port, built(contents), 16, folder),
        COMPOSED: lambda: ours(port, next(loads), 4, folder),
        SHARED: lambda: ours(port, next(alike), 4, folder),
    }
    size = composed_size()
    tools = {of: f"smtp-source -s 4 -d, {of / 1000:.0f} KB" for of in (SIZE, size)}
    second: dict[str, Callable[[], Run]] = {
        tools[SIZE]: lambda: source(port, number, SIZE),
        tools[size]: lambda: source(port, number, size),
        "smtplib, one connection": lambda: plain(port, few, reuse=True),
        "smtplib, a connection each": lambda: plain(port, few, reuse=False),
        "jinja2, premailer, EmailMessage, smtplib": lambda: plain_way(port, some),
    }
    pairs = [
        *((one, tools[SIZE]) for one in (BUILT, MANY)),
        *((one, tools[size]) for one in (COMPOSED, SHARED)),
        (BUILT, "smtplib, one connection"),
        (BUILT, "smtplib, a connection each"),
        *((one, "jinja2, premailer, EmailMessage, smtplib") for one in (COMPOSED, SHARED)),
    ]
    runs: dict[tuple[str, str], list[tuple[Run, Run]]] = {pair: [] for pair in pairs}
    first[COMPOSED]()  # warm up
    for _ in range(rounds):
        for pair in pairs:
            runs[pair].append((first[pair[0]](), second[pair[1]]()))
    for (one, other), found in runs.items():
        show(f"ours, {one} / {other}", found)


def far(port: int, contents: list[bytes], folder: Path) -> None:
    """Compare over a link with a round trip time."""
    for connections, number in ((1, 300), (16, len(contents))):
        load = built(contents[:number])
        runs = [
            (ours(port, load, connections, folder), plain(port, contents[:50])) for _ in range(3)
        ]
        name = f"ours, {connections} connections / smtplib, one connection"
        show(f"{ROUND_TRIP * 1000:.0f} ms round trip: {name}", runs)


def show(name: str, runs: list[tuple[Run, Run]]) -> None:
    """Print the ratios of the rates and of the processor's time."""
    ratios = [one.rate / other.rate for one, other in runs]
    rates = [statistics.median(run.rate for run in side) for side in zip(*runs, strict=True)]
    costs = [statistics.median(run.cost for run in side) for side in zip(*runs, strict=True)]
    print(
        f"{name}: {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}); "
        f"{rates[0]:.0f} and {rates[1]:.0f} a second, "
        f"{costs[0]:.0f} and {costs[1]:.0f} us of processor a message",
        flush=True,
    )


def content(number: int) -> bytes:
    """Make a mail like ours in size and lines, of which no two are the same."""
    chance = Random(number)
    lines = [f"From: {SENDER}", f"Subject: {number}", f"Message-ID: <{number}@example.org>", ""]
    line = "".join(chance.choices("etaoinshrdlucmfwypvbgkjqxz  ,=" * 3 + ".", k=74))
    lines += [f"a{line[at % 70 + 1 :]}{line[: at % 70]}" for at in range(SIZE // 76)]
    return "\r\n".join([*lines, ""]).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What is sent: the digests of readers, and how their mails are made."""

    digests: list[tuple[Written, Subscriber]]
    entries: list[Entry]
    render: Callable[[Digest, Subscriber, str], Message]


def built(contents: list[bytes]) -> Load:
    """Send these contents as they are."""
    readers = [Subscriber(id=f"{at:07}", email=f"r{at}@example.org") for at in range(len(contents))]
    edition = Edition(subscriber_id="", date=DAY)
    nothing = Written.of(Digest(edition=edition, subject="s", preheader="p"))
    return Load(
        digests=[(nothing, reader) for reader in readers],
        entries=[],
        render=lambda _, who, known: message(who.email, known, contents[int(who.id)]),
    )


def composed(number: int, first: int = 0, alike: int = 1) -> Load:
    """Compose the mails of so many readers; the cards of the day were made for others before.

    ``alike`` readers get the same digest each.
    """
    pool = digests.entries()
    renderer = digests.renderer()
    for other in range(1_000_000, 1_000_050):
        renderer.render(digests.digest(other, pool), digests.reader(other))
    readers = range(first, first + number)
    made = {at: Written.of(digests.digest(at, pool)) for at in readers if at % alike == 0}
    return Load(
        digests=[(made[at - at % alike], digests.reader(at)) for at in readers],
        entries=pool,
        render=renderer.render,
    )


def composed_size() -> int:
    """Say how many bytes the composed mails have, in the middle."""
    pool, renderer = digests.entries(), digests.renderer()
    mails = [renderer.render(digests.digest(at, pool), digests.reader(at)) for at in range(99)]
    return statistics.median_low([len(mail.content) for mail in mails])


def ours(port: int, load: Load, connections: int, folder: Path) -> Run:
    """Send by the path that `run` takes, out of an outbox on disk."""
    path = folder / "digest.db"
    for old in folder.glob("digest.db*"):
        old.unlink()
    server = Server(host=LOOPBACK, port=port, connections=connections)
    with open_store(path) as store, SmtpTransport(server) as transport:
        fill(store, load)
        desk = Desk(
            store=store,
            render=load.render,
            transport=transport,
            patience=Patience(),
            now=lambda: datetime.now(UTC),
        )
        number = len(load.digests)
        begun, cpu = time.perf_counter(), time.process_time()
        deliver(desk)
        run = Run(
            messages=number,
            seconds=time.perf_counter() - begun,
            cpu=time.process_time() - cpu,
        )
        counts = store.outbox.counts()
    if counts != {"sent": number}:
        raise SystemExit(f"not all were sent: {counts}")
    return run


def fill(store: Store, load: Load) -> None:
    """Plan the editions."""
    now = datetime.now(UTC)
    with store.transaction():
        store.entries.keep(load.entries, now)
        rows = []
        for digest, who in load.digests:
            store.subscribers.put(Subscription(subscriber=who, fingerprint="", place=""))
            delivery = Delivery(
                edition=Edition(subscriber_id=who.id, date=DAY),
                email=who.email,
                status=DeliveryStatus.PLANNED,
                planned_at=now,
                message_id=f"<{who.id}@example.org>",
            )
            rows.append((digest, delivery))
        store.outbox.plan(rows)


def message(to: str, known: str, body: bytes) -> Message:
    """Make the message of prebuilt bytes."""
    return Message(
        message_id=known, sender=SENDER, recipient=to, subject="", content=body, plain=True
    )


def source(port: int, number: int, size: int) -> Run:
    """Send by postfix's tool, over four sessions that are kept."""
    command = [str(tool("smtp-source")), "-s", "4", "-d", "-m", str(number), "-l", str(size)]
    command += ["-f", SENDER, "-t", "r@example.org", f"{LOOPBACK}:{port}"]
    begun, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(messages=number, seconds=time.perf_counter() - begun, cpu=cpu)


def plain(port: int, contents: list[bytes], *, reuse: bool = True) -> Run:
    """Send by smtplib."""
    begun, cpu = time.perf_counter(), time.process_time()
    connection = smtplib.SMTP(LOOPBACK, port)
    for number, body in enumerate(contents):
        if number and not reuse:
            connection.quit()
            connection = smtplib.SMTP(LOOPBACK, port)
        connection.sendmail(SENDER, [f"r{number}@example.org"], body)
    connection.quit()
    seconds, spent = time.perf_counter() - begun, time.process_time() - cpu
    return Run(messages=len(contents), seconds=seconds, cpu=spent)


def plain_way(port: int, number: int) -> Run:
    """Make each mail from the beginning, and send it over a connection of its own."""
    way, pool = digests.PlainWay(), digests.entries()
    mails = [(digests.digest(at, pool), digests.reader(at)) for at in range(number)]
    for digest, reader in mails[:2]:
        way.make(digest, reader, "<0@example.org>")  # warm up
    begun, cpu = time.perf_counter(), time.process_time()
    for at, (digest, reader) in enumerate(mails):
        content = way.make(digest, reader, f"<{at}@example.org>")
        with smtplib.SMTP(LOOPBACK, port) as connection:
            connection.sendmail(SENDER, [reader.email], content)
    seconds, spent = time.perf_counter() - begun, time.process_time() - cpu
    return Run(messages=number, seconds=seconds, cpu=spent)


def tool(name: str) -> str | None:
    """Find one of postfix's tools."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@contextmanager
def sink() -> Iterator[int]:
    """Run postfix's smtp-sink, which takes all and keeps nothing; gives the port."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port = int(probe.getsockname()[1])
    user = ["-u", "nobody"] if os.getuid() == 0 else []
    process = subprocess.Popen([str(tool("smtp-sink")), *user, f"{LOOPBACK}:{port}", "100"])
    try:
        for _ in range(100):
            try:
                socket.create_connection((LOOPBACK, port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait()


@contextmanager
def relay(port: int) -> Iterator[int]:
    """Run a relay to ``port`` that holds back each way for half a round trip; gives its port."""
    listener = socket.create_server((LOOPBACK, 0))
    process = multiprocessing.get_context("fork").Process(
        target=lambda: asyncio.run(relayed(listener, port)), daemon=True
    )
    process.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        process.kill()
        process.join()
        listener.close()


async def relayed(listener: socket.socket, port: int) -> None:
    """Serve connections until killed."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(LOOPBACK, port)
        await asyncio.gather(late(reader, back), late(there, writer))

    server = await asyncio.start_server(serve, sock=listener)
    await server.serve_forever()


async def late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on what comes, each part half a round trip later."""
    loop = asyncio.get_running_loop()
    while part := await reader.read(1 << 17):
        loop.call_later(ROUND_TRIP / 2, writer.write, part)
    loop.call_later(ROUND_TRIP / 2, writer.close)


if __name__ == "__main__":
    main()
