"""digest.budget: a mail within its size, and nothing lost silently."""

from __future__ import annotations

from datetime import date

from builders import entry, interest, match, subscriber

from digest.budget import HTML_MOST, MAIL_MOST, Weight, fit
from digest.compose import NO_ROOM
from digest.errors import TemplateError
from digest.model import Digest, Edition, Section, Subscriber

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


def weigh(digest: Digest, subscriber: Subscriber) -> Weight:
    """Weigh an entry as a thousand bytes and three for each of its characters."""
    del subscriber
    return Weight(html=len(digest.shown) * (1000 + 3 * digest.summary_most), mail=0)


def test_a_light_mail_stays() -> None:
    """What fits is not touched."""
    digest = digest_of(30)
    assert digest == fit(digest, READER, weigh)


def test_texts_are_shortened_first() -> None:
    """Before an entry goes, all are told in fewer words."""
    found = fit(digest_of(55), READER, weigh)
    assert (55, 200, {}) == (len(found.shown), found.summary_most, found.omitted)


def test_then_the_least_go_and_are_counted() -> None:
    """What still has no room is left out with the reason; candidates are shown + left out."""
    found = fit(digest_of(100), READER, weigh)
    assert (66, {NO_ROOM: 34}) == (len(found.shown), found.omitted)
    assert weigh(found, READER).html <= HTML_MOST


def test_the_encoded_mail_counts_too() -> None:
    """A mail in another script, three bytes to each, is measured as it is sent."""

    def heavy(digest: Digest, subscriber: Subscriber) -> Weight:
        del subscriber
        return Weight(html=0, mail=len(digest.shown) * MAIL_MOST // 10)

    assert 10 == len(fit(digest_of(20), READER, heavy).shown)


def test_a_wrong_template_stops_no_planning() -> None:
    """Who cannot be rendered for is planned as composed; delivering names the template."""

    def broken(digest: Digest, subscriber: Subscriber) -> Weight:
        del digest, subscriber
        raise TemplateError("mine.html:3: oh")

    digest = digest_of(3)
    assert digest == fit(digest, READER, broken)
