"""Reads digests that were sent, and renders them for a browser as they were."""

from __future__ import annotations

import base64
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from digest import mime, printable
from digest.app import App
from digest.links import PageLinks, StopLinks
from digest.model import Digest, Edition, Subscriber
from digest.render import Body, Renderer
from digest.store import Store
from digest.store.archive import SentEdition
from digest.syndication import SentMatch

_RENDERED_MOST = 500  # mails, before what was kept of their entries is let go


@dataclass(frozen=True, slots=True, kw_only=True)
class Archived:
    """A digest as it was sent, with its reader as on that day.

    ``wanting`` is how many of its entries have lost their texts, or are not stored any more.
    """

    sent: SentEdition
    digest: Digest
    subscriber: Subscriber
    wanting: int


def known(store: Store, subscriber_id: str) -> Subscriber | None:
    """Give a subscriber who is stored, whatever the status."""
    found = store.subscribers.get([subscriber_id]).get(subscriber_id)
    return found.subscriber if found else None


def read(store: Store, subscriber: Subscriber, day: date) -> Archived | None:
    """Read the digest of a day, if it was sent and is kept."""
    sent = store.sent.get(subscriber.id, day)
    return _archived(store, subscriber, sent) if sent else None


def _archived(store: Store, subscriber: Subscriber, sent: SentEdition) -> Archived:
    ids = sent.stored.entry_ids
    entries = store.entries.as_of(ids, sent.sent_at)
    pictures = store.pictures.named(set(sent.stored.pictures.values()))
    edition = Edition(subscriber_id=subscriber.id, date=sent.day)
    digest = sent.stored.digest(edition, entries, pictures)
    profile = replace(
        subscriber.profile,
        # Editions planned by an earlier version name neither.
        template=digest.template or subscriber.profile.template,
        language=digest.language or subscriber.profile.language,
    )
    bare = {name for name in store.entries.pruned(ids) if name in entries}
    missing = [name for name in ids if name not in entries]
    return Archived(
        sent=sent,
        digest=digest,
        subscriber=replace(subscriber, email=sent.email, profile=profile),
        wanting=len(bare) + len(missing),
    )


def matches(store: Store, subscriber: Subscriber, editions: int, most: int) -> Sequence[SentMatch]:
    """Give what a subscriber was sent of late, the newest first, each entry once."""
    found: dict[str, SentMatch] = {}
    for sent in store.sent.latest(subscriber.id, editions):
        if sent.stored.damaged:
            continue
        for match in _archived(store, subscriber, sent).digest.shown:
            found.setdefault(match.entry.id, SentMatch(match=match, sent_at=sent.planned_at))
        if len(found) >= most:
            break
    return list(found.values())[:most]


class Facsimiles:
    """Renders mails of the past as HTML that stands by itself."""

    def __init__(self, app: App, links: PageLinks) -> None:
        """Prepare for the templates and links of ``app``."""
        self._app, self._links = app, links
        self._lock = threading.Lock()  # a renderer is no two threads' at once
        self._renderers: dict[bool, Renderer] = {}
        self._rendered = 0

    def html(self, archived: Archived, *, links: bool) -> str:
        """Give the HTML of a mail, its pictures within; with its ``links``, or but that to stop.

        Raises:
            TemplateError: its template is wrong, or there is none.
        """
        with self._lock:
            renderer = self._renderer(whole=links)
            subscriber = archived.subscriber
            if subscriber.profile.template not in renderer.names():
                profile = replace(subscriber.profile, template="digest")
                subscriber = replace(subscriber, profile=profile)
            body = renderer.body(archived.digest, subscriber)
        return _standing(body, self._app.look.sender)

    def _renderer(self, *, whole: bool) -> Renderer:
        self._rendered += 1
        if self._rendered > _RENDERED_MOST:
            self._renderers.clear()
            self._rendered = 0
        if whole not in self._renderers:
            links = self._links if whole else StopLinks(links=self._links)
            self._renderers[whole] = self._app.renderer(signed=False, links=links)
        return self._renderers[whole]


def _standing(body: Body, sender: str) -> str:
    """Put the pictures that a mail carries into its HTML, and have its links open beside it."""
    html = printable.decoded(body.html).decode().replace("\r\n", "\n")
    for picture in body.pictures:
        data = base64.b64encode(picture.jpeg).decode("ascii")
        html = html.replace(
            f"cid:{mime.content_id(picture.name, sender)}", f"data:image/jpeg;base64,{data}"
        )
    return html.replace("<head>", '<head>\n<base target="_blank">', 1)
