"""digest.space: whitened vectors of meaning."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from digest.space import BACKGROUND, TRANSFORMER, Floats, Space, Statistics, moments, unit

WIDTH = 6


def normal(count: int, seed: int = 0) -> Floats:
    """Draw vectors without a direction in common."""
    return np.random.default_rng(seed).normal(size=(count, WIDTH)).astype(np.float32)


def space(rows: Floats, broad: Statistics | None = None) -> Space:
    """Make the space of entries that have these vectors."""
    return Space(rows, broad)


@pytest.mark.parametrize("count", [1, 2, 5, 200])
def test_vectors_are_of_unit_length(count: int) -> None:
    """Whitened vectors have length one; the only entry of a day is nothing but its mean."""
    expected = [0.0] if count == 1 else [1.0] * count
    found = np.linalg.norm(space(unit(normal(count))).entries, axis=1)
    assert expected == pytest.approx(found.tolist(), abs=1e-4)


def test_what_all_have_in_common_is_taken_out() -> None:
    """Vectors that share one great direction are alike before, and not after."""
    rows = unit(normal(200) + 10 * np.eye(WIDTH, dtype=np.float32)[0])
    before, after = rows @ rows.T, (found := space(rows).entries) @ found.T
    assert (True, True) == (bool(before.mean() > 0.9), bool(abs(after.mean()) < 0.05))


def test_whitening_is_soft() -> None:
    """Cosines are those by the inverse of the covariance, most of it made round."""
    rows = unit(normal(50) * np.array([10, 3, 1, 1, 1, 1], np.float32))
    mean, covariance = moments(rows)
    shrinkage = TRANSFORMER.shrinkage
    round_ = shrinkage * np.trace(covariance) / WIDTH * np.eye(WIDTH)
    products = (rows - mean) @ np.linalg.inv((1 - shrinkage) * covariance + round_)
    products = products @ (rows - mean).T
    lengths = np.sqrt(np.diag(products))
    found = space(rows).entries
    np.testing.assert_allclose(products / np.outer(lengths, lengths), found @ found.T, atol=1e-4)


def test_a_tiny_pool_is_whitened_by_the_background() -> None:
    """One entry of the day barely moves what the background says of all texts."""
    rows = normal(400, seed=1) * np.array([9, 3, 1, 1, 1, 1], np.float32) + 1
    broad, hard = Statistics(*moments(rows)), replace(TRANSFORMER, shrinkage=0.2)
    one, asked = normal(1), normal(1, seed=2)[0]
    here = Space(one, broad, hard, {"asked": asked}).of(["asked"])
    there = Space(rows, tuning=hard, vectors={"asked": asked}).of(["asked"])
    assert 0.999 < float(here[0] @ there[0])


def test_a_large_pool_outweighs_the_background() -> None:
    """The mean of a day of many entries is their own, whatever the background's."""
    rows = normal(20 * BACKGROUND)
    broad = Statistics(np.full(WIDTH, 9, np.float32), np.eye(WIDTH, dtype=np.float32))
    with_it, without = space(rows, broad).entries, space(rows).entries
    assert 0.99 < float((with_it * without).sum(1).mean())


def test_equal_entries_have_no_spread() -> None:
    """A day whose entries are all the same gives no direction, and no fault."""
    rows = np.repeat(unit(normal(1)), 3, axis=0)
    assert bool(np.isfinite(space(rows).entries).all())


def test_texts_beside_the_entries_are_in_the_space() -> None:
    """An interest's text is whitened as an entry of the same vector is."""
    rows = unit(normal(5))
    found = Space(rows).beside({"asked": rows[2]})
    np.testing.assert_allclose(found.entries[2], found.of(["asked"])[0], atol=1e-6)


def test_unit_leaves_zero() -> None:
    """A row is scaled to length one; one without length stays."""
    rows = np.array([[3, 4], [0, 0]], np.float32)
    assert [[0.6, 0.8], [0.0, 0.0]] == [pytest.approx(row) for row in unit(rows).tolist()]
