"""digest.wholes: what is made out for many and filled in is what it is for one."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from digest.emphasis import Text, bare, plainly
from digest.printable import printable, stripped
from digest.stencils import Filling, Way, Ways
from digest.wholes import Whole, stripped_around


def encode(value: Text) -> bytes:
    """Encode a value."""
    return printable(bare(value))


def loud(value: Text) -> bytes:
    """Encode it in another way."""
    return printable(bare(value).upper())


WAYS = (Way("one", encode), Way("one", loud), Way("two", encode))
VALUES = {"one": plainly("é."), "two": plainly("b")}
TEXTS = st.sampled_from(["", "\n", "\n\n", "a", "b\n", "\nc é", "d" * 90]).map(printable)
PARTS = st.lists(st.one_of(TEXTS, st.sampled_from(WAYS)), max_size=12)


def filled(parts: Sequence[Filling]) -> list[bytes]:
    """Fill in parts one by one."""
    return [part if isinstance(part, bytes) else part.encode(VALUES[part.name]) for part in parts]


@given(PARTS)
def test_a_whole_is_its_parts_filled_in(parts: list[Filling]) -> None:
    """Joined beforehand or not, the text is the same."""
    assert b"".join(filled(parts)) == b"".join(Whole(parts).parts(VALUES))


def test_a_way_is_told_once() -> None:
    """A value that stands in a text twenty times in one way is encoded once a reader."""
    asked: list[Text] = []

    def counting(value: Text) -> bytes:
        asked.append(value)
        return b"x"

    way = Way("one", counting)
    found = Whole([way, b"-"] * 20).parts(VALUES)
    assert (b"x-" * 20, 1) == (b"".join(found), len(asked))


@given(PARTS)
def test_what_is_stripped_around_is_stripped(parts: list[Filling]) -> None:
    """Line ends go as they would once all is filled in; where they cannot be known, nothing is."""
    places = [at for at, part in enumerate(parts) if isinstance(part, Way)]
    found = stripped_around(parts)
    if found is not None:
        assert b"".join(stripped(filled(parts))) == b"".join(filled(found))
    outer = [parts[: places[0]], parts[places[-1] + 1 :]] if places else []
    at_an_end = [not stripped(filled(some)) for some in outer]
    assert any(at_an_end) == (found is None)


@given(st.sets(st.sampled_from(["one", "two"])))
def test_what_is_left_open_stays_a_way(left: set[str]) -> None:
    """Values are written but for those that are left, in a row and in columns."""
    ways = Ways()
    numbers = [ways.alone("one", bare), ways.alone("two", bare)]
    told = ways.told_but(left, VALUES)
    columns = {name: [value] for name, value in VALUES.items()}
    (row,) = zip([0], ways.rows_but(left, columns), strict=False)
    expected = [name if name in left else encode(value) for name, value in VALUES.items()]
    found = [one.name if isinstance(one, Way) else one for one in told]
    assert (expected, told) == ([found[number] for number in numbers], row[1])
