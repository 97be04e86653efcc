"""Colours that can be read: an accent brought to enough contrast with its ground. Pure."""

from __future__ import annotations

from collections.abc import Sequence

LIGHT_GROUND = (0xF1, 0xF3, 0xF5)
DARK_GROUND = (0x1C, 0x20, 0x26)
_ENOUGH = 5.0  # a little above the 4.5 that WCAG 2.2 asks of text (1.4.3)
_STEP = 8
_LINEAR_UP_TO = 0.04045


def on_light(colour: str) -> str:
    """Darken ``#rrggbb`` until it reads on the light ground."""
    return _until(colour, LIGHT_GROUND, 0)


def on_dark(colour: str) -> str:
    """Lighten ``#rrggbb`` until it reads on the dark ground."""
    return _until(colour, DARK_GROUND, 255)


def _until(colour: str, ground: Sequence[int], goal: int) -> str:
    """Mix a colour with black or white, ``goal``, until it has enough contrast."""
    rgb = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    while contrast(rgb, ground) < _ENOUGH:
        rgb = [_nearer(channel, goal) for channel in rgb]
    return "#" + "".join(f"{channel:02x}" for channel in rgb)


def _nearer(channel: int, goal: int) -> int:
    step = abs(goal - channel) // _STEP + 1
    return min(channel + step, goal) if goal > channel else max(channel - step, goal)


def contrast(one: Sequence[int], other: Sequence[int]) -> float:
    """Give the contrast ratio of two colours (WCAG 2.2, "contrast ratio")."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(rgb: Sequence[int]) -> float:
    linear = [
        c / 12.92 if (c := channel / 255) <= _LINEAR_UP_TO else ((c + 0.055) / 1.055) ** 2.4
        for channel in rgb
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
