"""digest.stencils: a piece made out for many is, filled in, what it would be for each alone."""

from __future__ import annotations

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from digest.emphasis import bare, plainly
from digest.pieces import Form, Markers, Piece
from digest.render.sheet import as_html
from digest.stencils import Starts, alike, cut

# How links may begin: what is the same for all readers, and what is another for each.
SITES = st.from_regex(r"https?://[a-z.-]{1,60}(/[a-zA-Z0-9._~%-]{0,30}){0,2}/", fullmatch=True)
READERS = st.from_regex(r"[0-9a-f]{16}\.[0-9]{8}\.[a-z2-7]{16}|[0-9a-z.-]{50}", fullmatch=True)


def card(*, wrapped: bool) -> Piece:
    """Make a piece with links, in paragraphs of their own or not, and other values."""
    markers = Markers(secret="s3cret")
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
    form, starts = Form(card(wrapped=wrapped), bare), Starts()
    told = {"link": plainly(f"{first}/01234567/more")}
    made = cut(form, told, again=("why",), start=first, starts=starts)
    values = {"number": plainly(" 7"), "why": plainly(why)}
    expected = form.filled({**values, "link": plainly(f"{second}/01234567/more")})
    assert made is not None
    assert b"".join(expected) == b"".join(made.filled(values, starts.begun(second)))


ADDRESSES = st.one_of(
    st.from_regex(r"https?://e\.org/[ax]{0,99}[a_.-]{0,9}[ax_-]{0,70}", fullmatch=True),
    st.text("aéF:/.-= <%", max_size=120),
)


@pytest.mark.parametrize("write", [bare, as_html])
@given(st.lists(ADDRESSES, min_size=1, max_size=9), st.text("wo rd.", max_size=60))
@example(["https://e.org/" + "a" * 100, "https://e.org/" + "a" * 61 + "--" + "a" * 37], "")
@example(["https://e.org/" + "a" * 100, "https://e.org/" + "a" * 61 + "-" + "a" * 38], "")
def test_addresses_of_one_shape(write: object, texts: list[str], before: str) -> None:
    """A value is encoded as if no other of its shape had come before it."""
    markers = Markers(secret="s3cret")
    line = f"{before}: {markers.hole('x')} on"
    assert callable(write)
    form = Form(markers.part(f"{line}\n{markers.wrap(line, 2)}\n{markers.hole('x')}"), write)
    made = cut(form, {})
    assert made is not None
    for text in [*texts, *texts]:
        values = {"x": plainly(text)}
        assert b"".join(form.filled(values)) == b"".join(made.filled(values))


def test_a_line_of_several_values_is_not_made_out() -> None:
    """Two open values within one wrapped line leave the piece to be filled in as a whole."""
    markers = Markers(secret="s3cret")
    form = Form(markers.part(markers.wrap(f"{markers.hole('x')} {markers.hole('y')}")), bare)
    whole = cut(form, {"y": plainly("z")})
    assert cut(form, {}) is None
    assert whole is not None
    assert b"a z=\r\n" == b"".join(whole.filled({"x": plainly("a")}))


def test_a_link_within_a_line_of_others_is_its_readers_alone() -> None:
    """Where a link is wrapped together with an open value, nothing is made out for others."""
    markers, first = Markers(secret="s3cret"), "https://e.org/feedback/ada.20260302.abc"
    line = f"Why: {markers.hole('why')} · More: {markers.hole('liked')}"
    form = Form(markers.part(markers.wrap(line, 4)), bare)
    told = {"liked": plainly(f"{first}/01234567/more")}
    assert cut(form, told, start=first, starts=Starts()) is None
    assert cut(form, told) is not None


def test_links_of_readers_are_alike() -> None:
    """Two links to judge by differ only in letters and digits of their last part."""
    made_of = "https://e.org/feedback/{}"
    assert "https://e.org/feedback/xxxx.xxxx" == alike(made_of.format("0a1b.c3d4"))
    assert "" == alike(made_of.format("a b")) == alike(made_of.format("é"))
