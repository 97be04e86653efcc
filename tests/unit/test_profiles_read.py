"""digest.store.profiles: short profiles that come again are read once, long ones are not kept."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest
from builders import interest

from digest.model import Profile
from digest.store.profiles import draws, profile_of


@pytest.mark.parametrize(("letters", "kept"), [(10, True), (5000, False)])
def test_long_profiles_are_not_kept(letters: int, kept: bool) -> None:
    """Equal profiles become one, unless they are long, as a library is: that is nobody else's."""
    profile = Profile(interests=(interest(text="a" * letters),))
    text = json.dumps(asdict(profile))
    first, again = profile_of(text), profile_of("".join(text))
    assert (profile, profile, kept) == (first, again, first is again)


@pytest.mark.parametrize("letters", [10, 5000])
@pytest.mark.parametrize("explore", [0, 2])
def test_draws(letters: int, explore: int) -> None:
    """A profile of any length says whether it wants entries by lot."""
    profile = Profile(interests=(interest(text="a" * letters),), explore=explore)
    assert bool(explore) == draws(json.dumps(asdict(profile)))
