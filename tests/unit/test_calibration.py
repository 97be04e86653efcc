"""digest.calibration: likenesses made shares."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.calibration import STATIC, TRANSFORMER, WORDS, Curve

CURVES = [TRANSFORMER, STATIC, WORDS]
likenesses = st.floats(-2, 2, width=32)
curves = st.sampled_from(CURVES)
examples = st.integers(0, 500)


def share(curve: Curve, likeness: float, number: int) -> float:
    """Give the share of one likeness to so many examples."""
    one = np.array([likeness], np.float32)
    return float(curve.share(one, np.array([curve.middle(number)], np.float32))[0])


@given(curves, examples, likenesses, likenesses)
def test_more_alike_is_a_greater_share(curve: Curve, number: int, one: float, other: float) -> None:
    """The share never falls where the likeness grows."""
    low, high = sorted((one, other))
    assert share(curve, low, number) <= share(curve, high, number)


@given(curves, examples, likenesses)
def test_shares_lie_in_bounds(curve: Curve, number: int, likeness: float) -> None:
    """A share is between nothing and one, whatever the likeness."""
    assert 0 <= share(curve, likeness, number) <= 1


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("number", [0, 1, 7, 100])
def test_half_at_the_middle(curve: Curve, number: int) -> None:
    """The likeness in the middle has a share of one half."""
    assert 0.5 == pytest.approx(share(curve, curve.middle(number), number), abs=1e-6)


@pytest.mark.parametrize("curve", CURVES)
def test_middle_grows_with_the_examples(curve: Curve) -> None:
    """Ten times the examples ask for so much more; a text alone has a middle of its own."""
    expected = [curve.text, curve.one, curve.one + curve.tenfold, curve.one + 2 * curve.tenfold]
    assert expected == [pytest.approx(curve.middle(number)) for number in (0, 1, 10, 100)]


def test_the_best_are_kept_apart() -> None:
    """Very good entries differ in six decimals, as they are printed."""
    printed = {round(share(TRANSFORMER, at / 10, 0), 6) for at in range(6, 16)}
    assert 10 == len(printed)
