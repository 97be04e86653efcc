"""What templates show: the parts of a mail as plain values, some of them made for each reader.

docs/templates.md lists these classes' fields for those who write templates. A field that is
marked ``personal`` is a marker while a template is rendered, and is filled in for each reader.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date
from functools import cache
from typing import Any, Protocol

PERSONAL = "personal"


def _personal() -> Any:  # noqa: ANN401 dataclasses.field says Any, too
    return field(default="", metadata={PERSONAL: True})


@cache
def personal(kind: type) -> tuple[str, ...]:
    """Name the fields of a class below that are filled in for each reader."""
    return tuple(one.name for one in fields(kind) if one.metadata.get(PERSONAL))


class Links(Protocol):
    """The web pages of a subscriber, as https addresses; "" for a page there is not."""

    def unsubscribe(self, subscriber_id: str) -> str:
        """Give the page that stops the mail; it also takes the POST of RFC 8058."""

    def preferences(self, subscriber_id: str, day: date) -> str:
        """Give the page where the subscriber changes what is sent, for a mail of ``day``."""

    def feedback(self, subscriber_id: str, day: date) -> str:
        """Give how the pages begin that take what is liked of an edition."""

    def judgement(self, entry_id: str, *, liked: bool) -> str:
        """Give how such a page goes on for an entry: the same in every mail."""

    def archive(self, subscriber_id: str, day: date) -> str:
        """Give the page with the mail of a day; ``/all`` below it has all that came in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An image with what is said in its place, and its size in CSS pixels."""

    url: str
    alt: str
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One entry: all but the personal is the same for everybody."""

    title: str
    url: str = ""
    facts: tuple[str, ...] = ()
    summary: str = ""
    links: tuple[tuple[str, str, str], ...] = ()
    picture: Picture | None = None
    language: str = ""
    direction: str = ""
    number: str = _personal()
    byline: str = _personal()
    why: str = _personal()
    liked: str = _personal()
    disliked: str = _personal()


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A section: its heading, and what it says after its cards; ``first`` in the mail or not."""

    first: bool = False
    title: str = _personal()
    more: str = _personal()


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The mail around its entries."""

    title: str
    accent: str
    accent_dark: str
    language: str
    direction: str
    postal_address: str = ""
    logo: Picture | None = None
    entries: str = _personal()
    warnings: tuple[str, ...] = ()
    subject: str = _personal()
    preheader: str = _personal()
    date: str = _personal()
    greeting: str = _personal()
    summary: str = _personal()
    left_out: str = _personal()
    archive: str = _personal()
    sources: str = _personal()
    email: str = _personal()
    preferences: str = _personal()
    unsubscribe: str = _personal()
    unsubscribe_mail: str = _personal()
    unsubscribe_address: str = _personal()


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail to one person about the subscription itself: ``confirm`` or ``welcome``.

    ``link`` is what the mail is about: the page that confirms, or the one with the preferences.
    """

    title: str
    accent: str
    accent_dark: str
    language: str
    direction: str
    postal_address: str = ""
    logo: Picture | None = None
    subject: str
    preheader: str
    greeting: str = ""
    interests: tuple[str, ...] = ()
    schedule: str = ""
    email: str
    link: str = ""
    unsubscribe: str = ""
    unsubscribe_mail: str
    unsubscribe_address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the operator chose for every mail; ``images`` shows the sources' thumbnails."""

    title: str
    sender: str
    reply_to: str = ""
    accent: str = "#0b57d0"
    postal_address: str = ""
    logo: Picture | None = None
    images: bool = False
