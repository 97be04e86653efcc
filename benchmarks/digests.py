"""Real digests for the benchmarks: 15 of sixty papers a reader, and two ways to make their mails.

No two digests have the same entries in the same order for the same reasons, of which each entry has
as many as ranking finds: three mostly. The plain way fills the same templates for each reader anew,
as most newsletter programs do.
"""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from random import Random
from typing import Any

from mails import DAY, THINGS, TOPICS, papers
from markupsafe import Markup

from digest import plan
from digest.emphasis import as_html, bare
from digest.language import language
from digest.links import PageLinks
from digest.mime import literal, mailbox, sender_of
from digest.model import Digest, Edition, Entry, Evidence, Interest, Match, Section, Subscriber
from digest.portrait import Values, card_of, content_of, frame_of, shared_of
from digest.render import Renderer
from digest.render.inline import inline
from digest.render.templates import Templates
from digest.tokens import Tokens
from digest.view import Group, Look
from digest.wrapping import tidy, underline, wrap

ROOT = Path(__file__).parents[1]
LOOK = Look(
    title="Daily digest",
    sender="Daily digest <digest@example.org>",
    postal_address="Daily digest, 1 Sample Street, 10115 Berlin",
)
LINKS = PageLinks(base_url="https://digest.example.org", tokens=Tokens(["0" * 64]))
SHOWN = 15


def entries() -> list[Entry]:
    """Give the papers of a day."""
    return papers(60, TOPICS)


def renderer() -> Renderer:
    """Make a renderer that has kept nothing yet."""
    return Renderer(LOOK, [ROOT / "templates"], LINKS)


def reader(number: int) -> Subscriber:
    """Make a reader like no other."""
    return Subscriber(
        id=f"{number:016x}", email=f"reader{number}@example.net", name=f"Reader {number}"
    )


def digest(number: int, pool: list[Entry]) -> Digest:
    """Make a digest like no other, for the reader of that number."""
    chance = Random(number)
    topic = Interest(name=TOPICS[number % len(TOPICS)])
    matches = tuple(
        Match(entry=entry, interest=topic, score=0.5, evidence=evidence(chance))
        for entry in chance.sample(pool, SHOWN)
    )
    return Digest(
        edition=Edition(subscriber_id=reader(number).id, date=DAY),
        subject=f"Mon 23 Nov: {matches[0].entry.title[:40]} + {SHOWN - 1} more",
        preheader="And what they say",
        sections=(Section(title=topic.name, matches=matches),),
        candidates=len(pool),
        omitted={"below the threshold": len(pool) - SHOWN},
    )


def evidence(chance: Random) -> tuple[Evidence, ...]:
    """Give reasons as the matchers write them, the strongest first."""
    words, found = ", ".join(chance.sample(THINGS, 3)), chance.sample(THINGS, 2)
    return (
        Evidence(matcher="lexical", reason=f"close to your topic: {words}", score=0.6),
        Evidence(matcher="keywords", reason=f"“{found[0]}” in the title", score=0.55),
        Evidence(matcher="keywords", reason=f"“{found[1]}” in the abstract", score=0.4),
    )


class PlainWay:
    """Renders, inlines and builds each mail from the beginning, its templates compiled once."""

    def __init__(self) -> None:
        """Prepare."""
        self._templates = Templates([ROOT / "templates"], {"wrap": wrap, "underline": underline})
        self._words = language("en")

    def make(self, content: Digest, who: Subscriber, identifier: str) -> bytes:
        """Give the bytes of a mail."""
        message = EmailMessage()
        message["From"] = mailbox(*sender_of(LOOK.sender))
        message["To"] = mailbox(who.name, who.email)
        message["Subject"] = literal(content.subject)
        message["Date"] = format_datetime(plan.slot(DAY, who.send_at, who.timezone))
        message["Message-ID"] = identifier
        message.set_content(tidy(self._filled("digest.txt", content, who)) + "\n")
        message.add_alternative(inline(self._filled("digest.html", content, who)), subtype="html")
        return message.as_bytes()

    def _filled(self, name: str, digest: Digest, who: Subscriber) -> str:
        write = as_html if name.endswith(".html") else bare
        shared = shared_of(digest, LOOK, self._words)
        found = content_of(shared, digest.edition.date, who, LOOK, LINKS)

        def said(values: Values) -> dict[str, Any]:
            return {key: Markup(write(value)) for key, value in values.items()}

        frame = {**_fields(frame_of(LOOK, self._words)), **said(found.values)}
        frame["warnings"] = shared.warnings
        macros = self._templates.module(name, self._words, view={**frame, "entries": ""})
        rows = []
        for part in shared.parts:
            rows.append(macros.section(Group(first=True, **said(part.values))))
            for number, one in enumerate(part.cards, part.first):
                card = _fields(card_of(one.entry, self._words, LOOK, digest.summary_most))
                rows.append(macros.card({**card, **said(found.of_card(number, one))}))
        whole = {**frame, "entries": Markup("".join(rows))}
        return str(self._templates.module(name, self._words, view=whole))


def _fields(value: Any) -> dict[str, Any]:  # noqa: ANN401 any of view's classes
    return {name: getattr(value, name) for name in value.__slots__}
