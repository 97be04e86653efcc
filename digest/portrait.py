"""Makes what templates show: the card of an entry, and what each reader's mail says. Pure."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import date
from functools import lru_cache, partial
from itertools import compress
from operator import attrgetter
from typing import NamedTuple

from digest import colour, mime, reasons, wording
from digest.cleaning import shown, sound_url, titled, whole
from digest.compose import EXPLORED, TRENDING
from digest.emphasis import NOTHING, Line, Text, joined, plainly, strongly
from digest.language import Language, msgid
from digest.model import Digest, Entry, Match, Subscriber, Thumbnail
from digest.scripts import direction, guess
from digest.text import opening, shorten
from digest.view import Card, Links, Look, Picture, View

AUTHORS_MOST = 5
TITLE_MOST = 300
_NAME_MOST = 100
_FACT_MOST = 120
_LABEL_MOST = 60
_THUMBNAIL = (560, 302)  # the shape of Daily Papers' thumbnails, 1200 x 648
_ABSTRACT = msgid("Abstract")
_LINK_WORDS = {
    "pdf": msgid("PDF"),
    "code": msgid("Code"),
    "project": msgid("Project page"),
    "discussion": msgid("Discussion"),
}

_BY_FOLLOWED = attrgetter("by_followed")

Values = Mapping[str, Line]


class Said(NamedTuple):
    """What is said of an entry in a card: which of its authors are followed, and why it is here.

    ``by_followed`` is whether it is here for one of them.
    """

    entry: Entry
    followed: frozenset[str]
    why: Line
    by_followed: bool


class Part(NamedTuple):
    """A section of one reader's mail: what it says, and its cards, ``first`` being the number."""

    values: Values
    first: int
    cards: tuple[Said, ...]


class Shared(NamedTuple):
    """What the mails of one digest say to whoever gets it.

    ``values`` are fields of View by name, and each warning. Those that are ``common`` are told to
    all readers alike, or to all with the same sources. ``cards`` are those of all ``parts``.
    """

    values: Values
    common: Values
    warnings: tuple[str, ...]
    parts: tuple[Part, ...]
    cards: tuple[Said, ...]
    words: Language


class Content(NamedTuple):
    """What is personal in one mail: what its digest says, and what is this reader's ``own``.

    ``frame`` is what decides on all that is around the entries but for the other values.
    ``judging`` is how the links begin by which an entry is judged, or ""; ``judgement`` gives how
    one goes on.
    """

    shared: Shared
    own: Values
    frame: Hashable
    judging: str
    judgement: Callable[[str, bool], str]

    @property
    def values(self) -> Values:
        """The fields of View by name, and each warning."""
        return {**self.shared.values, **self.own}

    def of_card(self, number: int, said: Said) -> Values:
        """Give the personal fields of Card, by name."""
        liked, disliked = (
            self.judging and self.judging + self.judgement(said.entry.id, liked)
            for liked in (True, False)
        )
        return {
            "number": _numbered(number),
            "byline": _byline(said.entry, said.followed, self.shared.words),
            "why": said.why,
            "liked": plainly(liked),
            "disliked": plainly(disliked),
        }


def frame_of(look: Look, words: Language) -> View:
    """Give what all mails of a language share."""
    return View(
        title=shown(look.title, _NAME_MOST),
        accent=colour.on_light(look.accent),
        accent_dark=colour.on_dark(look.accent),
        language=words.code,
        direction=words.direction,
        postal_address=look.postal_address,
        logo=look.logo,
    )


def card_of(
    entry: Entry, words: Language, look: Look, most: int, carried: Thumbnail | None = None
) -> Card:
    """Give what is the same for all in an entry; ``most`` is how long its text may be.

    ``carried`` is its picture, where the mail itself has one.
    """
    title = titled(entry.title, TITLE_MOST)
    return Card(
        title=title,
        url=sound_url(entry.url),
        facts=tuple(_facts(entry, words)),
        summary=opening(whole(entry.tldr or entry.summary), most) if most else "",
        links=tuple(_links(entry, title, words)),
        picture=_carried(carried, title, look) if carried else _picture(entry, title, look),
        language=_foreign(title, words),
        direction=direction(title) if direction(title) != words.direction else "",
    )


