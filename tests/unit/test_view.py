"""digest.view: a digest as the plain texts that templates show."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from builders import entry, subscriber

from digest import view
from digest.model import Coverage, Digest, Edition, Entry, Evidence, Interest, Link, Match, Section
from digest.view import Card, Group, Look, View, view_of

LOOK = Look(title="Daily digest", sender="Digest <digest@example.org>")
TOPIC = Interest(name="Topic")


def digest_of(*entries: Entry, evidence: tuple[Evidence, ...] = (), more: int = 0) -> Digest:
    """Make a digest of one section."""
    matches = tuple(Match(entry=e, interest=TOPIC, score=0.5, evidence=evidence) for e in entries)
    return Digest(
        edition=Edition(subscriber_id="ada", date=date(2026, 3, 2)),
        subject="Mon 2 Mar",
        preheader="Some",
        sections=(Section(title="Topic", matches=matches, more=more),) if matches else (),
        candidates=len(entries) + 3,
        omitted={"below the threshold": 2, "over the limit": 1},
    )


def card_of(shown: Entry, *evidence: Evidence) -> Card:
    """Give the card of an entry."""
    return view_of(digest_of(shown, evidence=evidence), subscriber(), LOOK).sections[0].cards[0]


def test_whole_view() -> None:
    """A view says all of a digest in plain texts."""
    shown = entry(
        r"$\beta$-VAE",
        url="https://example.org/a",
        authors=["Ada Lovelace"],
        summary="One. Two.",
        categories=("cs.LG", "cs.AI", "stat.ML", "math.ST"),
        published=datetime(2026, 3, 1, tzinfo=UTC),
        organization="Made-up Lab",
        upvotes=2,
        links=(Link(rel="pdf", url="https://example.org/p"), Link(rel="x", url="https://e.org")),
    )
    said = Evidence(matcher="keywords", reason="“vae” in the title", score=0.5)
    card = Card(
        number=1,
        title="β-VAE",
        url="https://example.org/a",
        byline="Ada Lovelace",
        facts=("Made-up Lab", "cs.LG, cs.AI, stat.ML", "1 Mar 2026", "2 upvotes"),
        summary="One. Two.",
        reasons=("“vae” in the title",),
        links=(("PDF", "https://example.org/p"),),
    )
    expected = View(
        title="Daily digest",
        subject="Mon 2 Mar",
        preheader="Some",
        greeting="For Ada",
        date="Monday 2 March 2026",
        summary="1 of 4 new entries matches your interests.",
        sections=(Group(title="Topic", cards=(card,), more="and 2 more that matched"),),
        left_out="Left out: 2 below the threshold, 1 over the limit.",
        sources=(),
        warnings=(),
        email="ada@example.org",
        unsubscribe="mailto:digest@example.org?subject=unsubscribe%20ada%40example.org",
        unsubscribe_address="digest@example.org",
        postal_address="",
        accent="#0b57d0",
        accent_dark=view_of(digest_of(), subscriber(), LOOK).accent_dark,
    )
    digest = digest_of(shown, evidence=(said,), more=2)
    assert expected == view_of(digest, subscriber(name="Ada"), LOOK)


def test_cards_are_numbered_through() -> None:
    """Numbers run on from section to section."""
    one = Section(
        title="A", matches=tuple(Match(entry=entry(t), interest=TOPIC, score=1) for t in "ab")
    )
    two = Section(title="B", matches=(Match(entry=entry("c"), interest=None, score=0),))
    edition = Edition(subscriber_id="ada", date=date(2026, 3, 2))
    digest = Digest(edition=edition, subject="", preheader="", sections=(one, two))
    shown = view_of(digest, subscriber(), LOOK)
    assert [[1, 2], [3]] == [[card.number for card in part.cards] for part in shown.sections]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([], ""),
        (list("abcde"), "a, b, c, d, e"),
        (list("abcdef"), "a, b, c, d and 2 more"),
        ([r"Andr\'e B"], "André B"),
    ],
)
def test_byline(names: list[str], expected: str) -> None:
    """Up to five authors are named; of more, four and the number of the others."""
    assert expected == card_of(entry(authors=names)).byline


@pytest.mark.parametrize(("votes", "expected"), [(None, ()), (0, ()), (1, ("1 upvote",))])
def test_facts_without_votes(votes: int | None, expected: tuple[str, ...]) -> None:
    """What is not known is not mentioned."""
    assert expected == card_of(entry(upvotes=votes)).facts


def test_reasons_are_three_different_ones() -> None:
    """The first three pieces of evidence are given, none twice."""
    said = [Evidence(matcher="m", reason=reason, score=0.5) for reason in "aabc"]
    assert ("a", "b") == card_of(entry(), *said).reasons


@pytest.mark.parametrize(
    ("summary", "expected"),
    [("Kept. " + "X" * 430, "Kept."), ("y" * 430, "y" * 419 + "…")],
)
def test_long_summary(summary: str, expected: str) -> None:
    """A summary is cut at a sentence, or else at its 420th character."""
    assert expected == card_of(entry(summary=summary)).summary


def test_long_title() -> None:
    """A title is cut at 300 characters."""
    assert "t" * 300 == card_of(entry("t" * 400)).title


@pytest.mark.parametrize(
    ("coverage", "read", "lost"),
    [
        (Coverage(source="one", state="new", entries=3), ("one: 3 new",), ()),
        (Coverage(source="one", state="empty"), ("one: no new entries",), ()),
        (
            Coverage(source="one", state="unreachable", detail="no answer"),
            (),
            ("one could not be read (no answer)",),
        ),
        (Coverage(source="one", state="malformed"), (), ("one could not be read (malformed)",)),
    ],
)
def test_sources(coverage: Coverage, read: tuple[str, ...], lost: tuple[str, ...]) -> None:
    """A quiet source and a broken one look different."""
    edition = Edition(subscriber_id="ada", date=date(2026, 3, 2))
    digest = Digest(edition=edition, subject="", preheader="", coverage=(coverage,))
    shown = view_of(digest, subscriber(), LOOK)
    assert (read, lost) == (shown.sources, shown.warnings)


def test_empty_digest() -> None:
    """A digest of nothing shows no section and leaves nothing out."""
    edition = Edition(subscriber_id="ada", date=date(2026, 3, 2))
    shown = view_of(Digest(edition=edition, subject="", preheader=""), subscriber(), LOOK)
    expected = ((), "", "0 of 0 new entries match your interests.")
    assert expected == (shown.sections, shown.left_out, shown.summary)


def test_reply_to_takes_what_stops() -> None:
    """Who wants no more mail writes to reply_to where there is one."""
    look = Look(title="", sender="Digest <digest@example.org>", reply_to="me@example.org")
    assert "me@example.org" == view_of(digest_of(), subscriber(), look).unsubscribe_address


@pytest.mark.parametrize("accent", ["#000000", "#0b57d0", "#ff0000", "#1c2026", "#ffffff"])
def test_accent_reads_on_the_dark_ground(accent: str) -> None:
    """On the dark ground the accent has the contrast that WCAG asks of text."""
    look = Look(title="", sender="d@example.org", accent=accent)
    found = view_of(digest_of(), subscriber(), look).accent_dark
    rgb = [int(found[at : at + 2], 16) for at in (1, 3, 5)]
    assert view._contrast(rgb, (0x1C, 0x20, 0x26)) >= 4.5  # noqa: SLF001 the formula is WCAG's


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [((0, 0, 0), (255, 255, 255), 21.0), ((119, 119, 119), (255, 255, 255), 4.48)],
)
def test_contrast(one: tuple[int, int, int], other: tuple[int, int, int], expected: float) -> None:
    """Contrast is what WCAG's formula gives: 21 for black on white, 4.48 for #777 on white."""
    found = view._contrast(one, other)  # noqa: SLF001 the formula is WCAG's
    assert expected == round(found, 2)
