"""Reads a library of papers that a stranger uploaded.

Run as ``python -m digest.upload`` this is a worker with limits of time and memory, in which alone
such bytes are read.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import PurePath

from digest import bibliography
from digest.confined import Allowance, OverspentError, Workers, serve
from digest.errors import SettingsError
from digest.model import Example
from digest.text import shorten

BYTES_MOST = 1_000_000
PAPERS_MOST = 500
TITLE_MOST, SUMMARY_MOST = 300, 1500
_ALLOWANCE = Allowance(seconds=5.0, megabytes=300)


def read(name: str, content: bytes) -> tuple[Example, ...]:
    """Read a library in a process of its own; of a large one the newest papers.

    Raises:
        ValueError: it is of no known kind, too large, or no library; the message holds fault and
            cure.
    """
    suffix = PurePath(name).suffix.lower()
    if suffix not in bibliography.SUFFIXES:
        raise ValueError(f"is of no known kind; give a file ending in {_kinds()}")
    if len(content) > BYTES_MOST:
        raise ValueError(f"is larger than {BYTES_MOST // 1_000_000} MB; give a part of it")
    with Workers("digest.upload", _ALLOWANCE, workers=1) as workers:
        try:
            found = workers.ask((suffix, content))
        except OverspentError as error:
            raise ValueError(f"{error}; give a part of it") from None
    if isinstance(found, str):
        raise ValueError(found)  # noqa: TRY004 not a wrong type of ours, but the worker's word
    return tuple(found)


def _kinds() -> str:
    *some, last = bibliography.SUFFIXES
    return f"{', '.join(some)} or {last}"


def parse(suffix: str, content: bytes) -> tuple[Example, ...] | str:
    """Read a library, or say what is wrong with it. To be called in a worker."""
    try:
        library = bibliography.parse(suffix, content.decode(errors="replace"), "")
    except SettingsError as error:
        (problem,) = error.problems
        return f"{problem.fault}; {problem.cure}"
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 no bytes a stranger can send may end the page
        return f"cannot be read ({type(error).__name__}); export it again"
    newest = sorted(library.examples, key=lambda one: one.year)[-PAPERS_MOST:]
    return tuple(
        replace(
            one,
            title=shorten(one.title, TITLE_MOST),
            summary=one.summary[:SUMMARY_MOST],
        )
        for one in newest
    )


def _answered(request: tuple[str, bytes]) -> tuple[Example, ...] | str:
    return parse(*request)


def _prepare() -> None:
    """Load what reading itself needs: it is not the library's."""
    parse(".bib", b"@misc{a, title={A}}")
    parse(".ris", b"TY  - JOUR\nTI  - A\nER  - ")


if __name__ == "__main__":
    serve(_answered, _prepare, int(sys.argv[1]))
