"""The language of keywords and searches; the one place that uses lark.

    neuro-symbolic                    a word; its plural and its hyphenless spelling too
    program synthesis                 words in a row are a phrase
    "knowledge graph" AND reason*     AND, OR, NOT (in capitals), a prefix with *
    ti:pruning OR abs:(distil* AND quantization)
    au:"Alex Graves" AND NOT cat:cs.CV

Fields: ti (title), abs (summary), au (author), cat (category). NOT binds before AND, AND
before OR.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any, Literal

from lark import Lark, Transformer
from lark.exceptions import LarkError, UnexpectedCharacters, UnexpectedEOF, UnexpectedToken

from digest.errors import QueryError
from digest.text import tokens

LONGEST = 1000
Field = Literal["", "ti", "abs", "au", "cat"]
FIELDS = ("ti", "abs", "au", "cat")

_GRAMMAR = r"""
    ?start: _either
    _either: either
    ?either: both ("OR" both)*
    ?both: unary ("AND" unary)*
    ?unary: "NOT" unary -> negation
          | FIELD unit  -> within
          | unit
    ?unit: "(" either ")"
         | QUOTED       -> quoted
         | WORD+        -> row
    FIELD.3: /(?:title|ti|abstract|abs|author|au|category|cat):\s*/i
    QUOTED.2: /["“”][^"“”]*["“”]/
    WORD: /(?!(?:AND|OR|NOT)(?=[\s()]|$))[^\s()"“”:]+(?::[^\s()"“”]*)?/
    %ignore /\s+/
"""
_FIELD_NAMES: dict[str, Field] = {
    "ti": "ti",
    "title": "ti",
    "abs": "abs",
    "abstract": "abs",
    "au": "au",
    "author": "au",
    "cat": "cat",
    "category": "cat",
}


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words in a row; the last is a beginning of a word if ``prefix``. ``text`` as written.

    ``quoted`` tells a search, for which only a quoted phrase is one.
    """

    words: tuple[str, ...]
    prefix: bool = False
    field: Field = ""
    text: str = ""
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class And:
    """All ``parts`` hold."""

    parts: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """One of the ``parts`` holds."""

    parts: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """``part`` does not hold."""

    part: Query


Query = Phrase | And | Or | Not


class _Build(Transformer[Any, Query]):
    """Turns lark's tree into the dataclasses above."""

    def either(self, parts: list[Query]) -> Query:
        return Or(tuple(parts))

    def both(self, parts: list[Query]) -> Query:
        return And(tuple(parts))

    def negation(self, parts: list[Query]) -> Query:
        return Not(parts[0])

    def within(self, parts: list[Any]) -> Query:
        name = _FIELD_NAMES[str(parts[0]).strip().rstrip(":").lower()]
        return _confined(parts[1], name)

    def quoted(self, parts: list[Any]) -> Query:
        text = str(parts[0])[1:-1].strip()
        return replace(_phrase(text), quoted=True)

    def row(self, parts: list[Any]) -> Query:
        return _phrase(" ".join(map(str, parts)))


def _phrase(text: str) -> Phrase:
    prefix = text.endswith("*")
    words = tokens(text.rstrip("*"))
    if not words or "*" in text.rstrip("*"):
        raise QueryError(
            f'"{text}" holds no word to look for'
            if not words
            else f'"{text}" has a * inside; a * may only end the last word'
        )
    return Phrase(words, prefix, "", text)


def _confined(query: Query, field: Field) -> Query:
    match query:
        case Phrase(_, prefix, _, text) if field == "cat":
            return Phrase((text.rstrip("*").casefold(),), prefix, field, text)
        case Phrase():
            return replace(query, field=field)
        case And(parts):
            return And(tuple(_confined(part, field) for part in parts))
        case Or(parts):
            return Or(tuple(_confined(part, field) for part in parts))
        case Not(part):
            return Not(_confined(part, field))


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", maybe_placeholders=False)


@lru_cache(maxsize=16_384)
def parse(text: str) -> Query:
    """Read a keyword or search.

    Raises:
        QueryError: it is empty, too long or not of this language; the message says where.
    """
    if len(text) > LONGEST:
        raise QueryError(f"{len(text):,} characters are too long; write at most {LONGEST:,}")
    if not text.strip():
        raise QueryError("an empty text matches nothing; write a word or a phrase")
    if not any(mark in text for mark in '()"“”:*') and not {"AND", "OR", "NOT"} & set(text.split()):
        return _phrase(text)
    try:
        return _Build().transform(_parser().parse(text))
    except LarkError as error:
        if isinstance(error.__context__, QueryError):
            raise error.__context__ from None
        raise QueryError(_explained(error, text)) from None


def _explained(error: LarkError, text: str) -> str:
    original = getattr(error, "orig_exc", None)
    if isinstance(original, QueryError):
        return str(original)
    if text.count('"') % 2:
        return 'a quotation mark is not closed; write "like this"'
    if text.count("(") != text.count(")"):
        return "a parenthesis is not closed, or closes nothing"
    if isinstance(error, UnexpectedEOF) or (
        isinstance(error, UnexpectedToken) and error.token.type == "$END"
    ):
        return "something must follow AND, OR, NOT or a field's colon"
    if isinstance(error, UnexpectedToken):
        return _unexpected(str(error.token), text[: error.token.start_pos or 0].rstrip())
    if isinstance(error, UnexpectedCharacters):
        return f"cannot read {text[error.pos_in_stream :][:20]!r}; put it in quotation marks"
    return "cannot be read; write words, phrases in quotation marks, AND, OR, NOT"


def _unexpected(found: str, before: str) -> str:
    """Say what is wrong with a word or mark that stands where it cannot."""
    if before.endswith(":"):
        return f"a word must follow {before.rsplit(maxsplit=1)[-1]}"
    if found == ")":
        return "a parenthesis holds nothing"
    if found in {"AND", "OR"}:
        return f"something must stand before {found}"
    return f"write AND or OR before {found}"


def phrases(query: Query, *, negated: bool = False) -> Iterator[Phrase]:
    """Give the phrases of ``query`` that speak for it, in order: those under no NOT, or under two.

    ``negated`` gives those that speak against it.
    """
    match query:
        case Phrase():
            if not negated:
                yield query
        case And(parts) | Or(parts):
            for part in parts:
                yield from phrases(part, negated=negated)
        case Not(part):
            yield from phrases(part, negated=not negated)
