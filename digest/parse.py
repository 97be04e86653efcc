"""Parses listings in worker processes, under a limit of time and memory.

A parser that hangs or swells on hostile bytes is killed with its process and replaced; the pass
goes on. Workers are started when first needed and serve one listing after another.

Run as ``python -m digest.parse`` this is the worker: it reads (response, source) from standard
input and answers with a Listing or the error, each pickled behind its length. Both ends are ours;
nothing that came from outside is unpickled, only carried.
"""

from __future__ import annotations

import contextlib
import math
import os
import pickle
import queue
import resource
import select
import struct
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Self

from digest import sources
from digest.errors import ListingError, SourceError
from digest.model import Listing, Response, Source
from digest.sources._dates import believed

_LENGTH = struct.Struct(">Q")
_START_SECONDS = 30.0
_PATIENCE = 10  # times the allowance by the clock, for one that does not use the processor
_LOOK_EVERY = 0.1
_MEGABYTE = 1_000_000


def parse(response: Response, source: Source) -> Listing:
    """Parse a response with its source's adapter, in this process.

    Raises:
        SourceError: it is no listing. A fault of the parser itself is one too: no bytes a
            source can send may end the run.
    """
    try:
        listing = sources.adapter(source.kind).parse(response, source)
        return believed(listing, response.fetched_at)
    except SourceError:
        raise
    except MemoryError:
        raise
    except Exception as error:
        fault = f"cannot be read ({type(error).__name__}: {error})"
        raise ListingError(source.name, fault, "tell the listing's publisher") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What one listing may cost: seconds, and megabytes beyond the parser's own."""

    seconds: float = 2.0
    megabytes: int = 200


class Parsers:
    """A few workers, shared by threads; used as a context, which ends them."""

    def __init__(self, allowance: Allowance, workers: int = 2) -> None:
        """Start nothing yet; at most ``workers`` run at once."""
        self._allowance = allowance
        self._places: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        for _ in range(workers):
            self._places.put(None)

    def __enter__(self) -> Self:
        """Give the parsers."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End all workers."""
        with contextlib.suppress(queue.Empty):
            while True:
                worker = self._places.get_nowait()
                if worker is not None:
                    worker.kill()

    def parse(self, response: Response, source: Source) -> Listing:
        """Parse a response, waiting for a free worker.

        Raises:
            SourceError: it is no listing, or costs more than is allowed.
        """
        worker = self._places.get()
        try:
            worker = worker or _Worker(self._allowance)
            message = worker.ask(response, source)
        except _OverspentError as over:
            if worker is not None:
                worker.kill()
            worker = None
            cure = "raise [parse] if the source is to be trusted"
            raise ListingError(source.name, str(over), cure) from None
        finally:
            self._places.put(worker)
        # Unpickled once the worker is back: it need not wait for that.
        answer = pickle.loads(message)  # noqa: S301 written by our own worker
        assert isinstance(answer, Listing | SourceError)  # noqa: S101 the worker sends nothing else
        if isinstance(answer, SourceError):
            raise answer
        return answer


class _OverspentError(Exception):
    """A listing costs more time or memory than is allowed."""


class _Worker:
    """One process that parses."""

    def __init__(self, allowance: Allowance) -> None:
        self._allowance = allowance
        flags = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]  # noqa: SLF001 what multiprocessing uses to start alike
        self._process = subprocess.Popen(  # noqa: S603 our own module
            [sys.executable, *flags, "-m", "digest.parse", str(allowance.megabytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._await(time.monotonic() + _START_SECONDS, "the parser did not start")

    def ask(self, response: Response, source: Source) -> bytes:
        """Have a response parsed; gives the pickled Listing or SourceError."""
        deadline = time.monotonic() + self._allowance.seconds * _PATIENCE
        late = f"takes more than {self._allowance.seconds:g} s to read"
        spent = self._spent() + self._allowance.seconds
        self._send(pickle.dumps((response, source)), deadline, late)
        answer = self._await(deadline, late, spent)
        if answer is None:
            raise _OverspentError(
                f"takes more than {self._allowance.megabytes} MB of memory to read"
            )
        return answer

    def _send(self, message: bytes, deadline: float, late: str) -> None:
        """Write to the worker; one that does not read is hung."""
        assert self._process.stdin is not None  # noqa: S101 a pipe was asked for
        timer = threading.Timer(max(deadline - time.monotonic(), 0.0), self._process.kill)
        timer.start()
        try:
            self._process.stdin.write(_LENGTH.pack(len(message)) + message)
            self._process.stdin.flush()
        except OSError:
            raise _OverspentError(late) from None
        finally:
            timer.cancel()

    def _spent(self) -> float:
        """Give the seconds of processor time that the worker has used (proc(5), stat)."""
        try:
            with open(f"/proc/{self._process.pid}/stat", encoding="ascii") as stat:  # noqa: PTH123 a pseudo-file
                fields = stat.read().rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _await(
        self,
        deadline: float,
        late: str,
        most: float = math.inf,
    ) -> bytes | None:
        """Read the worker's answer, pickled; None where it died.

        ``most`` is how much processor time it may have used by then: on a busy machine an honest
        listing takes long by the clock, and ``deadline`` is only for one that sleeps.
        """
        out = self._process.stdout
        assert out is not None  # noqa: S101 a pipe was asked for
        received = bytearray()
        wanted = _LENGTH.size
        size: int | None = None
        while len(received) < wanted:
            left = deadline - time.monotonic()
            ready, _, _ = select.select([out], [], [], max(min(left, _LOOK_EVERY), 0.0))
            if not ready:
                if left <= 0 or self._spent() > most:
                    raise _OverspentError(late)
                continue
            part = out.read1(1 << 20)  # type: ignore[attr-defined]  # a BufferedReader
            if not part:
                return None
            received += part
            if size is None and len(received) >= _LENGTH.size:
                size = int(_LENGTH.unpack_from(received)[0])
                wanted = _LENGTH.size + size
        return bytes(received[_LENGTH.size :])

    def kill(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


def _serve(given: IO[bytes], taken: IO[bytes], megabytes: int) -> None:
    """Answer one request after another until the input ends or memory runs out."""
    sources.adapters()
    # Imported here, before the limit is set: what the parser itself needs is not the listing's.
    import feedparser  # noqa: F401
    import nh3  # noqa: F401

    _limit_memory(megabytes)
    _answer(taken, "ready")
    while header := given.read(_LENGTH.size):
        response, source = pickle.loads(given.read(_LENGTH.unpack(header)[0]))  # noqa: S301 from our own parent
        try:
            answer: Listing | SourceError = parse(response, source)
        except SourceError as error:
            answer = error
        _answer(taken, answer)


def _limit_memory(megabytes: int) -> None:
    """Allow this process ``megabytes`` of address space beyond what it has now.

    Where the system does not tell or does not limit (macOS), the limit of time alone holds.
    """
    with contextlib.suppress(OSError, ValueError):
        with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123 a pseudo-file
            pages = int(statm.read().split()[0])
        most = pages * resource.getpagesize() + megabytes * _MEGABYTE
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _answer(taken: IO[bytes], answer: object) -> None:
    message = pickle.dumps(answer)
    taken.write(_LENGTH.pack(len(message)) + message)
    taken.flush()


if __name__ == "__main__":
    with contextlib.suppress(MemoryError, BrokenPipeError, EOFError, KeyboardInterrupt):
        _serve(sys.stdin.buffer, sys.stdout.buffer, int(sys.argv[1]))
