"""digest.sparse: products of sparse rows equal those of the dense matrices they stand for."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from digest.sparse import Floats, Known, Places, Rows, marked, summed

WIDTH = 5
NAMES = "abcd"

values = st.integers(-4, 4).filter(bool).map(float)  # whole numbers add up without rounding
rows = st.dictionaries(st.integers(0, WIDTH - 1), values, max_size=WIDTH).map(
    lambda held: (np.array(list(held), np.int64), np.array(list(held.values()), np.float32))
)
names = st.lists(st.lists(st.sampled_from(NAMES), max_size=4), max_size=4)
knowledge = st.tuples(*(rows for _ in NAMES)).map(
    lambda found: dict(zip(NAMES, found, strict=True))
)


def dense(row: tuple[Places, Floats]) -> Floats:
    """Write a sparse row out."""
    found = np.zeros(WIDTH, np.float32)
    found[row[0]] = row[1]
    return found


@st.composite
def products(draw: st.DrawFn) -> tuple[list[tuple[Places, Floats]], list[tuple[int, int, float]]]:
    """Draw rows, and what goes where: into which row of three, which row, times what."""
    of = draw(st.lists(rows, min_size=1, max_size=4))
    each = st.tuples(st.integers(0, 2), st.integers(0, len(of) - 1), values)
    return of, draw(st.lists(each, max_size=6))


@given(products())
def test_weighted(drawn: tuple[list[tuple[Places, Floats]], list[tuple[int, int, float]]]) -> None:
    """Each row of the result is the sum of the chosen rows, times their weights."""
    of, terms = drawn
    expected = np.zeros((3, WIDTH), np.float32)
    for into, chosen, weight in terms:
        expected[into] += weight * dense(of[chosen])
    found = Rows.of(of, WIDTH).weighted(
        np.array([into for into, _, _ in terms], np.int64),
        np.array([chosen for _, chosen, _ in terms], np.int64),
        np.array([weight for _, _, weight in terms], np.float32),
        3,
    )
    np.testing.assert_array_equal(expected, found)


@given(names, knowledge)
def test_summed(wanted: list[list[str]], known: Known) -> None:
    """For each list of names, the sum of their rows; a name that comes twice counts twice."""
    expected = [sum((dense(known[name]) for name in row), np.zeros(WIDTH)) for row in wanted]
    found = summed(wanted, known, WIDTH)
    np.testing.assert_array_equal(np.array(expected).reshape(len(wanted), WIDTH), found)


@given(names, knowledge)
def test_marked(wanted: list[list[str]], known: Known) -> None:
    """For each list of names, what any of their rows holds, whatever its value."""
    held = [{int(at) for name in row for at in known[name][0]} for row in wanted]
    expected = [[at in found for at in range(WIDTH)] for found in held]
    assert expected == marked(wanted, known, WIDTH).tolist()


def test_marks_do_not_cancel() -> None:
    """Two rows that add up to nothing are marked all the same."""
    place = np.array([1], np.int64)
    known = {"a": (place, np.ones(1, np.float32)), "b": (place, -np.ones(1, np.float32))}
    assert [[False, True]] == marked([["a", "b"]], known, 2).tolist()