def _foreign(title: str, words: Language) -> str:
    found = guess(title)
    return "" if found == words.code else found


def _carried(thumbnail: Thumbnail, title: str, look: Look) -> Picture:
    """Point to a part of the mail itself (RFC 2392)."""
    return Picture(
        url=f"cid:{mime.content_id(thumbnail.name, look.sender)}",
        alt=shorten(title, _LABEL_MOST),
        width=thumbnail.width,
        height=thumbnail.height,
    )


def _picture(entry: Entry, title: str, look: Look) -> Picture | None:
    url = sound_url(entry.thumbnail)
    if not look.images or not url.startswith("https://"):
        return None
    width, height = _THUMBNAIL
    return Picture(url=url, alt=shorten(title, _LABEL_MOST), width=width, height=height)


def _links(entry: Entry, title: str, words: Language) -> list[tuple[str, str, str]]:
    """Give each link's word, its address, and what a screen reader says of it."""
    label = shorten(title, _LABEL_MOST)
    found = []
    for link in entry.links:
        url = sound_url(link.url)
        if link.rel in _LINK_WORDS and url and url != entry.url:
            word = words.say(_LINK_WORDS[link.rel])
            found.append((word, url, f"{word}: {label}"))
    if found and "arxiv.org/abs/" in entry.url:
        word = words.say(_ABSTRACT)
        found.insert(0, (word, sound_url(entry.url), f"{word}: {label}"))
    return found


def _facts(entry: Entry, words: Language) -> list[str]:
    facts = [
        shown(entry.organization, _FACT_MOST),
        words.listed([shown(name, _LABEL_MOST) for name in entry.categories[:3]]),
    ]
    if entry.published:
        facts.append(words.short_date(entry.published.date()))
    if entry.version > 1 and entry.replaced:
        facts.append(words.say("version {number}", number=str(entry.version)))
    if entry.upvotes:
        facts.append(words.plural("{number} upvote", "{number} upvotes", entry.upvotes))
    if entry.url.startswith("http") and not sound_url(entry.url):
        facts.append(shown(entry.url, _FACT_MOST))
    return [words.apart(fact) for fact in facts if fact]


def shared_of(digest: Digest, look: Look, words: Language) -> Shared:
    """Give what a digest says to whoever gets it."""
    parts: list[Part] = []
    cards: list[Said] = []
    of_interest: list[bool] = []
    for section in digest.sections:
        said = _said_of(section.matches, words)
        values = {
            "title": plainly(heading(section.title, words)),
            "more": plainly(_more(section.more, words)) if section.more else NOTHING,
        }
        parts.append(Part(values=values, first=len(cards) + 1, cards=said))
        cards += said
        of_interest += [match.interest is not None for match in section.matches]
    warnings = wording.warnings(digest.coverage, words) if digest.coverage else ()
    common = _of_day(digest.edition.date, _reply(look), words)
    if warnings:
        common = common | {f"warnings.{at}": plainly(said) for at, said in enumerate(warnings)}
    counted = _counted(digest, cards, of_interest, words)
    return Shared(
        values={**common, **counted, **_headed(digest)},
        common=common,
        warnings=warnings,
        parts=tuple(parts),
        cards=tuple(cards),
        words=words,
    )


def content_of(
    shared: Shared, day: date, subscriber: Subscriber, look: Look, links: Links | None
) -> Content:
    """Give what is personal in the mail of a day's edition."""
    own = _own(day, subscriber, _reply(look), shared.words, links)
    told = *shared.values.items(), *own.items()
    present = tuple([name for name, value in told if value])
    return Content(
        shared=shared,
        own=own,
        frame=(present, *shared.common.values()),
        judging=links.feedback(subscriber.id, day) if links else "",
        judgement=partial(_judgement, links),
    )


