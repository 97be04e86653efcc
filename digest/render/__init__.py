"""Renders a digest as a mail: templates filled, CSS inlined, the MIME message built.

This package is the one place that uses jinja2 and premailer.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from digest import mime, plan, sample
from digest.address import with_ascii_domain
from digest.budget import Weight
from digest.cleaning import shown
from digest.emphasis import bare
from digest.language import Language, language
from digest.letters import ASKING, letter_of
from digest.model import (
    SUMMARY_MOST,
    Digest,
    Edition,
    Entry,
    Message,
    Profile,
    Subscriber,
    Thumbnail,
)
from digest.pieces import Markers
from digest.portrait import card_of, content_of, frame_of
from digest.postage import Postage
from digest.printable import decoded, printable
from digest.render.inline import inline
from digest.render.known import KnownDigests
from digest.render.sheet import Sheet
from digest.render.templates import LETTERS, Templates
from digest.view import Card, Links, Look
from digest.wrapping import tidy

_SUBJECT_MOST = 120
_HEADERS = 2000  # bytes of a mail that are in neither part


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The two alternatives of a mail, encoded, in parts, and the pictures that the HTML shows.

    ``page`` is the web page that stops the mail, if there is one.
    """

    of_html: Sequence[bytes]
    of_text: Sequence[bytes]
    pictures: tuple[Thumbnail, ...] = ()
    page: str = ""

    @property
    def html(self) -> bytes:
        """The HTML, encoded."""
        return b"".join(self.of_html)


