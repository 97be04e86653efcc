"""Has work done in processes of its own, under a limit of time and memory.

What hangs or swells on hostile bytes is killed with its process, which is replaced; all else goes
on. Workers are started when first needed and serve one request after another.

A worker is a module run by ``python -m`` that calls ``serve``: it reads requests from standard
input and answers, each pickled behind its length. Both ends are ours; nothing that came from
outside is unpickled, only carried.
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
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

_LENGTH = struct.Struct(">Q")
_START_SECONDS = 30.0
_PATIENCE = 10  # times the allowance by the clock, for one that does not use the processor
_LOOK_EVERY = 0.1
_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What one request may cost: seconds, and megabytes beyond the worker's own."""

    seconds: float = 2.0
    megabytes: int = 200


class OverspentError(Exception):
    """A request costs more time or memory than is allowed."""


class Workers:
    """A few processes that run ``module``, shared by threads; a context, which ends them."""

    def __init__(self, module: str, allowance: Allowance, workers: int = 2) -> None:
        """Start nothing yet; at most ``workers`` run at once."""
        self._module = module
        self._allowance = allowance
        self._places: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        for _ in range(workers):
            self._places.put(None)

    def __enter__(self) -> Self:
        """Give the workers."""
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

    def ask(self, request: object) -> Any:  # noqa: ANN401 whatever the module answers
        """Have a request answered, waiting for a free worker.

        Raises:
            OverspentError: it costs more than is allowed.
        """
        worker = self._places.get()
        try:
            worker = worker or _Worker(self._module, self._allowance)
            message = worker.ask(request)
        except OverspentError:
            if worker is not None:
                worker.kill()
            worker = None
            raise
        finally:
            self._places.put(worker)
        # Unpickled once the worker is back: it need not wait for that.
        return pickle.loads(message)  # noqa: S301 written by our own worker


class _Worker:
    """One process that answers."""

    def __init__(self, module: str, allowance: Allowance) -> None:
        self._allowance = allowance
        flags = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]  # noqa: SLF001 what multiprocessing uses to start alike
        self._process = subprocess.Popen(  # noqa: S603 a module of ours
            [sys.executable, *flags, "-m", module, str(allowance.megabytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._await(time.monotonic() + _START_SECONDS, "its worker did not start")

    def ask(self, request: object) -> bytes:
        """Have a request answered; gives the answer pickled."""
        deadline = time.monotonic() + self._allowance.seconds * _PATIENCE
        late = f"takes more than {self._allowance.seconds:g} s to read"
        spent = self._spent() + self._allowance.seconds
        self._send(pickle.dumps(request), deadline, late)
        answer = self._await(deadline, late, spent)
        if answer is None:
            raise OverspentError(
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
            raise OverspentError(late) from None
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
                    raise OverspentError(late)
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


def serve(answer: Callable[[Any], object], prepare: Callable[[], object], megabytes: int) -> None:
    """Answer one request after another until the input ends or memory runs out.

    ``prepare`` loads what the work itself needs, before memory is limited.
    """
    given, taken = sys.stdin.buffer, sys.stdout.buffer

    def say(message: bytes) -> None:
        taken.write(_LENGTH.pack(len(message)) + message)
        taken.flush()

    with contextlib.suppress(MemoryError, BrokenPipeError, EOFError, KeyboardInterrupt):
        prepare()
        _limit_memory(megabytes)
        say(pickle.dumps("ready"))
        while header := given.read(_LENGTH.size):
            request = pickle.loads(given.read(_LENGTH.unpack(header)[0]))  # noqa: S301 from our own parent
            say(pickle.dumps(answer(request)))


def _limit_memory(megabytes: int) -> None:
    """Allow this process ``megabytes`` of address space beyond what it has now.

    Where the system does not tell or does not limit (macOS), the limit of time alone holds.
    """
    with contextlib.suppress(OSError, ValueError):
        with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123 a pseudo-file
            pages = int(statm.read().split()[0])
        most = pages * resource.getpagesize() + megabytes * _MEGABYTE
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
