"""What all tests share: repeatable property tests, and where data and samples lie."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import settings

from digest.confined import Allowance, Workers
from digest.parse import Parsers

HERE = Path(__file__).parent

# The same examples on every run and machine; nothing is kept between runs.
settings.register_profile("repeatable", derandomize=True, database=None, deadline=None)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def data() -> Path:
    """Give the folder of the hand-written listings."""
    return HERE / "data"


class KeptParsers(Parsers):
    """Parsers whose workers outlive a pass: to start one for each test takes half the time."""

    kept: ClassVar[dict[tuple[Allowance, int], Workers]] = {}

    def __init__(self, allowance: Allowance, workers: int = 3) -> None:
        """Take the workers of an earlier test with the same limits, or make them."""
        key = (allowance, workers)
        if key not in self.kept:
            self.kept[key] = Workers("digest.parse", allowance, workers)
        self._workers = self.kept[key]

    def __exit__(self, *raised: object) -> None:
        """Leave the workers to the next test."""


@pytest.fixture(scope="session", autouse=True)
def parsers() -> Iterator[None]:
    """Have passes within the tests' own process share workers, which end with the session."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("digest.app.Parsers", KeptParsers)
        yield
    _end_workers()


@pytest.fixture
def alone() -> None:
    """Have no worker of another test's pass run beside a test that counts processes."""
    _end_workers()


def _end_workers() -> None:
    for workers in KeptParsers.kept.values():
        workers.__exit__(None, None, None)
    KeptParsers.kept.clear()


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep vectors in a folder of the tests, not in that of whoever runs them."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "XDG_CACHE_HOME", str(folder))
        yield folder
