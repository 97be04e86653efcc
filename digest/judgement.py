"""More or less like this: an entry that a reader judges becomes an example of an interest.

It is kept with the entry's own words, so that it counts after the entry has grown old, and with the
date on which it was said, by which it is told from what the reader wrote.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from digest.links import short_name
from digest.model import Edition, Entry, Example, Interest, Profile, Subscriber
from digest.plan import local_date
from digest.store import Store
from digest.store.subscribers import Subscription

MOST = 500  # of an interest's examples that were said in mails; the oldest go
NEW_NAME = "Liked papers"
_SUMMARY_MOST = 1500


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An entry of a mail, the reader as they now are, and the interest that it was shown for.

    ``place`` is that of the interest in the profile, -1 where it is none of it any more.
    """

    subscription: Subscription
    entry: Entry
    place: int

    @property
    def reader(self) -> Subscriber:
        """Who the mail went to."""
        return self.subscription.subscriber

    def said(self, place: int) -> bool | None:
        """Whether the reader has liked or disliked the entry in an interest; None for neither."""
        if place < 0:
            return None
        interest = self.reader.profile.interests[place]
        key = key_of(self.entry)
        for liked, papers in ((True, interest.examples), (False, interest.counterexamples)):
            if any(one.judged and one.key == key for one in papers):
                return liked
        return None


def find(store: Store, edition: Edition, name: str) -> Shown | None:
    """Find the entry with a short name in an edition; None if either is gone."""
    stored = store.outbox.digests([edition]).get(edition)
    known = store.subscribers.get([edition.subscriber_id]).get(edition.subscriber_id)
    if stored is None or known is None:
        return None
    entries = store.entries.named(stored.entry_ids)
    for entry_id in stored.entry_ids:
        entry = entries.get(entry_id)
        if entry is not None and name in {short_name(entry_id), short_name(entry.id)}:
            called = [one.name for one in known.subscriber.profile.interests]
            interest = stored.interest_of(entry_id)
            place = called.index(interest) if interest in called else -1
            return Shown(subscription=known, entry=entry, place=place)
    return None


def judge(
    store: Store, edition: Edition, name: str, place: int, now: datetime, *, liked: bool
) -> Shown | None:
    """Make an entry an example of the interest at a place, or a counterexample; -1 for a new one.

    What was said of it before is replaced; the same again changes nothing. None if the entry, or
    the interest, is gone.
    """
    with store.transaction():
        shown = find(store, edition, name)
        if shown is None or place >= len(shown.reader.profile.interests):
            return None
        if place < 0 and not liked:
            return None
        reader = shown.reader
        if shown.said(place) is not liked:
            today = local_date(now, reader.timezone).isoformat()
            example = _example(shown.entry, today)
            taught = replace(reader, profile=_taught(reader.profile, place, example, liked=liked))
            store.subscribers.put(replace(shown.subscription, subscriber=taught, edited=now))
    return shown


def key_of(entry: Entry) -> str:
    """Give the key under which an example names an entry."""
    return next((key for key in entry.keys if key.startswith(("arxiv:", "doi:", "url:"))), entry.id)


def _example(entry: Entry, today: str) -> Example:
    return Example(
        key=key_of(entry),
        title=entry.title,
        summary=entry.summary[:_SUMMARY_MOST],
        year=entry.published.year if entry.published else 0,
        judged=today,
    )


def _taught(profile: Profile, place: int, example: Example, *, liked: bool) -> Profile:
    if place < 0:
        interest = Interest(name=_unlike(profile.interests), examples=(example,))
        return replace(profile, interests=(*profile.interests, interest))
    interest = profile.interests[place]
    examples = _without(interest.examples, example)
    against = _without(interest.counterexamples, example)
    if liked:
        examples = _kept((*examples, example))
    else:
        against = _kept((*against, example))
    taught = replace(interest, examples=examples, counterexamples=against)
    interests = (*profile.interests[:place], taught, *profile.interests[place + 1 :])
    return replace(profile, interests=interests)


def _unlike(interests: Sequence[Interest]) -> str:
    """Name a new interest unlike those there are."""
    called = {one.name for one in interests}
    names = (NEW_NAME, *(f"{NEW_NAME} {number}" for number in range(2, len(called) + 3)))
    return next(name for name in names if name not in called)


def _without(papers: Sequence[Example], example: Example) -> tuple[Example, ...]:
    return tuple(one for one in papers if not (one.judged and one.key == example.key))


def _kept(papers: Sequence[Example]) -> tuple[Example, ...]:
    over = sum(bool(one.judged) for one in papers) - MOST
    if over <= 0:
        return tuple(papers)
    oldest = next(one for one in papers if one.judged)
    return tuple(one for one in papers if one is not oldest)
