"""Has memory cleaned up seldom while mails are made by the thousand.

What a mail is made of holds no reference to itself, so that all of it goes as soon as it is not
needed; looking for circles costs as much as a third of the work, and finds none.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

_SELDOM = 300_000  # containers made and not let go; Python's default is 700
_LARGEST = 16 << 20  # bytes; a matrix has a few million


@contextmanager
def seldom() -> Iterator[None]:
    """Leave what is there now out of the search, and search seldom."""
    _keep_matrices()
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_SELDOM, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


@cache
def _keep_matrices() -> None:
    """Have glibc keep what is let go for what comes next, from here on in this process.

    How large that may be it learns by the largest that it saw freed (mallopt(3),
    M_MMAP_THRESHOLD). Else it gives each matrix back to the system, and is given the next one page
    by page, which takes a third of ranking. Made once: the second time its pages would be cleared.
    """
    bytes(_LARGEST)
