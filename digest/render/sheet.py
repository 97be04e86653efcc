"""One template in one language: made once with markers, joined for each reader.

The frame (what is around the entries), each section's heading and each entry's card are rendered,
and the HTML ones inlined, when they are first needed; then kept. A reader's mail is these pieces
in a row, the personal values between them. What a piece looks like depends on nothing around it,
so that the same mail comes out whatever was kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from markupsafe import Markup, escape

from digest.emphasis import Text, bare, plainly
from digest.language import Language
from digest.model import Entry, Thumbnail
from digest.pieces import Markers, Piece, filled
from digest.portrait import Content, Part, Values
from digest.render.inline import inline
from digest.render.templates import Templates
from digest.view import Card, Group, View, personal
from digest.wrapping import tidy

_AUTHORS_MOST, _NAME_MOST = 12, 120  # more are never named, or at such length
_KEPT = 20_000  # pieces; a day has about a thousand entries


Pictures = Mapping[str, Thumbnail]  # those that a mail carries, by their entries' ids


def as_html(text: Text) -> str:
    """Write a line as HTML, what is marked in bold."""
    return "".join(
        f"<b>{escape(run.text)}</b>" if run.strong else str(escape(run.text)) for run in text
    )


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
    _kept: dict[object, Piece] = field(default_factory=dict)
    _macros: Any = None

    @property
    def _html(self) -> bool:
        return self.name.endswith(".html")

    def mail(self, content: Content, most: int, pictures: Pictures) -> str:
        """Give the whole text of one reader's mail; ``most`` limits each entry's text."""
        said = self._said(content.values, "view")
        for at, warning in enumerate(content.warnings):
            said[f"view.warnings.{at}"] = self._written(warning)
        if len(self._kept) > _KEPT:
            self._kept.clear()
        said["view.entries"] = "".join(self._rows(content.parts, most, pictures)).strip("\n")
        return filled(self._around(said, len(content.warnings)), said)

    def card(self, entry: Entry, most: int, pictures: Pictures) -> str:
        """Give a card with everything personal present but empty, save for all its authors."""
        people = " and ".join(author.name[:_NAME_MOST] for author in entry.authors[:_AUTHORS_MOST])
        values: Values = {name: plainly(people or " ") for name in personal(Card)}
        self._prepare([(entry, values)], most, pictures)
        said = dict.fromkeys((f"card.{name}" for name in personal(Card)), "")
        return filled(
            self._kept[_key(entry, most, values, pictures)],
            said | {"card.byline": self._written(people)},
        )

    def _rows(self, parts: Sequence[Part], most: int, pictures: Pictures) -> Iterable[str]:
        self._prepare([row for part in parts for row in part.cards], most, pictures)
        for at, part in enumerate(parts):
            said = self._said(part.values, "section")
            yield filled(self._section("section", said, first=at == 0), said)
            for entry, values in part.cards:
                said_of = self._said(values, "card")
                yield filled(self._kept[_key(entry, most, values, pictures)], said_of)
            if said["section.more"]:
                yield filled(self._section("more", said, first=at == 0), said)

    def _said(self, values: Values, prefix: str) -> dict[str, str]:
        write = as_html if self._html else bare
        return {f"{prefix}.{name}": write(value) for name, value in values.items()}

    def _written(self, text: str) -> str:
        return str(escape(text)) if self._html else text

    def _around(self, said: dict[str, str], warnings: int) -> Piece:
        """Give the frame for a mail that says just these things."""
        present = frozenset(name for name, value in said.items() if value)
        key = ("frame", present, warnings)
        if key not in self._kept:
            module = self._module(present, warnings)
            text = inline(str(module)) if self._html else str(module)
            made = _opened(text) if self._html else tidy(text) + "\n"
            with self.templates.faults(self.name):
                self._kept[key] = self.markers.part(made)
        return self._kept[key]

    def _module(self, present: frozenset[str], warnings: int) -> Any:  # noqa: ANN401 macros by name
        """Fill the template with markers for what is ``present``, and nothing for the rest."""
        markers: dict[str, Any] = {
            name: self.markers.hole(f"view.{name}") if f"view.{name}" in present else ""
            for name in personal(View)
        }
        if self._html and markers["entries"]:
            # A comment stays where it is, in a table too, whatever parses the page.
            markers["entries"] = Markup("<!--") + markers["entries"] + Markup("-->")
        told = tuple(self.markers.hole(f"view.warnings.{at}") for at in range(warnings))
        view = replace(self.frame, **markers, warnings=told)
        return self.templates.module(self.name, self.words, view=view)

    def _section(self, macro: str, said: dict[str, str], *, first: bool) -> Piece:
        present = tuple(name for name in personal(Group) if said[f"section.{name}"])
        key = (macro, present, first)
        if key not in self._kept:
            marked: Any = {name: self.markers.hole(f"section.{name}") for name in present}
            self._make(macro, {key: Group(first=first, **marked)})
        return self._kept[key]

    def _prepare(self, rows: Sequence[tuple[Entry, Values]], most: int, pictures: Pictures) -> None:
        """Render the cards that are not kept yet, all in one go."""
        missing: dict[object, Card] = {}
        for entry, values in rows:
            key = _key(entry, most, values, pictures)
            if key not in self._kept and key not in missing:
                marked: Any = {n: self.markers.hole(f"card.{n}") for n in _present(values)}
                missing[key] = replace(self.card_of(entry, most, pictures.get(entry.id)), **marked)
        if missing:
            self._make("card", missing)

    def _make(self, macro: str, given: dict[Any, Any]) -> None:
        """Render a macro for each value given, and keep the pieces under the keys."""
        if self._macros is None:
            everything = frozenset(f"view.{name}" for name in personal(View))
            self._macros = self._module(everything, 1)
        with self.templates.faults(self.name):
            make = getattr(self._macros, macro, None)
            if make is None:
                raise ValueError(f'has no macro "{macro}"')
            texts = [str(make(value)) for value in given.values()]
            done = self._inlined(texts) if self._html else [tidy(text) + "\n\n" for text in texts]
            for key, text in zip(given, done, strict=True):
                self._kept[key] = self.markers.part(text)

    def _inlined(self, rows: Sequence[str]) -> list[str]:
        """Inline rows within the frame, whose styles they take; each stands by itself."""
        cut = f"<!--{self.markers.hole('cut')}-->"
        page = str(self._macros).replace(
            f"<!--{self.markers.hole('view.entries')}-->", cut + "".join(row + cut for row in rows)
        )
        done = inline(page).split(cut)[1:-1]
        if len(done) != len(rows):
            raise ValueError("shows view.entries not once, or a row is no whole element")
        return [row.strip("\n") + "\n" for row in done]


def _present(values: Values) -> tuple[str, ...]:
    return tuple(name for name in personal(Card) if values.get(name))


def _key(entry: Entry, most: int, values: Values, pictures: Pictures) -> object:
    picture = pictures.get(entry.id)
    return entry, most, _present(values), picture.name if picture else ""


def _opened(html: str) -> str:
    """Take the comment from around a marker."""
    return re.sub(r"<!--(\w+\.view\.entries;)-->", r"\1", html)
