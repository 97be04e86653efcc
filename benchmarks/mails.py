"""Writes a mail for every template and every hard case into a folder, to be looked at and measured.

    python benchmarks/mails.py FOLDER

Each is FOLDER/<template>-<case>.eml; the letters are FOLDER/letter-<kind>.eml. With a tool that
judges mails, this makes the table of templates and cases again. The mails point to web pages of
digest.example.org, as they do with a base_url.
"""

from __future__ import annotations

import io
import random
import sys
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from digest.budget import Budget
from digest.compose import compose
from digest.language import CODES
from digest.match import rank
from digest.model import (
    Author,
    Coverage,
    Digest,
    Edition,
    Entry,
    Interest,
    Link,
    Profile,
    Subscriber,
    Thumbnail,
)
from digest.pool import Pool
from digest.render import Renderer
from digest.shrink import shrink
from digest.view import Look, Picture

ROOT = Path(__file__).parents[1]
SITE = "https://digest.example.org"
DAY = date(2026, 11, 23)
TEMPLATES = ("digest", "compact", "trending")
TOPICS = (
    "Sparse attention",
    "Program synthesis",
    "Graph learning",
    "Speech and sound",
    "Protein folding",
    "Robot learning",
    "Cheaper inference",
    "Evaluation",
)
THINGS = (
    "hashes tables books cells birds bridges rivers proteins teachers markets voices maps robots "
    "grammars lenses engines forests letters clocks pumps islands mirrors queues ladders kitchens "
    "harbours looms orchards tunnels violins turbines glaciers"
).split()
SENTENCES = (
    "Long {a} cost a {topic} model time that grows with the square of their {b}.",
    "We show that only a hundredth of the {a} is needed, if the {b} are chosen by what was read.",
    "On seven sets of {a} the loss stays below half a point; on {b} nothing is lost at all.",
    "Our {topic} method fits {a} of 900 pages into the memory of one small machine for {b}.",
    "Nobody had asked whether {a} and {b} can be told apart by a reader who has seen neither.",
    "Two teams of annotators, one that knows {a} and one that knows {b}, disagree in a third.",
    "The error falls from 12 % to 9 % where {a} are given first and {b} last, and not otherwise.",
    "We publish the code, the {a} and all runs, failed ones too, and say where {b} do not help.",
    "A proof by {a} gives a lower bound; for {topic} it is tight up to the number of {b}.",
    "Compared with the strongest baseline, {a} need a fifth of the energy of {b}.",
)
LONG = "A study of very many things that all belong into one title " * 5
CHINESE = "稀疏注意力机制在超长文档理解中的应用：一种基于哈希的高效方法及其在多语言语料上的系统评测"  # noqa: RUF001 Chinese punctuation
ARABIC = "الانتباه المتناثر لفهم الوثائق الطويلة: طريقة فعالة قائمة على التجزئة"
LATEX = (
    r"$\beta$-VAEs learn $O(n^{2})$ factors in $\mathbb{R}^d$: Erd\H{o}s meets G\"odel at 50\% & <1"
)
EVIL = "<script>alert(1)</script>{{ config }}{% x %}\u202egnp.exe =?utf-8?q?x=0D=0ABcc:_v@e.org?="


class Pages:
    """The web pages of a subscriber, as they will be."""

    def unsubscribe(self, subscriber_id: str) -> str:
        """Give the page that stops the mail."""
        return f"{SITE}/u/{subscriber_id}.k3Jx9vQ2mT7bLr5zPq8sWd4n"

    def preferences(self, subscriber_id: str, day: date) -> str:
        """Give the page of the preferences."""
        del day
        return f"{SITE}/p/{subscriber_id}.k3Jx9vQ2mT7bLr5zPq8sWd4n"

    def feedback(self, subscriber_id: str, day: date) -> str:
        """Give how the pages begin that take a judgement."""
        return f"{SITE}/f/{subscriber_id}.{day:%Y%m%d}.k3Jx9vQ2mT7b"

    def judgement(self, entry_id: str, *, liked: bool) -> str:
        """Give how such a page goes on."""
        return f"/{hash_of(entry_id)}/{'more' if liked else 'less'}"

    def archive(self, subscriber_id: str, day: date) -> str:
        """Give the page with all of a day."""
        return f"{SITE}/d/{day}/{subscriber_id}"


def hash_of(text: str) -> int:
    """Give a number for a text, the same in every run."""
    return sum(ord(char) * pow(31, at, 10**9) for at, char in enumerate(text)) % 10**9


