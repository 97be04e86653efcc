"""digest.portrait: the card of an entry, and what is personal in a mail."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from builders import Pages, entry, subscriber

from digest.emphasis import bare
from digest.language import language
from digest.model import (
    Coverage,
    Digest,
    Edition,
    Entry,
    Evidence,
    Interest,
    Link,
    Match,
    Section,
    Subscriber,
)
from digest.portrait import Content, card_of, content_of, frame_of, shared_of
from digest.view import Card, Links, Look, Picture, View

LOOK = Look(title="Daily digest", sender="Digest <digest@example.org>")
TOPIC = Interest(name="Topic")
WORDS = language("en")
EDITION = Edition(subscriber_id="ada", date=date(2026, 3, 2))


def digest_of(*entries: Entry, evidence: tuple[Evidence, ...] = (), more: int = 0) -> Digest:
    """Make a digest of one section."""
    matches = tuple(Match(entry=e, interest=TOPIC, score=0.5, evidence=evidence) for e in entries)
    return Digest(
        edition=EDITION,
        subject="Mon 2 Mar",
        preheader="Some",
        sections=(Section(title="Topic", matches=matches, more=more),) if matches else (),
        candidates=len(entries) + 3,
        omitted={"below the threshold": 2, "over the limit": 1},
    )


def content(
    digest: Digest, reader: Subscriber | None = None, look: Look = LOOK, links: Links | None = None
) -> Content:
    """Give what is personal in the mail of a digest."""
    shared = shared_of(digest, look, WORDS)
    return content_of(shared, digest.edition.date, reader or subscriber(), look, links)


def said(found: Content) -> dict[str, str]:
    """Give what stands around the entries, without marks or what is not said."""
    return {name: bare(text) for name, text in found.values.items() if text}


def of_card(shown: Entry, *evidence: Evidence, links: Links | None = None) -> dict[str, str]:
    """Give what is personal in the card of an entry."""
    found = content(digest_of(shown, evidence=evidence), links=links)
    values = found.of_card(1, found.shared.parts[0].cards[0])
    return {name: bare(text) for name, text in values.items() if text}


def card(shown: Entry, look: Look = LOOK, code: str = "en", most: int = 420) -> Card:
    """Give the card of an entry."""
    return card_of(shown, language(code), look, most)


def test_whole_card() -> None:
    """A card says all of an entry in plain texts."""
    shown = entry(
        r"$\beta$-VAE",
        url="https://example.org/a",
        summary="One. Two.",
        categories=("cs.LG", "cs.AI", "stat.ML", "math.ST"),
        published=datetime(2026, 3, 1, tzinfo=UTC),
        organization="Made-up Lab",
        upvotes=2,
        links=(Link(rel="pdf", url="https://example.org/p"), Link(rel="x", url="https://e.org")),
    )
    expected = Card(
        title="β-VAE",
        url="https://example.org/a",
        facts=("Made-up Lab", "cs.LG, cs.AI, stat.ML", "1 Mar 2026", "2 upvotes"),
        summary="One. Two.",
        links=(("PDF", "https://example.org/p", "PDF: β-VAE"),),
    )
    assert expected == card(shown)


def test_whole_content() -> None:
    """What is personal is said in plain sentences."""
    found = content(digest_of(entry(), more=2), subscriber(name="Ada"), links=Pages())
    assert {
        "subject": "Mon 2 Mar",
        "preheader": "Some",
        "date": "Monday 2 March 2026",
        "greeting": "For Ada",
        "summary": "3 of 4 new entries match your interests.",
        "left_out": "Left out today: 2 below the threshold, 1 over the limit.",
        "archive": "https://e.org/a/ada/2026-03-02",
        "email": "ada@example.org",
        "unsubscribe": "https://e.org/u/ada",
        "unsubscribe_mail": "mailto:digest@example.org?subject=unsubscribe%20ada%40example.org",
        "unsubscribe_address": "digest@example.org",
    } == said(found)


def test_a_section_says_its_name_and_how_many_more() -> None:
    """Before its cards stands the interest's name, after them how many matched besides."""
    (part,) = content(digest_of(entry(), more=2)).shared.parts
    found = {name: bare(text) for name, text in part.values.items()}
    assert {"title": "Topic", "more": "and 2 more that matched"} == found


def test_cards_are_numbered_through() -> None:
    """Numbers run on from section to section."""
    one = Section(
        title="A", matches=tuple(Match(entry=entry(t), interest=TOPIC, score=1) for t in "ab")
    )
    two = Section(title="B", matches=(Match(entry=entry("c"), interest=None, score=0),))
    digest = Digest(edition=EDITION, subject="", preheader="", sections=(one, two))
    parts = content(digest).shared.parts
    found = [list(range(part.first, part.first + len(part.cards))) for part in parts]
    assert [[1, 2], [3]] == found


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([], None),
        (list("abcde"), "a, b, c, d, e"),
        (list("abcdef"), "a, b, c, d and 2 more"),
        ([r"Andr\'e B"], "André B"),
    ],
)
def test_byline(names: list[str], expected: str | None) -> None:
    """Up to five authors are named; of more, four and the number of the others."""
    assert expected == of_card(entry(authors=names)).get("byline")


def test_a_followed_author_is_always_named_and_marked() -> None:
    """Somebody whom the reader follows is not among the "others"."""
    evidence = Evidence(matcher="authors", reason="by g, whom you follow", score=0.9)
    found = content(digest_of(entry(authors=list("abcdefgh")), evidence=(evidence,)))
    byline = found.of_card(1, found.shared.parts[0].cards[0])["byline"]
    marked = re.findall("<b>(.*?)</b>", byline.html)
    assert ("a, b, c, d, g and 3 more", ["g"]) == (bare(byline), marked)


