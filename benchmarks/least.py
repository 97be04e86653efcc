"""The least that sending can cost: sockets and the store alone, with nothing decided between.

Mails of 54 KB that were built beforehand go to smtp-sink over four connections and over sixteen, by
a loop that counts the lines of replies and believes them. It reads the outbox, marks what leaves
and what was sent in one commit for half of the connections, and syncs as `deliver` does; it looks
at no reply, address, rate or clock. What `delivery.py` shows beyond that is what knowing costs.

    python benchmarks/least.py [--messages 2000] [--rounds 5] [--folder FOLDER]
"""

from __future__ import annotations

import selectors
import socket
import statistics
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from delivery import (
    LOOPBACK,
    SENDER,
    SIZE,
    Run,
    asked,
    built,
    content,
    fill,
    ours,
    sink,
    source,
    tool,
)

from digest.model import Delivery
from digest.store import Store, open_store
from digest.syncing import Safety, Syncing

ENVELOPE = f"MAIL FROM:<{SENDER}>\r\nRCPT TO:<r@example.org>\r\nDATA\r\n".encode()
ENVELOPE_LINES = 3  # of replies; one more with the content's
PAGE = 100
TOOL = "smtp-source -s 4 -d"


def main() -> None:
    """Measure and print."""
    given = asked(__doc__)
    if not tool("smtp-sink") or not tool("smtp-source"):
        print("least: left out, as smtp-sink and smtp-source are absent (apt install postfix)")
        return
    contents = [content(number) for number in range(given.messages)]
    with tempfile.TemporaryDirectory(dir=given.folder) as folder, sink() as port:
        ways: dict[str, Callable[[], Run]] = {}
        for number in (4, 16):
            names = ("sockets alone", "sockets and the store", "ours")
            calls = (
                partial(least, port, contents, number),
                partial(stored, port, contents, number, Path(folder)),
                partial(ours, port, built(contents), number, Path(folder)),
            )
            ways |= {
                f"{name}, {number} connections": call
                for name, call in zip(names, calls, strict=True)
            }
        ways[TOOL] = partial(source, port, given.messages, SIZE)
        runs = [{name: way() for name, way in ways.items()} for _ in range(given.rounds)]
        for name in ways:
            cost = statistics.median(one[name].cost for one in runs)
            rate = statistics.median(one[name].rate for one in runs)
            part = statistics.median(one[name].cost / one[TOOL].cost for one in runs)
            print(
                f"{name}: {cost:.0f} us of processor a message, {part:.2f} times smtp-source's; "
                f"{rate:.0f} a second",
                flush=True,
            )


def least(port: int, contents: Sequence[bytes], connections: int) -> Run:
    """Send over sockets alone."""
    begun, cpu = time.perf_counter(), time.process_time()
    deque(sending(port, contents, connections), maxlen=0)
    return run(len(contents), begun, cpu)


def stored(port: int, contents: Sequence[bytes], connections: int, folder: Path) -> Run:
    """Send out of an outbox on disk, marked before and after."""
    for old in folder.glob("digest.db*"):
        old.unlink()
    with open_store(folder / "digest.db") as store:
        fill(store, built(list(contents)))
        syncing, now = Syncing(store.sync, Safety()), datetime.now(UTC)
        begun, cpu = time.perf_counter(), time.process_time()
        deliveries = read(store, now)
        known: list[Delivery] = []
        for leaving, sent in sending(port, contents, connections):
            known += [next(deliveries) for _ in leaving]
            with store.transaction():
                store.outbox.mark(
                    [(known[at], "250 2.0.0 Ok") for at in sent],
                    [known[at] for at in leaving],
                    now,
                )
            syncing.add(len(sent) + len(leaving))
        syncing.close()
        return run(len(contents), begun, cpu)


def read(store: Store, now: datetime) -> Iterator[Delivery]:
    """Read what is due, with what is needed to render it, a page at once."""
    due = store.outbox.due(now, uncertain=True, limit=100_000)
    for start in range(0, len(due), PAGE):
        page = store.outbox.read(due[start : start + PAGE], now, uncertain=True)
        store.subscribers.readers([row.edition.subscriber_id for row in page])
        store.outbox.numbers([row.edition for row in page])
        yield from page


def sending(
    port: int, contents: Sequence[bytes], connections: int
) -> Iterator[tuple[Sequence[int], Sequence[int]]]:
    """Send; gives, before some leave, the numbers of these, and of those that were answered."""
    with selectors.DefaultSelector() as selector:
        lines = [connected(port, selector) for _ in range(connections)]
        for line in lines:
            line.send(ENVELOPE)
        owed, under_way = dict.fromkeys(lines, ENVELOPE_LINES), dict[socket.socket, int]()
        ready: list[socket.socket] = []
        waiting = iter(range(len(contents)))
        while owed:
            for key, _ in selector.select():
                line = key.data
                owed[line] -= line.recv(65_536).count(b"\n")
                if not owed[line]:
                    ready.append(line)
            if len(ready) < max(len(owed) // 2, 1):
                continue
            sent = [under_way.pop(line) for line in ready if line in under_way]
            leaving = list(zip(ready, waiting, strict=False))
            yield [number for _, number in leaving], sent
            for line, number in leaving:
                under_way[line], owed[line] = number, ENVELOPE_LINES + 1
                line.sendmsg([contents[number], b".\r\n", ENVELOPE])
            for line in ready[len(leaving) :]:
                selector.unregister(line)
                line.close()
                del owed[line]
            ready = []


def connected(port: int, selector: selectors.BaseSelector) -> socket.socket:
    """Connect and greet."""
    line = socket.create_connection((LOOPBACK, port))
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    line.recv(1000)
    line.sendall(b"EHLO here\r\n")
    line.recv(1000)
    selector.register(line, selectors.EVENT_READ, line)
    return line


def run(messages: int, begun: float, cpu: float) -> Run:
    """Say what sending took."""
    seconds, spent = time.perf_counter() - begun, time.process_time() - cpu
    return Run(messages=messages, seconds=seconds, cpu=spent)


if __name__ == "__main__":
    main()
