"""digest.tokens and digest.links: what is signed, what is believed, and where links lead."""

from __future__ import annotations

import base64
import re
import string
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import ExpiredError
from digest.links import PageLinks
from digest.profile import subscriber_id
from digest.tokens import Purpose, Tokens

OLD, NEW = "an old secret, long enough", "a new secret, long enough"
ADA = subscriber_id("ada@example.org")
STOP = Purpose.UNSUBSCRIBE
MARK = "mf7buhft4mot424c"


def made(*secrets: str) -> str:
    """Make Ada's token with these secrets."""
    return Tokens(secrets).make(STOP, ADA)


def test_a_token_gives_back_what_it_was_made_of() -> None:
    """Reading a token gives its parts."""
    assert (ADA, "x.y/é") == Tokens([NEW]).read(STOP, Tokens([NEW]).make(STOP, ADA, "x.y/é"))


def test_a_token_is_always_the_same() -> None:
    """This secret, purpose and part give this token: links of years ago hold as long as it does."""
    expected = "WyJjZmUwMGRkZTQ2ZWY5NDI2Il0.q0Vi0tIyHCF_u6urk_ilNB3vI7QOKfT3b9C2Qfzn2yI"
    assert [expected, expected] == [made(NEW), made(NEW)]


def test_a_token_fits_into_an_address() -> None:
    """A token has letters, digits, dash, underscore and dots alone, and no address in it."""
    body = made(NEW).partition(".")[0]
    plain = base64.urlsafe_b64decode(body + "==").decode()
    assert set() == set(made(NEW)) - set(string.ascii_letters + string.digits + "-_.")
    assert (False, False) == ("ada" in plain, "@" in plain)


@pytest.mark.parametrize(
    ("secrets", "expected"),
    [((OLD,), (ADA,)), ((NEW, OLD), (ADA,)), ((OLD, NEW), (ADA,)), ((NEW,), ())],
    ids=["as before", "rotated", "the first", "taken away"],
)
def test_secrets_rotate(secrets: tuple[str, ...], expected: tuple[str, ...]) -> None:
    """A token is believed as long as its secret is among them, wherever it stands."""
    assert expected == Tokens(secrets).read(STOP, made(OLD))


def test_the_first_secret_signs() -> None:
    """Of several secrets the first makes new tokens."""
    assert made(NEW) == made(NEW, OLD)
    assert made(NEW) != made(OLD, NEW)


@pytest.mark.parametrize("at", [0, 5, -1, -10])
def test_a_changed_token_is_forged(at: int) -> None:
    """A token with one letter exchanged is not believed."""
    letters = list(made(NEW))
    letters[at] = "A" if letters[at] != "A" else "B"
    assert () == Tokens([NEW]).read(STOP, "".join(letters))


def test_a_token_serves_one_purpose() -> None:
    """What was signed for another purpose is not believed for this one."""
    tokens = Tokens([NEW])
    others = [tokens.make(other, ADA) for other in Purpose if other is not STOP]
    assert [()] * len(others) == [tokens.read(STOP, other) for other in others]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), max_size=4))
def test_a_token_is_the_librarys(parts: list[str]) -> None:
    """What is signed is what the library signs, where that compresses nothing."""
    tokens = Tokens([NEW, OLD])
    theirs = tokens._by_purpose[STOP].dumps(parts)  # noqa: SLF001 what reads them
    made = tokens.make(STOP, *parts)
    assert tuple(parts) == tokens.read(STOP, made) == tokens.read(STOP, theirs)
    assert theirs.startswith(".") or made == theirs


@given(st.text(max_size=80))
def test_no_text_is_a_token(text: str) -> None:
    """Whatever is typed is read as nothing, without an error."""
    assert () == Tokens([NEW]).read(STOP, text)


def test_a_mark_is_always_the_same() -> None:
    """This secret, purpose and part give this mark, in letters that no case can change."""
    mark = Tokens([NEW]).mark(Purpose.RETURN_PATH, ADA)
    assert (MARK, MARK) == (mark, Tokens([NEW, OLD]).mark(Purpose.RETURN_PATH, ADA))


