"""digest.colour: an accent that can be read."""

from __future__ import annotations

import pytest

from digest import colour

ACCENTS = ["#000000", "#0b57d0", "#ff0000", "#1c2026", "#ffffff", "#ffff00"]


def rgb(value: str) -> list[int]:
    """Read ``#rrggbb``."""
    return [int(value[at : at + 2], 16) for at in (1, 3, 5)]


@pytest.mark.parametrize("accent", ACCENTS)
def test_an_accent_reads_on_the_dark_ground(accent: str) -> None:
    """On the dark ground the accent has the contrast that WCAG asks of text."""
    assert colour.contrast(rgb(colour.on_dark(accent)), colour.DARK_GROUND) >= 4.5


@pytest.mark.parametrize("accent", ACCENTS)
def test_an_accent_reads_on_the_light_ground(accent: str) -> None:
    """On the light ground, too."""
    assert colour.contrast(rgb(colour.on_light(accent)), colour.LIGHT_GROUND) >= 4.5


def test_a_good_accent_stays() -> None:
    """An accent that reads is not touched."""
    assert "#0b57d0" == colour.on_light("#0b57d0")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [((0, 0, 0), (255, 255, 255), 21.0), ((119, 119, 119), (255, 255, 255), 4.48)],
)
def test_contrast(one: tuple[int, int, int], other: tuple[int, int, int], expected: float) -> None:
    """Contrast is what WCAG's formula gives: 21 for black on white, 4.48 for #777 on white."""
    assert expected == round(colour.contrast(one, other), 2)
