"""How profiles are read from subscribers' rows, where they are JSON."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from digest.model import Example, Interest, Profile

_SHORT = 4_000  # characters


def profile_of(text: str) -> Profile:
    """Read a profile; equal ones become one, so that they are ranked and composed once.

    One with a long library is nobody else's, and would take much room.
    """
    return _short(text) if len(text) < _SHORT else _short.__wrapped__(text)


def draws(text: str) -> bool:
    """Whether a profile wants entries that are drawn by lot: asked for each of its readers."""
    return _short_draws(text) if len(text) < _SHORT else _short_draws.__wrapped__(text)


@lru_cache
def dressed(template: str, language: str) -> Profile:
    """Give a profile of which only is known how its mails look."""
    return Profile(template=template, language=language)


@lru_cache(maxsize=8_192)
def _short_draws(text: str) -> bool:
    return bool(profile_of(text).explore)


@lru_cache(maxsize=1_024)  # of some blocks that are planned
def _short(text: str) -> Profile:
    content = json.loads(text)
    return Profile(**{**content, "interests": tuple(map(_interest, content["interests"]))})


def _interest(content: dict[str, Any]) -> Interest:
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in content.items()
    }
    for name in ("examples", "counterexamples"):
        values[name] = tuple(Example(**example) for example in content.get(name, ()))
    return Interest(**values)