class Renderer:
    """Renders mails from the templates in ``folders``, the first that has one winning.

    ``links`` are the web pages that mails point to; without them they point to none. ``postage``
    is what a finished mail gets before it leaves.
    """

    def __init__(
        self,
        look: Look,
        folders: Sequence[Path],
        links: Links | None = None,
        postage: Postage | None = None,
    ) -> None:
        """Prepare; no template is read yet."""
        self._look = look
        self._links = links
        self._postage = postage or Postage()
        self._markers = Markers(secret=f"digest{secrets.token_hex(12)}")
        self._templates = Templates(
            folders, {"wrap": self._markers.wrap, "underline": self._markers.underline}
        )
        self._known = KnownDigests(look)
        self._sheets: dict[tuple[str, str], Sheet] = {}

    def render(self, digest: Digest, subscriber: Subscriber, known_id: str = "") -> Message:
        """Make the mail of one edition; ``known_id`` is the Message-ID it was planned under.

        Raises:
            TemplateError: a template is missing or wrong; the message names file and line.
        """
        identifier = known_id or message_id(
            digest.edition.subscriber_id, digest.edition.date, self._look
        )
        message = self._message(
            subscriber,
            subject=shown(digest.subject, _SUBJECT_MOST),
            body=self.body(digest, subscriber),
            sent_at=plan.slot(digest.edition.date, subscriber.send_at, subscriber.timezone),
            identifier=identifier,
            listed=True,
        )
        return self._postage.put_on(message, digest.edition.date, subscriber.id)

    def body(self, digest: Digest, subscriber: Subscriber) -> Body:
        """Make the two alternatives of an edition's mail.

        Raises:
            TemplateError: a template is missing or wrong; the message names file and line.
        """
        words = language(subscriber.profile.language)
        known = self._known.of(digest, words)
        day, name = digest.edition.date, subscriber.profile.template
        content = content_of(known.shared, day, subscriber, self._look, self._links)
        html = self._sheet(f"{name}.html", words).mail(content, known, digest.pictures)
        text = self._sheet(f"{name}.txt", words).mail(content, known, {})
        return Body(
            of_html=html,
            of_text=text,
            pictures=self._seen(html, digest.pictures.values()),
            page=bare(content.own["unsubscribe"]),
        )

    def _seen(self, html: Iterable[bytes], pictures: Iterable[Thumbnail]) -> tuple[Thumbnail, ...]:
        """Give the pictures that a text shows, each once: a template may show none."""
        named = {mime.content_id(one.name, self._look.sender): one for one in pictures}
        said = decoded(b"".join(html)) if named else b""
        return tuple(one for name, one in named.items() if f"cid:{name}".encode() in said)

    def weigh(self, digest: Digest, subscriber: Subscriber) -> Weight:
        """Say how heavy the mail of an edition will be.

        Raises:
            TemplateError: a template is missing or wrong; the message names file and line.
        """
        body = self.body(digest, subscriber)
        html, text = body.html, sum(map(len, body.of_text))
        carried = sum(map(mime.picture_size, body.pictures))
        mail = len(html) + text + carried + _HEADERS
        return Weight(html=len(decoded(html)), mail=mail)

    def frame(self, profile: Profile) -> Weight:
        """Weigh a mail without entries."""
        reader = Subscriber(id="", email="", profile=profile)
        edition = Edition(subscriber_id="", date=date(2000, 12, 31))
        return self.weigh(Digest(edition=edition, subject="", preheader=""), reader)

    def cards(
        self, entries: Sequence[Entry], profile: Profile, pictures: Mapping[str, Thumbnail]
    ) -> list[Weight]:
        """Weigh what all readers see of entries, and the names of their authors."""
        words, name = language(profile.language), profile.template
        htmls = self._sheet(f"{name}.html", words).cards(entries, SUMMARY_MOST, pictures)
        texts = self._sheet(f"{name}.txt", words).cards(entries, SUMMARY_MOST, {})
        weights = []
        for entry, html, text in zip(entries, htmls, texts, strict=True):
            picture = pictures.get(entry.id)
            carried = sum(map(mime.picture_size, self._seen([html], [picture] if picture else [])))
            weights.append(Weight(html=len(decoded(html)), mail=len(html) + len(text) + carried))
        return weights

    def letter(
        self, kind: str, subscriber: Subscriber, link: str, now: datetime, known_id: str = ""
    ) -> Message:
        """Make a mail about the subscription itself.

        ``kind`` is ``confirm`` or ``address``, where ``link`` is the page that confirms, or
        ``preferences`` or ``welcome``, where it is that of the preferences, or "". The Message-ID
        holds ``now`` to the second and ``known_id``, which tells it from other letters to the same
        reader; without one, the reader's id.

        Raises:
            TemplateError: a template is missing or wrong; the message names file and line.
        """
        words = language(subscriber.profile.language)
        if kind in ASKING:
            # It goes to whomever a stranger named, and carries no words of that stranger's.
            nobody = replace(subscriber.profile, interests=())
            subscriber = replace(subscriber, name="", profile=nobody)
        letter = letter_of(kind, subscriber, self._look, words, link, self._links)
        html = inline(str(self._templates.module(f"{kind}.html", words, view=letter)))
        text = tidy(str(self._templates.module(f"{kind}.txt", words, view=letter))) + "\n"
        _, address = mime.sender_of(self._look.sender)
        domain = address.rpartition("@")[2]
        message = self._message(
            subscriber,
            subject=letter.subject,
            body=Body(
                of_html=[printable(html)], of_text=[printable(text)], page=letter.unsubscribe
            ),
            sent_at=now,
            identifier=f"<{now:%Y%m%d%H%M%S}.{kind}.{known_id or subscriber.id}@{domain}>",
            listed=kind not in ASKING,
        )
        # The address that is asked is not yet the subscriber's: its bounce says nothing of them.
        whose = "" if kind in ASKING else subscriber.id
        return self._postage.put_on(message, now.date(), whose)

    def _message(
        self,
        subscriber: Subscriber,
        *,
        subject: str,
        body: Body,
        sent_at: datetime,
        identifier: str,
        listed: bool,
    ) -> Message:
        """Build the bytes; ``listed`` gives the headers of a list that one may leave."""
        _, address = mime.sender_of(self._look.sender)
        content = mime.build(
            sender=self._look.sender,
            recipient=(subscriber.name, subscriber.email),
            reply_to=self._look.reply_to,
            subject=subject,
            date=sent_at,
            message_id=identifier,
            listing=self._listing(subscriber, body.page) if listed else {},
            text=body.of_text,
            html=body.of_html,
            pictures=body.pictures,
        )
        return Message(
            message_id=identifier,
            sender=address,
            recipient=with_ascii_domain(subscriber.email),
            subject=subject,
            content=content,
            # What follows the headers is encoded, whatever it says.
            plain=content[: content.index(b"\r\n\r\n")].isascii(),
        )

    def _listing(self, subscriber: Subscriber, page: str) -> dict[str, str]:
        """Give the headers by which a client knows the list and leaves it."""
        _, address = mime.sender_of(self._look.sender)
        return mime.list_headers(
            title=self._look.title,
            domain=address.rpartition("@")[2],
            page=page,
            mail=mime.stop_by_mail(self._look.reply_to or address, subscriber.email),
        )

    def _sheet(self, name: str, words: Language) -> Sheet:
        key = (name, words.code)
        if key not in self._sheets:

            def card(entry: Entry, most: int, picture: Thumbnail | None) -> Card:
                return card_of(entry, words, self._look, most, picture)

            self._sheets[key] = Sheet(
                templates=self._templates,
                name=name,
                frame=frame_of(self._look, words),
                words=words,
                markers=self._markers,
                card_of=card,
            )
        return self._sheets[key]

    def names(self) -> tuple[str, ...]:
        """Name the templates of digests there are."""
        return self._templates.names()

    def check(self) -> tuple[str, ...]:
        """Render a made-up digest, full and empty, and every letter; gives the templates' names.

        Raises:
            TemplateError: one is wrong; the message names file and line.
        """
        for name in self.names():
            for digest in (sample.digest(), replace(sample.digest(), sections=())):
                self.render(digest, sample.reader(name))
        for kind in LETTERS:
            for link in (sample.LINK, ""):
                self.letter(kind, sample.reader("digest"), link, sample.NOW)
        return (*self.names(), *LETTERS)


def message_id(subscriber_id: str, day: date, look: Look) -> str:
    """Give the Message-ID of an edition: the same however often it is sent."""
    before, after = _around_id(day, look.sender)
    return f"{before}{subscriber_id}{after}"


@lru_cache(maxsize=64)
def _around_id(day: date, sender: str) -> tuple[str, str]:
    """Give what all Message-IDs of a day have in common."""
    domain = mime.sender_of(sender)[1].rpartition("@")[2]
    return f"<{day:%Y%m%d}.", f"@{domain}>"
