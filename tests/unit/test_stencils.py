"""digest.stencils: a piece made out for many is, filled in, what it would be for each alone."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from digest.emphasis import Line, Row, as_html, bare, plainly
from digest.linebreaks import alike
from digest.pieces import Form, Hole, Markers, Piece
from digest.printable import decoded
from digest.stencils import LINK, Ways, cut

# How links may begin: what is the same for all readers, and what is another for each.
SITES = st.from_regex(r"https?://[a-z.-]{1,60}(/[a-zA-Z0-9._~%-]{0,30}){0,2}/", fullmatch=True)
READERS = st.from_regex(r"[0-9a-f]{16}\.[0-9]{8}\.[a-z2-7]{16}|[0-9a-z.-]{50}", fullmatch=True)
TEXTS = st.text("ab é=.-", max_size=90).map(plainly)
LINES = TEXTS | st.lists(TEXTS).map(Row)


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
@given(SITES, READERS, READERS, LINES)
def test_a_card_made_for_one_reader_is_anothers(
    wrapped: bool, site: str, one: str, two: str, why: Line
) -> None:
    """A card filled in for one reader, but for how links begin, is what it is for another."""
    first, second = site + one, site + two
    assume(alike(first) and alike(first) == alike(second))
    form, ways = Form(card(wrapped=wrapped), bare), Ways(again=("why",))
    made = cut(form, {"link": plainly(f"{first}/01234567/more")}, ways, first)
    values = {"number": plainly(" 7"), "why": why}
    expected = form.filled({**values, "link": plainly(f"{second}/01234567/more")})
    columns: dict[str, list[object]] = {name: [value] * 2 for name, value in values.items()}
    assert made is not None
    rows = zip(range(2), ways.rows(columns, {LINK: second}), strict=False)
    assert [expected] * 2 == [made.filled(told) for _, told in rows]


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
    ways = Ways()
    made = cut(form, {}, ways)
    assert made is not None
    for text in [*texts, *texts]:
        values = {"x": plainly(text)}
        assert form.filled(values) == made.filled(ways.told(values))


@pytest.mark.parametrize(("wrapped", "expected"), [(False, "äöü"), (True, ["äö", "öü", "äö"])])
def test_what_comes_again_is_encoded_once(wrapped: bool, expected: Sequence[str]) -> None:
    """Of rows each text is encoded once; within lines each row as a whole, which is not kept."""
    written: list[str] = []

    def write(line: Line) -> str:
        written.append(line.bare)
        return line.bare

    markers = Markers(secret="s3cret")
    why = markers.wrap(markers.hole("why")) if wrapped else markers.hole("why")
    ways, rows = Ways(again=("why",)), [Row(map(plainly, said)) for said in ("äö", "öü", "äö")]
    made = cut(Form(markers.part(why), write), {}, ways)
    assert made is not None
    told = [decoded(made.filled(one)).decode() for one in ways.rows({"why": rows}, {})]
    assert (["äö", "öü", "äö"], list(expected)) == (told, written)


def test_a_line_of_several_values_is_not_made_out() -> None:
    """Two open values within one wrapped line leave the piece to be filled in as a whole."""
    markers = Markers(secret="s3cret")
    form = Form(markers.part(markers.wrap(f"{markers.hole('x')} {markers.hole('y')}")), bare)
    ways = Ways()
    whole = cut(form, {"y": plainly("z")}, ways)
    assert cut(form, {}, Ways()) is None
    assert whole is not None
    assert b"a z=\r\n" == whole.filled(ways.told({"x": plainly("a")}))


def test_a_link_within_a_line_of_others_is_its_readers_alone() -> None:
    """Where a link is wrapped together with an open value, nothing is made out for others."""
    markers, first = Markers(secret="s3cret"), "https://e.org/feedback/ada.20260302.abc"
    line = f"Why: {markers.hole('why')} · More: {markers.hole('liked')}"
    form = Form(markers.part(markers.wrap(line, 4)), bare)
    told = {"liked": plainly(f"{first}/01234567/more")}
    assert cut(form, told, Ways(), first) is None
    assert cut(form, told, Ways()) is not None


def test_what_was_made_out_before_stays_as_it_was() -> None:
    """Ways that later pieces need change nothing for those that were made out before."""
    markers, ways = Markers(secret="s3cret"), Ways(again=("x",))
    pieces = [
        markers.part(f"{n}: {markers.hole('x')} 5%b\n{markers.wrap(markers.hole('y'), n)}")
        for n in range(3)
    ]
    forms = [Form(piece, bare) for piece in pieces]
    made = [cut(form, {}, ways) for form in forms]
    values = {"x": plainly("a"), "y": plainly("b")}
    told = ways.told(values)
    assert [form.filled(values) for form in forms] == [one and one.filled(told) for one in made]


def test_a_piece_without_values_is_itself() -> None:
    """Pieces in which nothing is open are filled in with nothing, as often as asked."""
    form, ways = Form(("100 % of it\n",), bare), Ways()
    made = cut(form, {}, ways)
    rows = zip(range(2), ways.rows({}, {}), strict=False)
    assert [form.filled({})] * 2 == [made and made.filled(told) for _, told in rows]


def test_what_others_are_told_stays_out() -> None:
    """A piece in which nothing is open has nothing of what is told in the others of a mail."""
    form, ways = Form(("100 % of it\n",), bare), Ways()
    made = cut(form, {}, ways)
    cut(Form((Hole(name="x"),), bare), {}, ways)
    told = ways.told({"x": plainly("a")})
    assert form.filled({}) == (made and made.filled(told))


def test_too_many_ways_leave_a_piece_as_it_is() -> None:
    """Where each piece writes a value in another way, no more are made out after fifty."""
    markers, ways = Markers(secret="s3cret"), Ways()
    lines = [markers.wrap(f"{n} {markers.hole('x')}") for n in range(60)]
    made = [cut(Form(markers.part(line), bare), {}, ways) for line in lines]
    assert [True] * 50 + [False] * 10 == [one is not None for one in made]


def test_links_of_readers_are_alike() -> None:
    """Two links to judge by differ only in letters and digits of their last part."""
    made_of = "https://e.org/feedback/{}"
    assert "https://e.org/feedback/xxxx.xxxx" == alike(made_of.format("0a1b.c3d4"))
    assert "" == alike(made_of.format("a b")) == alike(made_of.format("é"))
