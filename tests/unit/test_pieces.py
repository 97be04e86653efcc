"""digest.pieces: a text parted at its markers, and joined again."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from digest.emphasis import bare, plainly
from digest.pieces import Form, Markers, Piece, alike, begun
from digest.printable import decoded


def made(secret: str = "s3cret") -> Markers:
    """Make markers."""
    return Markers(secret=secret)


def filled(piece: Piece, values: Mapping[str, str]) -> str:
    """Give what a mail shows of a piece with these values."""
    texts = {name: plainly(value) for name, value in values.items()}
    return decoded(b"".join(Form(piece, bare).filled(texts))).decode().replace("\r\n", "\n")


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


# How links may begin: what is the same for all readers, and what is another for each.
SITES = st.from_regex(r"https?://[a-z.-]{1,60}(/[a-zA-Z0-9._~%-]{0,30}){0,2}/", fullmatch=True)
READERS = st.from_regex(r"[0-9a-f]{16}\.[0-9]{8}\.[a-z2-7]{16}|[0-9a-z.-]{50}", fullmatch=True)


def card(*, wrapped: bool) -> Piece:
    """Make a piece with links, in paragraphs of their own or not, and other values."""
    markers = made()
    why, link = (markers.hole(name) for name in ("why", "link"))
    links = [f"Mehr für Sie: {link}", f"More: {link}"]
    if wrapped:
        links = [markers.wrap(link, 4) for link in links]
    lines = [f"{markers.hole('number')}. {why} é", markers.wrap(f"Why: {why}", 4), *links]
    return markers.part("\n".join(lines))


@pytest.mark.parametrize("wrapped", [False, True])
@given(SITES, READERS, READERS, st.text("ab é=.-", max_size=90))
def test_a_card_made_for_one_reader_is_anothers(
    wrapped: bool, site: str, one: str, two: str, why: str
) -> None:
    """A card filled in for one reader, but for how links begin, is what it is for another."""
    first, second = site + one, site + two
    assume(alike(first) and alike(first) == alike(second))
    form = Form(card(wrapped=wrapped), bare)
    ready = form.ready({"link": plainly(f"{first}/01234567/more")}, first)
    values = {"number": plainly(" 7"), "why": plainly(why)}
    expected = form.filled({**values, "link": plainly(f"{second}/01234567/more")})
    assume(ready is not None)  # the second paragraph may have room for its link
    assert ready is not None
    found = ready.filled(values, begun(second, ready.breaks))
    assert b"".join(expected) == b"".join(found)


def test_links_of_readers_are_alike() -> None:
    """Two links to judge by differ only in letters and digits of their last part."""
    made_of = "https://e.org/feedback/{}"
    assert "https://e.org/feedback/xxxx.xxxx" == alike(made_of.format("0a1b.c3d4"))
    assert "" == alike(made_of.format("a b")) == alike(made_of.format("é"))
