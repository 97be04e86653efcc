"""One template in one language: made once with markers, joined for each reader.

The frame (what is around the entries), each section's heading and each entry's card are rendered,
the HTML ones inlined, and all encoded when they are first needed; then kept. A reader's mail is
these pieces in a row, the personal values between them. What a piece looks like depends on nothing
around it, so that the same mail comes out whatever was kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import Any, TypeVar, cast

from markupsafe import Markup

from digest.emphasis import NOTHING, as_html, bare, plainly
from digest.language import Language
from digest.linebreaks import alike
from digest.model import Entry, Thumbnail
from digest.pieces import Form, Markers, Value
from digest.portrait import Content, Shared, Values, numbers
from digest.printable import stripped
from digest.render.inline import inline
from digest.render.known import KnownDigest
from digest.render.templates import Templates
from digest.stencils import LINK, Stencil, Ways, cut
from digest.view import Card, Group, View, personal
from digest.wholes import Whole, stripped_around
from digest.wrapping import tidy

_AUTHORS_MOST, _NAME_MOST = 12, 120  # more are never named, or at such length
_SHARED = ("byline", "liked", "disliked")  # of a card's values, those that come again
_AGAIN = {"summary", "left_out", "sources"}  # of the frame's, those that are told to many
_ENTRIES = b"\0"  # stands for them, as nothing does that is encoded
_FRAMES = 500
_AT_ONCE = 200  # pieces that are inlined together; a tree of 2,000 takes 80 MB
_KEPT = 20_000  # pieces; a day has about a thousand entries
T = TypeVar("T")


Pictures = Mapping[str, Thumbnail]  # those that a mail carries, by their entries' ids


def _ways_of_cards() -> Ways:
    return Ways(again=("why", "number"))


def _columns(shared: Shared) -> dict[str, Sequence[Any]]:
    """Give the values of the cards that their readers are told, each in a column."""
    cards = shared.cards
    return {"why": [said.why for said in cards], "number": numbers(len(cards))}


@dataclass(slots=True, kw_only=True, eq=False)
class Sheet:
    """A template's file ``name`` (with its ending) in one language.

    ``card_of`` gives an entry's card with its text of at most so many characters, and its picture.
    """

    templates: Templates
    name: str
    frame: View
    words: Language
    markers: Markers
    card_of: Callable[[Entry, int, Thumbnail | None], Card]
    _kept: dict[object, Form] = field(default_factory=dict)
    _cards: dict[object, dict[object, Form | Stencil]] = field(default_factory=dict)
    # With the ways of its own values: a line may hold the date, and each day brings another.
    _frames: dict[object, tuple[Form | Stencil, Ways]] = field(default_factory=dict)
    _of_card: Ways = field(default_factory=_ways_of_cards)
    _macros: Any = None

    @property
    def _html(self) -> bool:
        return self.name.endswith(".html")

    def mail(self, content: Content, known: KnownDigest, pictures: Pictures) -> Sequence[bytes]:
        """Give one reader's mail, encoded, in parts, which are joined with the rest of the message.

        It shows what is ``known``, with ``pictures``. A digest is made out whole if others get it,
        too, or as soon as it comes again: many have one reader.
        """
        judging = content.judging
        key = self.name, content.frame, alike(judging), not judging
        if known.digest.shared or key in known.met:
            if key not in known.wholes:
                known.wholes[key] = self._whole(content, known, pictures)
            if whole := known.wholes[key]:
                return whole.parts({**content.own, LINK: judging})
        known.met.add(key)
        return self._mail(content, known, pictures)

    def _mail(self, content: Content, known: KnownDigest, pictures: Pictures) -> list[bytes]:
        """Give a mail whose digest is not made out."""
        self._ease()
        made = self._made_out(content, known, pictures)
        told = self._of_card.rows(_columns(content.shared), {LINK: content.judging})
        entries = stripped(self._entries(content, self._filled_in(content, made, told)))
        frame, ways = self._frame(content, bool(entries))
        if not isinstance(frame, Stencil):
            return [frame.filled({**content.values, "entries": b"".join(entries)})]
        around = frame.parts(ways.told({**content.values, "entries": _ENTRIES}))
        return [one for part in around for one in (entries if part == _ENTRIES else (part,))]

    def _whole(self, content: Content, known: KnownDigest, pictures: Pictures) -> Whole | None:
        """Make out a digest's mails but for what is each reader's own; None if it cannot be."""
        self._ease()
        made = self._made_out(content, known, pictures)
        told = self._of_card.rows_but({LINK}, _columns(content.shared))
        rows = [c.parts(row) for c, row in zip(made, told, strict=False) if isinstance(c, Stencil)]
        entries = stripped_around(self._entries(content, iter(rows)))
        if len(rows) < len(made) or entries is None:
            return None
        frame, ways = self._frame(content, bool(entries))
        if not isinstance(frame, Stencil):
            return None
        values: Mapping[str, Value] = {**content.shared.values, "entries": _ENTRIES}
        around = frame.parts(ways.told_but(content.own.keys(), values))
        return Whole([one for part in around for one in (entries if part == _ENTRIES else (part,))])

    def cards(self, entries: Sequence[Entry], most: int, pictures: Pictures) -> list[bytes]:
        """Give cards with everything personal present but empty, save for all the authors."""
        people = [
            " and ".join([author.name[:_NAME_MOST] for author in entry.authors[:_AUTHORS_MOST]])
            for entry in entries
        ]
        names = personal(Card)
        full: list[Values] = [dict.fromkeys(names, plainly(said or " ")) for said in people]
        forms = self._forms(list(zip(entries, full, strict=True)), most, pictures)
        nothing: Values = dict.fromkeys(names, NOTHING)
        return [
            form.filled({**nothing, "byline": plainly(said)})
            for form, said in zip(forms, people, strict=True)
        ]

    def _entries(self, content: Content, cards: Iterator[Sequence[T]]) -> list[bytes | T]:
        """Put the sections' headings between the parts of the cards."""
        parts: list[bytes | T] = []
        for at, part in enumerate(content.shared.parts):
            parts.append(self._section("section", part.values, first=at == 0))
            parts += chain.from_iterable(islice(cards, len(part.cards)))
            if part.values["more"]:
                parts.append(self._section("more", part.values, first=at == 0))
        return parts

    @staticmethod
    def _filled_in(
        content: Content, made: Sequence[Form | Stencil], told: Iterable[tuple[bytes, ...]]
    ) -> Iterator[Sequence[bytes]]:
        """Give the parts of each card."""
        return (
            card.parts(row)
            if isinstance(card, Stencil)
            else [card.filled(content.of_card(number, content.shared.cards[number - 1]))]
            for number, (card, row) in enumerate(zip(made, told, strict=False), 1)
        )

    def _made_out(
        self, content: Content, known: KnownDigest, pictures: Pictures
    ) -> Sequence[Form | Stencil]:
        """Give the cards, made out as far as other readers see them, too."""
        judging, kinds, most = content.judging, known.kinds, known.digest.summary_most
        plain = alike(judging)
        kept = self._cards.setdefault((most, plain, not judging), {})
        made = list(map(kept.get, kinds))
        if None in made:
            missing = [at for at, card in enumerate(made) if card is None]
            cards = content.shared.cards
            values = [content.of_card(1, cards[at]) for at in missing]
            rows = [(cards[at].entry, told) for at, told in zip(missing, values, strict=True)]
            forms = self._forms(rows, most, pictures)
            for at, form, told in zip(missing, forms, values, strict=True):
                card: Form | Stencil | None = None
                if plain or not judging:
                    card = cut(form, {name: told[name] for name in _SHARED}, self._of_card, judging)
                made[at] = kept[kinds[at]] = card or form
        return cast("list[Form | Stencil]", made)

    def _ease(self) -> None:
        """Forget all pieces once they are too many."""
        kept = len(self._kept) + sum(map(len, self._cards.values()))
        if kept > _KEPT or len(self._frames) > _FRAMES:
            self._kept.clear()
            self._frames.clear()
            self._cards.clear()
            self._of_card = _ways_of_cards()

    def _frame(self, content: Content, entries: bool) -> tuple[Form | Stencil, Ways]:
        """Give what is around the entries, made out as far as the day's mails are alike."""
        key = (content.frame, entries)
        if key not in self._frames:
            present = {name for name, value in content.values.items() if value}
            if entries:
                present.add("entries")
            form = self._around(frozenset(present), len(content.shared.warnings))
            ways = Ways(again=_AGAIN)
            self._frames[key] = cut(form, content.shared.common, ways) or form, ways
        return self._frames[key]

    def _around(self, present: frozenset[str], warnings: int) -> Form:
        """Give the frame for a mail that says just these things."""
        key = ("frame", present, warnings)
        if key not in self._kept:
            module = self._module(present, warnings)
            text = inline(str(module)) if self._html else str(module)
            made = _opened(text) if self._html else tidy(text) + "\n"
            with self.templates.faults(self.name):
                self._kept[key] = self._form(made)
        return self._kept[key]

    def _form(self, text: str) -> Form:
        return Form(self.markers.part(text), as_html if self._html else bare)

    def _module(self, present: frozenset[str], warnings: int) -> Any:  # noqa: ANN401 macros by name
        """Fill the template with markers for what is ``present``, and nothing for the rest."""
        markers: dict[str, Any] = {
            name: self.markers.hole(name) if name in present else "" for name in personal(View)
        }
        if self._html and markers["entries"]:
            # A comment stays where it is, in a table too, whatever parses the page.
            markers["entries"] = Markup("<!--") + markers["entries"] + Markup("-->")
        told = tuple(self.markers.hole(f"warnings.{at}") for at in range(warnings))
        view = replace(self.frame, **markers, warnings=told)
        return self.templates.module(self.name, self.words, view=view)

    def _section(self, macro: str, values: Values, *, first: bool) -> bytes:
        """Give a section's heading, or what stands after its cards."""
        present = tuple([name for name, value in values.items() if value])
        key = (macro, present, first)
        if key not in self._frames:
            marked: Any = {name: self.markers.hole(name) for name in present}
            self._make(macro, {key: Group(first=first, **marked)})
            form = self._kept[key]
            ways = Ways(again=present)
            self._frames[key] = cut(form, {}, ways) or form, ways
        return _filled(*self._frames[key], values)

    def _forms(
        self, rows: Sequence[tuple[Entry, Values]], most: int, pictures: Pictures
    ) -> list[Form]:
        """Give the cards; those that are not kept yet are rendered, all in one go."""
        names = personal(Card)
        keys: list[object] = []
        forms: list[Form | None] = []
        missing: dict[object, Card] = {}
        for entry, values in rows:
            present = tuple([name for name in names if values[name]])
            picture = pictures.get(entry.id) if pictures else None
            key = (entry, most, present, picture.name if picture else "")
            form = self._kept.get(key)
            keys.append(key)
            forms.append(form)
            if form is None and key not in missing:
                marked: Any = {name: self.markers.hole(name) for name in present}
                missing[key] = replace(self.card_of(entry, most, picture), **marked)
        if missing:
            self._make("card", missing)
        return [form or self._kept[key] for key, form in zip(keys, forms, strict=True)]

    def _make(self, macro: str, given: dict[Any, Any]) -> None:
        """Render a macro for each value given, and keep the pieces under the keys."""
        if self._macros is None:
            everything = frozenset(personal(View))
            self._macros = self._module(everything, 1)
        with self.templates.faults(self.name):
            make = getattr(self._macros, macro, None)
            if make is None:
                raise ValueError(f'has no macro "{macro}"')
            texts = [str(make(value)) for value in given.values()]
            done = self._inlined(texts) if self._html else [tidy(text) + "\n\n" for text in texts]
            for key, text in zip(given, done, strict=True):
                self._kept[key] = self._form(text)

    def _inlined(self, rows: Sequence[str]) -> list[str]:
        """Inline rows, so many at once that the tree that is made of them stays small."""
        parts = [rows[at : at + _AT_ONCE] for at in range(0, len(rows), _AT_ONCE)]
        return list(chain.from_iterable(map(self._inlined_at_once, parts)))

    def _inlined_at_once(self, rows: Sequence[str]) -> list[str]:
        """Inline rows within the frame, whose styles they take; each stands by itself."""
        cut = f"<!--{self.markers.hole('cut')}-->"
        page = str(self._macros).replace(
            f"<!--{self.markers.hole('entries')}-->", cut + "".join(row + cut for row in rows)
        )
        done = inline(page).split(cut)[1:-1]
        if len(done) != len(rows):
            raise ValueError("shows view.entries not once, or a row is no whole element")
        return [row.strip("\n") + "\n" for row in done]


def _filled(made: Form | Stencil, ways: Ways, values: Mapping[str, Value]) -> bytes:
    return made.filled(ways.told(values)) if isinstance(made, Stencil) else made.filled(values)


def _opened(html: str) -> str:
    """Take the comment from around a marker."""
    return re.sub(r"<!--(\w+\.entries;)-->", r"\1", html)
