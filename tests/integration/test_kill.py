"""Runs killed at random instants lose nothing and repeat at most a mail a connection."""

from __future__ import annotations

from pathlib import Path

import pytest

from integration.killing import CONNECTIONS, killed


@pytest.mark.parametrize("abilities", [(), ("PIPELINING",), ("PIPELINING", "CHUNKING")])
def test_a_kill_loses_nothing_and_repeats_little(
    tmp_path: Path, abilities: tuple[str, ...]
) -> None:
    """After two kills all have come, at most one a connection and kill twice; balances add up."""
    tally = killed(tmp_path, kills=2, seed=1, abilities=abilities)
    assert (0, 0) == (tally.lost, tally.unbalanced), str(tally)
    assert tally.most <= CONNECTIONS, str(tally)
