"""digest.returnpath: a bounce's address names its subscriber, and nobody else can make one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.profile import subscriber_id
from digest.returnpath import LOCAL_MOST, ReturnPaths
from digest.tokens import Tokens

ADA, BOB = subscriber_id("ada@example.org"), subscriber_id("bob@example.org")
PATHS = ReturnPaths("bounces@example.org", Tokens(["a secret for tests, long enough"]))


def test_a_return_path_names_its_subscriber() -> None:
    """What was made for Ada is read as Ada's, within any text."""
    path = PATHS.make(ADA)
    texts = (path, f"<{path}>", f'"Mail" <{path.upper()}>, x@example.org', f"rfc822; {path}")
    assert (ADA,) * 4 == tuple(map(PATHS.read, texts))


def test_a_return_path_is_short() -> None:
    """The longest local part that is allowed gives 64 octets before the @."""
    local, _, _ = ReturnPaths(f"{'b' * LOCAL_MOST}@x.org", Tokens(["s"])).make(ADA).partition("@")
    assert (64, True) == (len(local), local == local.lower())


@pytest.mark.parametrize(
    "text",
    [
        "bounces@example.org",
        PATHS.make(ADA).replace(ADA, BOB),
        PATHS.make(ADA).replace("example.org", "example.com"),
        f"{PATHS.make(ADA)}x",
        f"x{PATHS.make(ADA)}",
        ReturnPaths("bounces@example.org", Tokens(["another secret"])).make(ADA),
    ],
    ids=["bare", "for another", "elsewhere", "longer", "another local part", "another's"],
)
def test_a_made_up_return_path_names_nobody(text: str) -> None:
    """A mark that is not for just this id, at just this address, names nobody."""
    assert "" == PATHS.read(text)


def test_the_one_of_several_that_is_ours_counts() -> None:
    """A forged return path before the true one takes nothing from it."""
    assert ADA == PATHS.read(f"{PATHS.make(ADA).replace(ADA, BOB)}, {PATHS.make(ADA)}")


@given(st.text(max_size=120))
def test_no_text_is_a_return_path(text: str) -> None:
    """Whatever stands in a header names nobody, without an error."""
    assert "" == PATHS.read(text)
