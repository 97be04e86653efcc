"""digest.pieces: a text parted at its markers, and joined again."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from digest.emphasis import bare, plainly
from digest.pieces import Form, Markers, Piece
from digest.printable import decoded


def made(secret: str = "s3cret") -> Markers:
    """Make markers."""
    return Markers(secret=secret)


def filled(piece: Piece, values: Mapping[str, str]) -> str:
    """Give what a mail shows of a piece with these values."""
    texts = {name: plainly(value) for name, value in values.items()}
    return decoded(Form(piece, bare).filled(texts)).decode().replace("\r\n", "\n")


def test_what_is_parted_is_joined_with_its_values() -> None:
    """Each hole takes the value of its name."""
    markers = made()
    piece = markers.part(f"a {markers.hole('x.one')} b {markers.hole('x.two')}")
    assert "a 1 b 2" == filled(piece, {"x.one": "1", "x.two": "2"})


def test_a_paragraph_is_wrapped_with_its_values() -> None:
    """A line with a marker is wrapped once it is known what stands there."""
    markers = made()
    piece = markers.part(markers.wrap(f"{'a' * 40} {markers.hole('x')}", 2))
    assert f"  {'a' * 40}\n  {'b' * 40}" == filled(piece, {"x": "b" * 40})


def test_a_heading_is_underlined_with_its_value() -> None:
    """The line below a heading is as long as what stands there."""
    markers = made()
    piece = markers.part(markers.underline(markers.hole("x")))
    assert "abc\n---" == filled(piece, {"x": "abc"})


def test_a_line_without_markers_is_written_at_once() -> None:
    """What nobody has to fill in is wrapped right away."""
    assert "    a" == made().wrap("a", 4)


@pytest.mark.parametrize("change", [str.upper, lambda text: text[:9], str.title])
def test_a_changed_marker_is_noticed(change: object) -> None:
    """A filter that changes a personal value cannot work, and is refused."""
    markers = made()
    assert callable(change)
    with pytest.raises(ValueError, match="may only be shown"):
        markers.part(change(markers.hole("view.summary")))


def test_a_value_that_looks_like_a_marker_stays_text() -> None:
    """What is filled in is not looked at again."""
    markers = made()
    piece = markers.part(markers.hole("x"))
    assert markers.hole("y") == filled(piece, {"x": markers.hole("y"), "y": "no"})
