"""Listings of this machine: files on disk, and programs that print one. Part of fetching."""

from __future__ import annotations

import select
import subprocess
import time
from pathlib import Path

from digest.errors import FetchError
from digest.model import Request

_WORDS_MOST = 200


def read(name: str, source: str, most: int) -> bytes:
    """Read a file of at most ``most`` bytes; a pipe or directory is none.

    Raises:
        FetchError: it cannot be read.
    """
    path = Path(name)
    try:
        if path.exists() and not path.is_file():
            raise FetchError(source, f"{path} is not a file", "give a file")
        if path.stat().st_size > most:
            raise FetchError(source, too_large(most), "raise http.max_bytes")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        named = "" if name == source else f"{path} "
        fault = f"{named}cannot be read ({getattr(error, 'strerror', None) or error})"
        raise FetchError(source, fault, "check the path") from None


def run(request: Request, source: str, seconds: float, most: int) -> bytes:
    """Run the operator's program, without a shell, and give what it prints.

    It may take ``seconds`` and print ``most`` bytes; then it is killed.

    Raises:
        FetchError: it cannot be started, takes too long, prints too much, or fails.
    """
    try:
        program = subprocess.Popen(  # noqa: S603 the operator's own command, no shell
            request.command,
            cwd=request.path or None,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    except (OSError, ValueError) as error:
        fault = f"{request.command[0]} cannot be started ({error})"
        raise FetchError(source, fault, "check the command") from None
    with program:
        try:
            printed, said = _collect(program, source, time.monotonic() + seconds, most)
        finally:
            program.kill()
    if program.returncode:
        words = " ".join(said.decode("utf-8", "replace").split())[:_WORDS_MOST]
        fault = f"{request.command[0]} ended with {program.returncode} ({words or 'no message'})"
        raise FetchError(source, fault, "run it by hand")
    return printed


def _collect(
    program: subprocess.Popen[bytes], source: str, deadline: float, most: int
) -> tuple[bytes, bytes]:
    """Read both outputs to their ends, within the limits."""
    assert program.stdout is not None  # noqa: S101 pipes were asked for
    assert program.stderr is not None  # noqa: S101 likewise
    outputs = {program.stdout: bytearray(), program.stderr: bytearray()}
    open_ones = list(outputs)
    while open_ones:
        ready, _, _ = select.select(open_ones, [], [], max(deadline - time.monotonic(), 0.0))
        if not ready:
            raise FetchError(source, "takes too long", "raise http.timeout, or mend the program")
        for output in ready:
            part = output.read1(1 << 16)  # type: ignore[attr-defined]  # a BufferedReader
            outputs[output] += part
            if not part:
                open_ones.remove(output)
            if len(outputs[output]) > most:
                raise FetchError(source, too_large(most), "raise http.max_bytes")
    program.wait(max(deadline - time.monotonic(), 0.1))
    return bytes(outputs[program.stdout]), bytes(outputs[program.stderr])


def too_large(most: int) -> str:
    """Say that a listing is over the limit."""
    return f"is larger than {most:,} bytes"