@pytest.mark.parametrize(
    ("secrets", "part", "purpose", "expected"),
    [
        ((NEW,), ADA, Purpose.RETURN_PATH, True),
        ((OLD, NEW), ADA, Purpose.RETURN_PATH, True),
        ((OLD,), ADA, Purpose.RETURN_PATH, False),
        ((NEW,), "another", Purpose.RETURN_PATH, False),
        ((NEW,), ADA, Purpose.UNSUBSCRIBE, False),
    ],
    ids=["ours", "rotated", "another's", "of another part", "for another purpose"],
)
def test_a_mark_is_believed_for_its_part_alone(
    secrets: tuple[str, ...], part: str, purpose: Purpose, expected: bool
) -> None:
    """A mark holds for one part and purpose, as long as its secret is among ours."""
    assert expected == Tokens(secrets).bears(purpose, part, MARK)


def test_secrets_are_not_shown() -> None:
    """Neither tokens nor links print their secrets."""
    links = PageLinks(base_url="https://d.example", tokens=Tokens([NEW]))
    assert NEW not in repr(links)


def test_links_stand_below_the_base_url() -> None:
    """A link is base_url and a token, that to read names the day."""
    links = PageLinks(base_url="https://d.example/mail", tokens=Tokens([NEW]))
    day = date(2026, 3, 2)
    assert re.fullmatch(r"https://d\.example/mail/unsubscribe/[\w.-]+", links.unsubscribe(ADA))
    read = links.archive(ADA, day)
    assert re.fullmatch(r"https://d\.example/mail/archive/[\w.-]+/2026-03-02", read)
    assert re.fullmatch(r"https://d\.example/mail/feed/[\w.-]+", links.feed(ADA))
    assert re.fullmatch(r"https://d\.example/mail/preferences/[\w.-]+", links.preferences(ADA, day))
    liked = links.feedback(ADA, day) + links.judgement("arxiv:2601.00001", liked=True)
    assert re.fullmatch(
        rf"https://d\.example/mail/feedback/{ADA}\.20260302\.[a-z2-7]{{16}}/[0-9a-f]{{8}}/more",
        liked,
    )


@pytest.mark.parametrize(("today", "held"), [(date(2026, 3, 2), True), (date(2026, 3, 3), False)])
def test_a_dated_token_holds_through_its_last_day(today: date, held: bool) -> None:
    """A token with a last day is read on that day; on the next its parts are known to be old."""
    tokens = Tokens(["a secret"])
    token = tokens.make_until(Purpose.PREFERENCES, date(2026, 3, 2), "ada")
    try:
        read, holds = tokens.read_until(Purpose.PREFERENCES, token, today), True
    except ExpiredError as error:
        read, holds = error.parts, False
    assert (("ada",), held) == (read, holds)


def test_a_dated_token_is_for_its_purpose_alone() -> None:
    """Neither another purpose's token nor one without a date is read as a dated one."""
    tokens, today = Tokens(["a secret"]), date(2026, 3, 2)
    forged = [
        tokens.make_until(Purpose.FEEDBACK, today, "ada"),
        Tokens(["another"]).make_until(Purpose.PREFERENCES, today, "ada"),
        "",
    ]
    read = [tokens.read_until(Purpose.PREFERENCES, token, today) for token in forged]
    assert [()] * 3 == read


def test_without_a_secret_nothing_is_ours() -> None:
    """Where no secret is set, as without a page, what others send in proves nothing."""
    other, none = Tokens(["another"]), Tokens([])
    token, mark = other.make(Purpose.UNSUBSCRIBE, "ada"), other.mark(Purpose.RETURN_PATH, "ada")
    found = none.read(Purpose.UNSUBSCRIBE, token), none.bears(Purpose.RETURN_PATH, "ada", mark)
    assert ((), False) == found
