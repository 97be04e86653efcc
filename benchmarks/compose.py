"""What it costs to make one reader's mail, its cards kept or not: ratios in one run.

The 15 entries are the same for all; each reader has a name and links of their own.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from pathlib import Path

from mails import DAY, Pages, papers
from path import show

from digest.model import Digest, Edition, Evidence, Interest, Match, Section, Subscriber
from digest.render import Renderer
from digest.view import Look

ROOT = Path(__file__).parents[1]
LOOK = Look(title="Daily digest", sender="Daily digest <digest@example.org>")
READERS = 20


def main() -> None:
    """Measure and print."""
    kept = renderer()
    readers = count()
    body, whole = digest(), renderer()
    made = whole.render(body, reader(0))
    print(f"15 entries: {len(made.html.encode())} bytes of HTML, a mail of {len(made.content)}")
    show(
        f"{READERS} mails, all rendered and inlined anew / from kept cards",
        lambda: [renderer().body(own(body), reader(next(readers))) for _ in range(READERS)],
        lambda: [kept.body(own(body), reader(next(readers))) for _ in range(READERS)],
    )
    show(
        f"{READERS} mails from kept cards with their bytes encoded / without",
        lambda: [whole.render(own(body), reader(next(readers))) for _ in range(READERS)],
        lambda: [kept.body(own(body), reader(next(readers))) for _ in range(READERS)],
    )
    show(
        f"{READERS} mails from kept cards, each another digest / all the same",
        lambda: [whole.render(own(body), reader(next(readers))) for _ in range(READERS)],
        lambda: [whole.render(body, reader(next(readers))) for _ in range(READERS)],
    )


def own(body: Digest) -> Digest:
    """Give a digest as another reader's, who happens to get the same."""
    return replace(body, sections=tuple(map(replace, body.sections)))


def renderer() -> Renderer:
    """Make a renderer that has kept nothing yet."""
    return Renderer(LOOK, [ROOT / "templates"], Pages())


def reader(number: int) -> Subscriber:
    """Make a reader like no other."""
    return Subscriber(id=f"{number:016x}", email=f"r{number}@example.net", name=f"Reader {number}")


def digest() -> Digest:
    """Make a digest of 15 entries."""
    topic = Interest(name="Sparse attention")
    reason = Evidence(matcher="keywords", reason="“sparse” in the title", score=0.5)
    matches = tuple(
        Match(entry=entry, interest=topic, score=0.5, evidence=(reason,)) for entry in papers(15)
    )
    edition = Edition(subscriber_id="x", date=DAY)
    found = Digest(edition=edition, subject="Fifteen papers", preheader="And what they say")
    section = Section(title=topic.name, matches=matches)
    return replace(found, sections=(section,), candidates=15)


if __name__ == "__main__":
    main()
