"""digest.amend: a limit and thresholds written into a profile file, all else as it stands."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.amend import amend, amended_text, fingerprint
from digest.errors import ChangedError, SettingsError

PROFILE = """\
# Ada reads at breakfast.
email = "ada@example.org"   # at home
limit   =   8  # enough for one coffee

# what the group works on
[[interest]]
name = "Graphs"
keywords = ["graph*",
    "[[interest]]",  # not a table
]

# and for pleasure
[[interest]]
name = 'Stars'
threshold = 0.50   # the telescope writes much

[trending]
show = 3
"""
LINES = [
    "# a comment",
    "",
    "   ",
    "# [[interest]]",
    "text = '''\nthreshold = 1\n# no comment\n'''",
    'keywords = [\n  "a",  # one\n\n  "b"\n]',
    "weight = 2",
    "threshold=0.125 # was: high",
]


def test_comments_and_layout_stay() -> None:
    """Only the values change; a new one stands after the last of its own table."""
    amended = amended_text(PROFILE, 20, {0: 0.4, 1: 0.25})
    expected = (
        PROFILE.replace("limit   =   8 ", "limit   =   20 ")
        .replace("# not a table\n]\n", "# not a table\n]\nthreshold = 0.4\n")
        .replace("threshold = 0.50 ", "threshold = 0.25 ")
    )
    assert expected == amended


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "a = 1\n# b\n[[interest]]\nb = 2\n\n# c\n",
            "a = 1\nlimit = 3\n# b\n[[interest]]\nb = 2\nthreshold = 0.5\n\n# c\n",
        ),
        (
            "a = 1\r\n[[interest]]\r\nb = 2",
            "a = 1\r\nlimit = 3\r\n[[interest]]\r\nb = 2\r\nthreshold = 0.5\r\n",
        ),
        ("interest = [{b = 2}] # c\n", "interest = [{b = 2,threshold = 0.5}] # c\nlimit = 3\n"),
        ("[[interest]]\n# none\n", "limit = 3\n[[interest]]\n# none\nthreshold = 0.5\n"),
    ],
    ids=["comments", "line ends", "inline", "empty"],
)
def test_new_values_find_their_place(text: str, expected: str) -> None:
    """A value that was not there is added to its own table, in the file's line ends."""
    assert expected == amended_text(text, 3, {0: 0.5})


@st.composite
def profiles(draw: st.DrawFn) -> str:
    """Draw a profile of odd layout: each setting at most once a table."""
    some = st.lists(st.sampled_from(LINES), unique=True, max_size=6)
    head = draw(st.sampled_from(["", "limit=7# few\n", "# x\n\nlimit = 1_0\n\n"]))
    tables = draw(st.lists(some, min_size=1, max_size=4))
    end = draw(st.sampled_from(["", "\n", "\n# the end", "\n[trending]\nshow = 1\n"]))
    return head + "".join("\n".join(["[[interest]]", *lines]) + "\n" for lines in tables) + end


@given(profiles(), st.integers(1, 500), st.integers(0, 100))
def test_nothing_else_is_said(text: str, limit: int, hundredths: int) -> None:
    """Whatever the layout, the settings are there, and every line that was there still is."""
    threshold = hundredths / 100
    amended = amended_text(text, limit, {0: threshold})
    wanted = tomllib.loads(text) | {"limit": limit}
    wanted["interest"][0]["threshold"] = threshold
    kept = [line for line in text.splitlines() if "limit" not in line and "threshold=" not in line]
    left = iter(amended.splitlines())
    assert (wanted, True) == (tomllib.loads(amended), all(line in left for line in kept))


def test_a_file_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    """Who has seen another content writes nothing, and leaves nothing behind."""
    path = tmp_path / "ada.toml"
    path.write_text(PROFILE, encoding="utf-8")
    seen = fingerprint(path)
    path.write_text(f"{PROFILE}# mine\n", encoding="utf-8")
    with pytest.raises(ChangedError, match=r"ada\.toml: was changed meanwhile"):
        amend(path, seen, 20, {})
    assert ([path], f"{PROFILE}# mine\n") == ([*tmp_path.iterdir()], path.read_text("utf-8"))


def test_a_link_and_its_permissions_stay(tmp_path: Path) -> None:
    """A profile behind a link is written where it lies, and stays as private as it was."""
    path, link = tmp_path / "real.toml", tmp_path / "ada.toml"
    path.write_bytes(b"\xef\xbb\xbf" + PROFILE.encode())
    path.chmod(0o640)
    link.symlink_to(path)
    amend(link, fingerprint(link), 20, {})
    begins = path.read_bytes()[:5]
    assert (True, 0o640, b"\xef\xbb\xbf# ", True) == (
        link.is_symlink(),
        path.stat().st_mode & 0o777,
        begins,
        "limit   =   20 " in path.read_text("utf-8"),
    )


def test_what_cannot_be_amended_is_named(tmp_path: Path) -> None:
    """A file that is no TOML any more, or has no such interest, is refused in one line."""
    path = tmp_path / "ada.toml"
    path.write_text("limit = [", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"ada\.toml: cannot be amended .*; change it by hand"):
        amend(path, fingerprint(path), 20, {})
    path.write_text(PROFILE, encoding="utf-8")
    with pytest.raises(SettingsError, match="it has no interest 3"):
        amend(path, fingerprint(path), None, {2: 0.5})