class OnePage(Pages):
    """No web page but the one that stops the mail."""

    def preferences(self, subscriber_id: str, day: date) -> str:
        """Give none."""
        del subscriber_id, day
        return ""

    def feedback(self, subscriber_id: str, day: date) -> str:
        """Give none."""
        del subscriber_id, day
        return ""

    def archive(self, subscriber_id: str, day: date) -> str:
        """Give none."""
        del subscriber_id, day
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is hard about a mail: its entries, interests, sources and language."""

    entries: Sequence[Entry]
    topics: Sequence[str] = TOPICS[:1]
    coverage: Sequence[Coverage] = ()
    language: str = "en"
    name: str = "Ada Lovelace"


def paper(number: int, topic: str = TOPICS[0], title: str = "") -> Entry:
    """Make up a paper, no two of them alike."""
    chance = random.Random(number)  # the same papers in every run
    a, b = chance.sample(THINGS, 2)
    told = [
        sentence.format(
            a=" and ".join(chance.sample(THINGS, 2)), b=chance.choice(THINGS), topic=topic
        )
        for sentence in chance.sample(SENTENCES, 5)
    ]
    identifier = f"2611.{number:05d}"
    people = ["Ana Lindqvist", "Zoë Müller", "Mei-Ling Okafor", "Jörg Petersen", "Priya Raman"]
    people = people if number % 3 == 0 else people[2:]
    return Entry(
        id=f"arxiv:{identifier}",
        title=title or f"{topic} for {a}: how many {b} are enough, and for whom?",
        url=f"https://arxiv.org/abs/{identifier}",
        summary=" ".join(told),
        authors=tuple(Author(name=name) for name in [*people, "Luis Ortega", "Noah Brandt"]),
        categories=("cs.LG", "cs.CL"),
        published=datetime(2026, 11, 22, tzinfo=UTC) + timedelta(minutes=number),
        organization="Institute of Made-up Machines" if number % 2 else "",
        upvotes=number * 7 % 100 + 1,
        links=(
            Link(rel="pdf", url=f"https://arxiv.org/pdf/{identifier}"),
            Link(rel="code", url=f"https://github.com/example/lessons-{number}"),
            Link(rel="discussion", url=f"https://huggingface.co/papers/{identifier}"),
        ),
        thumbnail=f"https://cdn.example.org/thumbnails/{identifier}.png",
        seen_in=("arXiv",),
    )


def papers(count: int, topics: Sequence[str] = TOPICS[:1]) -> list[Entry]:
    """Make up papers, the topics in turn."""
    return [paper(number, topics[number % len(topics)]) for number in range(1, count + 1)]


def bare() -> list[Entry]:
    """Make up entries that lack what an entry may lack, one thing each, and one that lacks all."""
    whole = paper(1)
    return [
        whole,
        replace(paper(2), summary=""),
        replace(paper(3), authors=()),
        replace(paper(4), published=None),
        replace(paper(5), url="", links=()),
        Entry(id="title:alone", title="Sparse attention alone", upvotes=1),
    ]


def evil() -> list[Entry]:
    """Make up entries that a hostile feed might send, as they would come out of the store."""
    return [
        replace(
            paper(1, title=f"Sparse attention {EVIL}"),
            summary=f"{EVIL} &amp;amp; body{{background:expression(alert(1));}} @media " * 9,
            authors=(Author(name=EVIL), Author(name="Ana Lindqvist")),
            organization=EVIL,
            categories=(EVIL, "</td></table>"),
        ),
        replace(
            paper(2, title="https://bank.example.com"),
            url="javascript:alert(1)",
            summary="Sparse attention. " + "x" * 5_000_000,
            links=(Link(rel="pdf", url="data:text/html,x"), Link(rel="code", url="http://1.2.3.4")),
        ),
        replace(paper(3), url="https://evil.example.org/{{x}}<b>", thumbnail="javascript:1"),
        replace(paper(4, title="Sparse attention " + "y" * 400), organization="\r\nBcc: v@e.org"),
    ]


def cases() -> dict[str, Case]:
    """Give every case by its name."""
    read = Coverage(source="arXiv", state="read", entries=412)
    found = {
        "1": Case(entries=papers(1)),
        "15": Case(entries=papers(15)),
        "60": Case(entries=papers(60)),
        "8-interests": Case(entries=papers(24, TOPICS), topics=TOPICS),
        "long-titles": Case(
            entries=[paper(n, title=f"Sparse attention {n} {LONG}"[:300]) for n in range(1, 6)]
        ),
        "chinese": Case(entries=[paper(n, title=f"{CHINESE}{n}") for n in range(1, 6)]),
        "arabic-title": Case(entries=[paper(n, title=f"{ARABIC} {n}") for n in range(1, 6)]),
        "latex": Case(entries=[paper(n, title=f"{LATEX} {n}") for n in range(1, 6)]),
        "bare": Case(entries=bare()),
        "quiet": Case(entries=(), coverage=(replace(read, entries=0),)),
        "broken": Case(
            entries=papers(3),
            coverage=(
                read,
                Coverage(source="Daily Papers", state="unreachable", detail="HTTP 503 <b>"),
                Coverage(source="A journal", state="stale", detail="nothing new", entries=2),
            ),
        ),
        "hostile": Case(entries=evil(), topics=(f"Sparse attention {EVIL}"[:90],), name=EVIL),
    }
    for code in CODES[1:]:
        found[f"language-{code}"] = Case(entries=papers(15), language=code)
    return found


def made(
    template: str,
    case: Case,
    renderer: Renderer,
    picture: Callable[[Entry], Thumbnail] | None = None,
) -> bytes:
    """Compose and render the mail of a case, as a run does; with a ``picture`` of each entry."""
    digest, reader = composed(template, case)
    if picture:
        shown = [match.entry for match in digest.shown]
        digest = replace(digest, pictures={entry.id: picture(entry) for entry in shown})
    return renderer.render(Budget(scales=renderer).fit([(digest, reader)])[0], reader).content


@cache
def drawn(entry: Entry) -> Thumbnail:
    """Draw what Daily Papers shows of a paper, in its size, and make it small as a run does."""
    chance = random.Random(entry.id)  # the same picture in every run
    image = Image.effect_noise((1200, 648), 12).convert("RGB")
    draw = ImageDraw.Draw(image)
    draw.text((60, 50), textwrap.fill(entry.title, 42), "black", ImageFont.load_default(46))
    for line in range(6):
        said = textwrap.wrap(entry.summary, 66)[line : line + 1]
        draw.text((60, 270 + 26 * line), "".join(said), "black", ImageFont.load_default(20))
    for bar in range(12):
        colour = tuple(chance.randrange(60, 220) for _ in range(3))
        draw.rectangle(
            ((80 + 90 * bar, 600 - chance.randrange(150)), (140 + 90 * bar, 600)), colour
        )
    written = io.BytesIO()
    image.save(written, "PNG")
    found = shrink(f"{hash_of(entry.thumbnail):032x}", written.getvalue())
    assert isinstance(found, Thumbnail)
    return found


def composed(template: str, case: Case) -> tuple[Digest, Subscriber]:
    """Compose the digest of a case, and make its reader."""
    interests = tuple(
        Interest(
            name=topic,
            text=topic.lower(),
            keywords=(f'"{" ".join(topic.split()[:2])}"',),
            authors=("Zoë Müller",) if at == 0 else (),
            threshold=0.0,
        )
        for at, topic in enumerate(case.topics)
    )
    trending = template == "trending"
    reader = Subscriber(
        id="5f1ba2c0d3e4f567",
        email="ada@example.net",
        name=case.name,
        profile=Profile(
            interests=() if trending else interests,
            limit=60,
            trending=60 if trending else 3,
            template=template,
            language=case.language,
        ),
    )
    ranking = rank([reader.profile], Pool(case.entries))[0]
    edition = Edition(subscriber_id=reader.id, date=DAY)
    coverage = case.coverage or (Coverage(source="arXiv", state="read", entries=len(case.entries)),)
    return compose(reader, edition, ranking, range(len(case.entries)), coverage), reader


def renderer(*, images: bool = False) -> Renderer:
    """Make a renderer with the bundled templates, for mails with web pages behind them."""
    look = Look(
        title="Daily digest",
        sender="Daily digest <digest@example.org>",
        reply_to="team@example.org",
        postal_address="Daily digest, 1 Sample Street, 10115 Berlin",
        images=images,
        logo=Picture(url=f"{SITE}/logo.png", alt="", width=160, height=40) if images else None,
    )
    return Renderer(look, [ROOT / "templates"], Pages())


def written(folder: Path, say: Callable[[str], object]) -> None:
    """Write all mails, saying each one's name."""
    folder.mkdir(parents=True, exist_ok=True)
    plain, pictured = renderer(), renderer(images=True)
    mails = {
        f"{template}-{name}": made(template, case, plain)
        for template in TEMPLATES
        for name, case in cases().items()
    }
    mails["digest-images"] = made("digest", cases()["15"], pictured)
    mails["trending-images"] = made("trending", cases()["15"], pictured)
    for template in TEMPLATES:
        for name in ("15", "60", "long-titles", "language-ar"):
            mails[f"{template}-carried-{name}"] = made(template, cases()[name], plain, drawn)
    reader = Subscriber(
        id="5f1ba2c0d3e4f567",
        email="ada@example.net",
        name="Ada Lovelace",
        profile=Profile(interests=tuple(Interest(name=topic) for topic in TOPICS[:3])),
    )
    now = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
    link = f"{SITE}/c/{reader.id}.k3Jx9vQ2mT7b"
    for kind in ("confirm", "welcome"):
        mails[f"letter-{kind}"] = plain.letter(kind, reader, link, now).content
    mails |= scanty(now, link)
    for name, content in mails.items():
        (folder / f"{name}.eml").write_bytes(content)
        say(name)


def scanty(now: datetime, link: str) -> dict[str, bytes]:
    """Make the mails that say least, in each language: no name, no interests, no pages."""
    few = Renderer(Look(title="Papers", sender="p@example.org"), [ROOT / "templates"], OnePage())
    found = {}
    for code in CODES:
        quiet = replace(cases()["quiet"], language=code, name="")
        found[f"digest-scanty-{code}"] = made("digest", quiet, few)
        nobody = Subscriber(id="5f1b", email="a@example.net", profile=Profile(language=code))
        found[f"letter-confirm-{code}"] = few.letter("confirm", nobody, link, now).content
        found[f"letter-welcome-{code}"] = few.letter("welcome", nobody, "", now).content
    return found


if __name__ == "__main__":
    if len(sys.argv) != 2:  # noqa: PLR2004 the program and the folder
        sys.exit(__doc__)
    written(Path(sys.argv[1]), print)
