"""digest.budget: a mail within its size, and nothing lost silently."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from builders import entry, interest, match, subscriber

from digest.budget import HTML_MOST, MAIL_MOST, Budget, Weight
from digest.compose import NO_ROOM
from digest.errors import TemplateError
from digest.mime import picture_size
from digest.model import Digest, Edition, Entry, Profile, Section, Subscriber, Thumbnail

READER = subscriber(interest())


def digest_of(count: int) -> Digest:
    """Make a digest of so many entries."""
    matches = tuple(match(entry(str(n)), interest(), 1 - n / 100) for n in range(count))
    return Digest(
        edition=Edition(subscriber_id="ada", date=date(2026, 3, 2)),
        subject="",
        preheader="",
        sections=(Section(title="Topic", matches=matches),),
        candidates=count,
    )


@dataclass(slots=True)
class Thousands:
    """Scales on which an entry weighs a thousand bytes and three for each of its characters."""

    rough: int = 10**6
    weighed: int = 0

    def frame(self, profile: Profile) -> Weight:
        """Weigh nothing."""
        del profile
        return Weight(html=0, mail=0)

    def cards(
        self, entries: Sequence[Entry], profile: Profile, pictures: Mapping[str, Thumbnail]
    ) -> list[Weight]:
        """Weigh entries roughly."""
        del profile, pictures
        return [Weight(html=self.rough, mail=0)] * len(entries)

    def weigh(self, digest: Digest, subscriber: Subscriber) -> Weight:
        """Weigh a mail, and count that it was."""
        del subscriber
        self.weighed += 1
        return Weight(html=len(digest.shown) * (1000 + 3 * digest.summary_most), mail=0)


def fit(digest: Digest, scales: Thousands) -> Digest:
    """Bring a digest to its size."""
    return Budget(scales=scales).fit([(digest, READER)])[0]


def test_a_light_mail_stays() -> None:
    """What fits is not touched."""
    digest = digest_of(30)
    assert digest == fit(digest, Thousands())


def test_texts_are_shortened_first() -> None:
    """Before an entry goes, all are told in fewer words."""
    found = fit(digest_of(55), Thousands())
    assert (55, 200, {}) == (len(found.shown), found.summary_most, found.omitted)


def test_then_the_least_go_and_are_counted() -> None:
    """What still has no room is left out with the reason; candidates are shown + left out."""
    found = fit(digest_of(100), Thousands())
    assert (66, {NO_ROOM: 34}) == (len(found.shown), found.omitted)
    assert Thousands().weigh(found, READER).html <= HTML_MOST


def test_the_encoded_mail_counts_too() -> None:
    """A mail in another script, three bytes to each, is measured as it is sent."""

    class Heavy(Thousands):
        def weigh(self, digest: Digest, subscriber: Subscriber) -> Weight:
            del subscriber
            return Weight(html=0, mail=len(digest.shown) * MAIL_MOST // 10)

    assert 10 == len(fit(digest_of(20), Heavy()).shown)


def test_what_surely_fits_is_not_made() -> None:
    """Where the cards' sum is below the budget, no mail is made to be weighed."""
    scales = Thousands(rough=2000)
    fit(digest_of(15), scales)
    assert 0 == scales.weighed


@dataclass(slots=True)
class Choosy(Thousands):
    """The same, of which is known what was weighed at once; a card of ``bad`` is wrong."""

    bad: str = ""
    asked: list[list[str]] = field(default_factory=list)

    def cards(
        self, entries: Sequence[Entry], profile: Profile, pictures: Mapping[str, Thumbnail]
    ) -> list[Weight]:
        """Weigh entries roughly."""
        del profile, pictures
        self.asked.append([one.id for one in entries])
        if self.bad in self.asked[-1]:
            raise TemplateError("mine.html:3: oh")
        return [Weight(html=self.rough, mail=0)] * len(entries)


def test_cards_of_many_digests_are_weighed_in_one_go() -> None:
    """Digests that come together have their new cards weighed at once, each one time."""
    scales = Choosy(rough=1)
    budget = Budget(scales=scales)
    budget.fit([(digest_of(1), READER), (digest_of(3), READER)])
    budget.fit([(digest_of(4), READER)])
    ids = [one.entry.id for one in digest_of(4).shown]
    assert [ids[:3], ids[3:]] == scales.asked


def test_a_card_that_is_wrong_harms_its_own_digest_alone() -> None:
    """Beside a digest with a card that cannot be made, others are brought to their size."""
    good = digest_of(100)
    scales = Choosy(bad=entry("other").id)
    section = Section(title="Topic", matches=(match(entry("other"), interest(), 1),))
    wrong = replace(good, sections=(section,))
    found = Budget(scales=scales).fit([(wrong, READER), (good, READER)])
    assert [wrong, fit(good, Thousands())] == found


def test_a_wrong_template_stops_no_planning() -> None:
    """Who cannot be rendered for is planned as composed; delivering names the template."""

    class Broken(Thousands):
        def cards(
            self, entries: Sequence[Entry], profile: Profile, pictures: Mapping[str, Thumbnail]
        ) -> list[Weight]:
            del entries, profile, pictures
            raise TemplateError("mine.html:3: oh")

    digest = digest_of(3)
    assert digest == fit(digest, Broken())


@dataclass(slots=True)
class Pictured(Thousands):
    """Scales that weigh pictures too, beside words of ``words`` bytes."""

    words: int = 0

    def weigh(self, digest: Digest, subscriber: Subscriber) -> Weight:
        """Weigh the words and what is carried."""
        html = Thousands().weigh(digest, subscriber).html
        return Weight(html=html, mail=self.words + sum(map(picture_size, digest.pictures.values())))


def pictured(count: int) -> Digest:
    """Make a digest with a picture of 8,000 bytes to each entry."""
    digest = digest_of(count)
    return replace(
        digest,
        pictures={
            m.entry.id: Thumbnail(name=m.entry.id, jpeg=bytes(8000), width=280, height=151)
            for m in digest.shown
        },
    )


def test_pictures_go_from_the_last_entry_up() -> None:
    """Of pictures that are too many the first are carried, and no text is shortened for them."""
    digest = pictured(30)
    found = fit(digest, Pictured(words=40_000))
    first = [match.entry.id for match in digest.shown][:17]
    assert (first, digest.summary_most) == (list(found.pictures), found.summary_most)


def test_words_and_pictures_that_fit_stay() -> None:
    """What fits is carried whole."""
    digest = pictured(15)
    assert digest == fit(digest, Pictured(words=40_000))


def test_an_entry_that_goes_takes_its_picture_along() -> None:
    """What is left out for its words is not carried."""
    found = fit(pictured(100), Pictured())
    assert set() == set(found.pictures) - {match.entry.id for match in found.shown}
