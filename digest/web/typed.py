"""What was typed into a form about a profile: read, shown again as it was, made a profile of.

A field has the name of the setting that a profile file has; that of an interest is
``interest-0-keywords``. What a form does not hold keeps its default.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from starlette.datastructures import FormData

from digest import examples, profile
from digest.errors import Problem, SettingsError
from digest.model import Example, Interest, Subscriber
from digest.profile import Defaults
from digest.subscriptions import Names, strange
from digest.text import squash
from digest.upload import PAPERS_MOST, SUMMARY_MOST, TITLE_MOST

BLOCKS_MOST = 100  # interests, as in a profile file
SETTINGS = (
    "email name timezone send_at limit when_empty replacements explore language template "
    "paused_until trending"
).split()
LISTS = ("keywords", "authors", "categories", "examples", "counterexamples", "exclude")
OF_INTEREST = ("name", "text", *LISTS, "weight", "threshold")
_PLACE = re.compile(r"interest\[(\d+)\](?:\.(\w+))?")
_MOST = 200_000  # characters of a field
_LIBRARY_MOST = 1000  # uploaded papers of a form


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One interest as typed.

    ``library`` are papers that were uploaded and not yet saved; ``was`` names the stored interest
    that it shows, of whose papers those in ``dropped`` are to go.
    """

    fields: Mapping[str, str] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    library: tuple[Example, ...] = ()
    was: str = ""
    dropped: frozenset[str] = frozenset()
    removed: bool = False

    @property
    def says(self) -> bool:
        """Whether anything was typed into it."""
        typed = any(self.fields.get(name, "").strip() for name in ("name", "text", *LISTS))
        return bool(typed or self.library or self.was)

    @property
    def packed(self) -> str:
        """The uploaded papers as one hidden field."""
        return json.dumps([[o.key, o.title, o.summary, o.year] for o in self.library])


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A whole form."""

    fields: Mapping[str, str] = field(default_factory=dict)
    days: tuple[str, ...] = ()
    blocks: tuple[Block, ...] = (Block(),)

    @property
    def filled(self) -> bool:
        """Whether anything was typed of what interests its reader."""
        return any(block.says for block in self.blocks)


def read(form: FormData) -> Typed:
    """Read a form; whatever it holds gives an answer."""
    number = str(form.get("interests", "1"))
    count = min(int(number), BLOCKS_MOST) if re.fullmatch(r"\d{1,3}", number) else 1
    blocks: list[Block] = []
    left = _LIBRARY_MOST
    for at in range(count):
        block = _block(form, f"interest-{at}-")
        blocks.append(replace(block, library=block.library[:left]))
        left -= len(blocks[-1].library)
    return Typed(
        fields=_texts(form, "", SETTINGS),
        days=_all(form, "days"),
        blocks=tuple(blocks),
    )


def _block(form: FormData, start: str) -> Block:
    return Block(
        fields=_texts(form, start, OF_INTEREST),
        sources=_all(form, f"{start}sources"),
        library=_unpacked(str(form.get(f"{start}library", ""))),
        was=str(form.get(f"{start}was", "")),
        dropped=frozenset(_all(form, f"{start}drop")),
        removed=f"{start}remove" in form,
    )


def _texts(form: FormData, start: str, names: Iterable[str]) -> dict[str, str]:
    return {
        name: str(form[start + name])[:_MOST].replace("\r\n", "\n")
        for name in names
        if start + name in form
    }


def _all(form: FormData, name: str) -> tuple[str, ...]:
    return tuple(str(value) for value in form.getlist(name))


def _unpacked(packed: str) -> tuple[Example, ...]:
    """Read the hidden field of uploaded papers: nothing of it is believed to be ours.

    JSON can hold halves of characters, which nothing could write down again: they go, as they do
    when a library is read.
    """
    try:
        rows = [(str(k), str(t), str(s), int(y)) for k, t, s, y in json.loads(packed or "[]")]
    except (ValueError, TypeError, OverflowError, RecursionError):
        return ()
    return tuple(
        Example(
            key=squash(k)[:200],
            title=squash(t)[:TITLE_MOST],
            summary=squash(s)[:SUMMARY_MOST],
            year=y % 10_000,
        )
        for k, t, s, y in rows[:PAPERS_MOST]
    )


def name_of(example: Example) -> str:
    """Name an example within its interest."""
    return hashlib.sha256(f"{example.key}\n{example.title}".encode()).hexdigest()[:10]


def named(interests: Sequence[Interest]) -> dict[str, Interest]:
    """Name stored interests, of which two may be called the same."""
    times: Counter[str] = Counter()
    found = {}
    for interest in interests:
        times[interest.name] += 1
        key = hashlib.sha256(f"{interest.name}\n{times[interest.name]}".encode()).hexdigest()[:10]
        found[key] = interest
    return found


def is_paper(example: Example) -> bool:
    """Whether an example came with its text or out of a mail, rather than by hand."""
    return bool(example.summary or example.judged)


def written(example: Example) -> str:
    """Write an example as one types it."""
    return example.title or example.key.replace("url:", "https://", 1)


def of(reader: Subscriber) -> Typed:
    """Give the form that shows a stored profile."""
    wanted = reader.profile
    fields = {
        "email": reader.email,
        "name": reader.name,
        "timezone": reader.timezone,
        "send_at": reader.send_at,
        "paused_until": reader.paused_until.isoformat() if reader.paused_until else "",
        "limit": str(wanted.limit),
        "when_empty": wanted.when_empty,
        "replacements": wanted.replacements,
        "explore": str(wanted.explore),
        "language": wanted.language,
        "template": wanted.template,
        "trending": str(wanted.trending),
    }
    blocks = tuple(_shown(was, one) for was, one in named(wanted.interests).items())
    return Typed(fields=fields, days=reader.days, blocks=blocks)


def _shown(was: str, interest: Interest) -> Block:
    by_hand = {
        "examples": [written(one) for one in interest.examples if not is_paper(one)],
        "counterexamples": [written(one) for one in interest.counterexamples if not is_paper(one)],
        "keywords": interest.keywords,
        "authors": interest.authors,
        "categories": interest.categories,
        "exclude": interest.exclude,
    }
    fields = {
        "name": interest.name,
        "text": interest.text,
        "weight": f"{interest.weight:g}",
        "threshold": f"{interest.threshold:g}",
        **{name: "\n".join(lines) for name, lines in by_hand.items()},
    }
    return Block(fields=fields, sources=interest.sources, was=was)


def reader_of(
    typed: Typed, defaults: Defaults, names: Names, stored: Sequence[Interest] = ()
) -> Subscriber:
    """Make a subscriber of what was typed, and of the papers that ``stored`` interests keep.

    A stored interest that the form does not show stays: it was added meanwhile.

    Raises:
        SettingsError: with every mistake, each placed at the name of its field.
    """
    known = named(stored)
    used = [
        (at, block) for at, block in enumerate(typed.blocks) if block.says and not block.removed
    ]
    unseen = [one for was, one in known.items() if was not in {b.was for b in typed.blocks}]
    content = _settings(typed)
    # An interest that is not in the form makes a profile whole, too.
    content["interest"] = [
        *(_table(block, known.get(block.was)) for _, block in used),
        *({"text": one.name} for one in unseen),
    ]
    try:
        reader = profile.of_content(content, defaults)
        if problems := strange(reader, "", names):
            raise SettingsError(problems)
    except SettingsError as error:
        places = [at for at, _ in used]
        raise SettingsError([_placed(p, places) for p in error.problems]) from None
    if not typed.days:
        fault, cure = "None is chosen", "choose one at least, or pause the mails until a date"
        raise SettingsError([Problem("days", fault, cure)])
    interests = [
        _whole(interest, block, known.get(block.was))
        for interest, (_, block) in zip(reader.profile.interests, used, strict=False)
    ]
    return replace(reader, profile=replace(reader.profile, interests=(*interests, *unseen)))


def _settings(typed: Typed) -> dict[str, Any]:
    content: dict[str, Any] = {
        name: value.strip() for name, value in typed.fields.items() if value.strip()
    }
    return content | {
        "days": list(typed.days),
        "trending": {"show": content.get("trending", "0")},
    }


def _table(block: Block, original: Interest | None) -> dict[str, Any]:
    """Give an interest as a profile file has it; one paper stands for those that stay."""
    table: dict[str, Any] = {
        name: value.strip() for name, value in block.fields.items() if value.strip()
    }
    for name in LISTS:
        if name in table:
            parts = re.split(r"[\n,]" if name == "categories" else r"\n", table[name])
            table[name] = [part.strip() for part in parts if part.strip()]
    if block.sources:
        table["sources"] = list(block.sources)
    if (block.library or _kept(block, original, "examples")) and not table.get("examples"):
        table["examples"] = ["a paper"]
    return table


def _kept(block: Block, original: Interest | None, name: str) -> tuple[Example, ...]:
    papers: tuple[Example, ...] = getattr(original, name) if original else ()
    return tuple(one for one in papers if is_paper(one) and name_of(one) not in block.dropped)


def _whole(interest: Interest, block: Block, original: Interest | None) -> Interest:
    """Give an interest its papers: those by hand, those that stay, those uploaded."""
    liked = (*_by_hand(block, "examples"), *_kept(block, original, "examples"), *block.library)
    disliked = (
        *_by_hand(block, "counterexamples"),
        *_kept(block, original, "counterexamples"),
    )
    return replace(
        interest,
        examples=tuple(dict.fromkeys(liked)),
        counterexamples=tuple(dict.fromkeys(disliked)),
    )


def _by_hand(block: Block, name: str) -> list[Example]:
    lines = block.fields.get(name, "").split("\n")
    return [examples.read(line.strip()) for line in lines if line.strip()]


def _placed(problem: Problem, places: Sequence[int]) -> Problem:
    """Place a mistake at the field it was typed into."""
    found = _PLACE.match(problem.place)
    if found:
        name = f"interest-{places[int(found[1]) - 1]}-{found[2] or 'text'}"
        return replace(problem, place=name)
    if not problem.place:
        fault, cure = "Nothing is asked for", "say in a text, keywords or papers what interests you"
        return Problem("interest-0-text", fault, cure)
    return replace(problem, place=re.split(r"[.\[]", problem.place)[0])
