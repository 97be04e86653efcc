"""A digest that several readers get is made out once, and each mail is what it would be alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from builders import Pages, entry, interest, match
from test_render import ENTRIES, LOOK, ROOT, TEMPLATES

from digest import sample
from digest.language import CODES, language
from digest.links import PageLinks
from digest.model import Coverage, Digest, Edition, Evidence, Section, Subscriber, Thumbnail
from digest.portrait import Shared, shared_of
from digest.render import Renderer
from digest.render.known import KnownDigests
from digest.render.sheet import Sheet
from digest.tokens import Tokens
from digest.view import Links

LINKS = PageLinks(base_url="https://e.org", tokens=Tokens(["0" * 64]))
PICTURE = Thumbnail(name="a" * 32, jpeg=b"a", width=280, height=151)
REASONS = (
    ("authors", "by Ada, whom you follow"),
    ("keywords", "“graph <b>” in the title"),
    ("lexical", "close to your topic: hashes, tables"),
)


class Odd(Pages):
    """Pages whose addresses are not broken into lines alike."""

    def feedback(self, subscriber_id: str, day: date) -> str:
        """Give how the pages begin that take a judgement."""
        return f"https://e.org/f?{day}&of={subscriber_id}"


def renderer(links: Links | None = None) -> Renderer:
    """Make a renderer that knows nothing."""
    return Renderer(LOOK, [ROOT / "templates"], links)


def digest(*, shared: bool = False) -> Digest:
    """Make a digest of two sections, with all that one may have."""
    evidence = tuple(Evidence(matcher=name, reason=said, score=0.5) for name, said in REASONS)
    shown = [entry("Ünïcode %s — “quoted”", authors=["Ada"], url="https://e.org/u"), *ENTRIES[:5]]
    matches = tuple(match(one, interest())._replace(evidence=evidence) for one in shown)
    sections = (
        Section(title="Topic", matches=matches[:2], more=3),
        Section(title="Trending", matches=(*matches[2:], match(ENTRIES[7]))),
    )
    coverage = (Coverage(source="arXiv", state="malformed"), Coverage(source="here", state="new"))
    found = replace(sample.digest(), sections=sections, coverage=coverage, shared=shared)
    return replace(found, pictures={ENTRIES[0].id: PICTURE})


def readers(template: str, code: str) -> list[Subscriber]:
    """Make readers who differ in all that is their own."""
    profile = replace(sample.reader(template).profile, language=code)
    people = [("", "ada@example.org"), ("Bob <b>", "b.o'b@bücher.example"), ("名前", "c@e.org")]
    return [
        replace(sample.reader(template), id=who, name=name, email=email, profile=profile)
        for who in ("0" * 16, "1" * 16, "2" * 15)  # whose links are broken elsewhere
        for name, email in people
    ]


def sent_to(found: Digest, who: Subscriber) -> Digest:
    """Give a digest as the edition of a reader."""
    return replace(found, edition=Edition(subscriber_id=who.id, date=found.edition.date))


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("links", [None, Odd(), LINKS])
@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("template", TEMPLATES)
def test_each_gets_the_mail_they_would_get_alone(
    template: str, code: str, links: Links | None, shared: bool
) -> None:
    """Whoever got a digest before, a reader's mail has the bytes that a fresh renderer makes."""
    whole, made = digest(shared=shared), renderer(links)
    mails = [(sent_to(whole, who), who) for who in readers(template, code)]
    expected = [renderer(links).render(one, who).content for one, who in mails]
    assert expected == [made.render(one, who).content for one, who in mails]


def test_readers_of_other_languages_and_templates_share_a_digest() -> None:
    """One digest is said to each reader in their own words, whoever was before."""
    whole, made = digest(), renderer(LINKS)
    people = [who for code in CODES for name in TEMPLATES for who in readers(name, code)[:2]]
    mails = [(sent_to(whole, who), who) for who in (*people, *people[::-1])]
    expected = [renderer(LINKS).render(one, who).content for one, who in mails]
    assert expected == [made.render(one, who).content for one, who in mails]


def test_what_a_digest_says_is_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of twenty readers of a digest one has its reasons said, its sections headed and counted."""
    asked: list[str] = []

    def counted(found: Digest, *given: Any) -> Shared:  # noqa: ANN401 as it takes
        asked.append(found.edition.subscriber_id)
        return shared_of(found, *given)

    monkeypatch.setattr("digest.render.known.shared_of", counted)
    whole, made = digest(), renderer()
    for number in range(20):
        who = replace(sample.reader("digest"), id=str(number))
        made.render(sent_to(whole, who), who)
    assert ["0"] == asked


@pytest.mark.parametrize(("shared", "alone"), [(False, 1), (True, 0)])
def test_a_digest_is_made_out_when_it_pays(
    shared: bool, alone: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All but the first reader are told only what is theirs; if it is known to be shared, all."""
    whole, made = digest(shared=shared), renderer(LINKS)
    people = readers("digest", "en")[:6:3]  # alike in what they have
    for who in people[:alone]:
        made.render(sent_to(whole, who), who)
    monkeypatch.delattr(Sheet, "_mail")  # which does all for one
    for who in people:
        assert who.email in made.render(sent_to(whole, who), who).text


@pytest.mark.parametrize(
    "other",
    [
        {"subject": "Another"},
        {"preheader": "Other words"},
        {"summary_most": 100},
        {"sections": digest().sections[1:]},
        {"candidates": 77},
        {"omitted": {"over the limit": 9}},
        {"coverage": ()},
        {"pictures": {}},
        {"edition": Edition(subscriber_id="x", date=date(2026, 3, 3))},
    ],
)
def test_a_digest_that_differs_in_one_thing_is_another(other: dict[str, Any]) -> None:
    """Nothing of a digest is taken for another's, whatever they have in common."""
    whole, made, who = digest(), renderer(LINKS), readers("digest", "en")[0]
    for _ in range(3):
        made.render(whole, who)
    differs = replace(whole, **other)
    expected = renderer(LINKS).render(differs, who)
    assert (expected, True) == (made.render(differs, who), expected != made.render(whole, who))


def test_digests_of_long_ago_are_forgotten_and_none_is_taken_for_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With room for one digest, each of many has its own mail, also where memory comes again."""
    monkeypatch.setattr("digest.render.known._DIGESTS", 1)
    made, who = renderer(), readers("digest", "en")[0]
    subjects = [f"Subject {number % 7}" for number in range(50)]
    mails = [made.render(replace(digest(), subject=said), who) for said in subjects]
    known = KnownDigests(LOOK)
    for said in subjects:
        known.of(replace(digest(), subject=said), language("en"))
    found = [mail.subject for mail in mails], len(known._known)  # noqa: SLF001 what is held
    assert (subjects, 1) == found