def _reply(look: Look) -> str:
    return look.reply_to or mime.sender_of(look.sender)[1]


def heading(title: str, words: Language) -> str:
    """Give a section's heading: an interest's name, or one of ours in the reader's language."""
    return words.say(title) if title in {TRENDING, EXPLORED} else shown(title, _NAME_MOST)


def _more(number: int, words: Language) -> str:
    return words.plural("and {number} more that matched", "and {number} more that matched", number)


@lru_cache(maxsize=64)
def _of_day(day: date, reply: str, words: Language) -> dict[str, Text]:
    """Give what all mails of a day say."""
    return _plain({"date": words.long_date(day), "unsubscribe_address": reply})


def _counted(
    digest: Digest, cards: Sequence[Said], of_interest: Sequence[bool], words: Language
) -> dict[str, Text]:
    """Give what is said in numbers, which are the same for many."""
    by_followed = sum(map(_BY_FOLLOWED, compress(cards, of_interest)))
    numbers = len(cards), sum(of_interest), by_followed, digest.candidates
    return _plain(
        {
            "summary": wording.counted(*numbers, words, digest.more),
            "left_out": wording.left_out(digest.omitted, words),
            "sources": wording.sources(digest.coverage, words),
        }
    )


def _headed(digest: Digest) -> dict[str, Text]:
    """Give what a digest's mail begins with."""
    return _plain(
        {
            "subject": shown(digest.subject, _FACT_MOST),
            "preheader": shown(digest.preheader, _FACT_MOST),
        }
    )


def _own(
    day: date, subscriber: Subscriber, reply: str, words: Language, links: Links | None
) -> dict[str, Text]:
    """Give what is said to one reader, or leads to their pages."""
    name = shown(subscriber.name, _NAME_MOST)
    return _plain(
        {
            "greeting": words.say("For {name}", name=name) if name else "",
            "archive": links.archive(subscriber.id, day) if links else "",
            "email": subscriber.email,
            "preferences": links.preferences(subscriber.id, day) if links else "",
            "unsubscribe": links.unsubscribe(subscriber.id) if links else "",
            "unsubscribe_mail": mime.stop_by_mail(reply, subscriber.email),
        }
    )


def _plain(said: Mapping[str, str]) -> dict[str, Text]:
    return {name: plainly(value) for name, value in said.items()}


def _said_of(matches: Sequence[Match], words: Language) -> tuple[Said, ...]:
    """Give what is personal in cards."""
    told_of = reasons.told_of
    return tuple([_said((entry, *told_of(why, words))) for entry, _, _, why in matches])


_said: Callable[[tuple[Entry, frozenset[str], Line, bool]], Said] = partial(tuple.__new__, Said)


def _judgement(links: Links | None, entry_id: str, liked: bool) -> str:
    return links.judgement(entry_id, liked=liked) if links else ""


@lru_cache(maxsize=1024)
def numbers(cards: int) -> tuple[Text, ...]:
    """Write the numbers of so many cards."""
    return tuple([_numbered(number) for number in range(1, cards + 1)])


@lru_cache(maxsize=1024)
def _numbered(number: int) -> Text:
    return plainly(f"{number:>2}")


@lru_cache(maxsize=16_384)
def _byline(entry: Entry, followed: frozenset[str], words: Language) -> Text:
    """Name the first authors, the followed ones marked and always among them; else "and 8 more"."""
    people = [author.name for author in entry.authors]
    named = people if len(people) <= AUTHORS_MOST else people[: AUTHORS_MOST - 1]
    beyond = [name for name in people[len(named) :] if name in followed]
    named = [*named, *beyond[:AUTHORS_MOST]]
    if not named:
        return NOTHING
    said = [
        (strongly if name in followed else plainly)(words.apart(shown(name, _NAME_MOST)))
        for name in named
    ]
    names, others = joined(said, words.say(", ")), len(people) - len(named)
    if not others:
        return names
    more = words.plural(" and {number} more", " and {number} more", others)
    return joined([names, plainly(more)])