def test_judgements_have_links_where_there_are_pages() -> None:
    """More and less like this are offered where something answers."""
    shown = entry()
    found = of_card(shown, links=Pages())
    assert [f"https://e.org/f/ada/2026-03-02/{shown.id}/{liked}" for liked in (True, False)] == [
        found["liked"],
        found["disliked"],
    ]


@pytest.mark.parametrize(("votes", "expected"), [(None, ()), (0, ()), (1, ("1 upvote",))])
def test_facts_without_votes(votes: int | None, expected: tuple[str, ...]) -> None:
    """What is not known is not mentioned."""
    assert expected == card(entry(upvotes=votes)).facts


@pytest.mark.parametrize(
    ("summary", "expected"),
    [("Kept. " + "X" * 430, "Kept."), ("y" * 430, "y" * 419 + "…")],
)
def test_long_summary(summary: str, expected: str) -> None:
    """A summary is cut at a sentence, or else at its last character."""
    assert expected == card(entry(summary=summary)).summary


def test_the_sources_own_sentence_comes_first() -> None:
    """Where a source says it in a sentence, that is shown in place of the abstract."""
    assert "Short." == card(entry(summary="Long. " * 50, tldr="Short.")).summary


def test_a_refused_link_is_shown_as_text() -> None:
    """An address that a mail may not link to is told, and leads nowhere."""
    found = card(replace(entry(), url="http://10.0.0.1/paper"))
    assert ("", ("http://10.0.0.1/paper",)) == (found.url, found.facts)


def test_the_abstract_is_among_the_links_of_a_paper() -> None:
    """A paper of arXiv has its abstract's page named beside the others."""
    pdf = Link(rel="pdf", url="https://arxiv.org/pdf/2601.00001")
    found = card(entry(url="https://arxiv.org/abs/2601.00001", links=(pdf,)))
    assert ["Abstract", "PDF"] == [word for word, _, _ in found.links]


@pytest.mark.parametrize(
    ("title", "code", "expected"),
    [
        ("The attention", "en", ("", "")),
        ("The attention", "ar", ("en", "ltr")),
        ("الانتباه", "en", ("ar", "rtl")),
        ("注意力", "de", ("zh", "")),
    ],
)
def test_a_title_in_another_language(title: str, code: str, expected: tuple[str, str]) -> None:
    """A title says its language and direction where they are not the mail's."""
    found = card(entry(title), code=code)
    assert expected == (found.language, found.direction)


def test_thumbnails_only_where_asked_for() -> None:
    """A mail asks for no image unless the operator turned images on."""
    shown = replace(entry("A title"), thumbnail="https://cdn.example.org/a.png")
    picture = Picture(url="https://cdn.example.org/a.png", alt="A title", width=560, height=302)
    found = [card(shown, look).picture for look in (LOOK, replace(LOOK, images=True))]
    assert [None, picture] == found


@pytest.mark.parametrize(
    ("coverage", "read", "lost"),
    [
        (Coverage(source="one", state="new", entries=3), "Sources read: one: 3 new.", ()),
        (Coverage(source="one", state="empty"), "Sources read: one: no new entries.", ()),
        (
            Coverage(source="one", state="unreachable", detail="no answer; check the url"),
            None,
            ("one could not be read (no answer)",),
        ),
        (
            Coverage(source="one", state="malformed"),
            None,
            ("one could not be read (malformed)",),
        ),
    ],
)
def test_sources(coverage: Coverage, read: str | None, lost: tuple[str, ...]) -> None:
    """A quiet source and a broken one look different."""
    digest = Digest(edition=EDITION, subject="", preheader="", coverage=(coverage,))
    found = content(digest)
    assert (read, lost) == (said(found).get("sources"), found.shared.warnings)


def test_summary_counts_followed_authors() -> None:
    """The summary says how many entries are by people the reader follows."""
    evidence = Evidence(matcher="authors", reason="by Ada, whom you follow", score=0.9)
    found = said(content(digest_of(entry("a"), entry("b"), evidence=(evidence,))))
    expected = "2 of 5 new entries match your interests; 2 are by authors you follow."
    assert expected == found["summary"]


def test_summary_counts_what_is_for_an_interest() -> None:
    """What is shown for no interest counts for none, and nobody's being followed neither."""
    evidence = (Evidence(matcher="authors", reason="by Ada, whom you follow", score=0.9),)
    matches = Match(entry("a"), TOPIC, 0.5, evidence), Match(entry("b"), None, 0.0, evidence)
    digest = replace(digest_of(entry()), sections=(Section(title="Topic", matches=matches),))
    expected = "1 of 4 new entries matches your interests; 1 is by an author you follow."
    assert expected == said(content(digest))["summary"]


def test_reply_to_takes_what_stops() -> None:
    """Who wants no more mail writes to reply_to where there is one."""
    look = replace(LOOK, reply_to="me@example.org")
    assert "me@example.org" == said(content(digest_of(), look=look))["unsubscribe_address"]


def test_frame() -> None:
    """The frame has what the operator chose, its accent readable."""
    expected = View(
        title="Daily digest",
        accent="#0b57d0",
        accent_dark="#5d90e1",
        language="ar",
        direction="rtl",
        postal_address="1 Street",
    )
    assert expected == frame_of(replace(LOOK, postal_address="1 Street"), language("ar"))
