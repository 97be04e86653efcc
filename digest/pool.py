"""The day's entries, indexed once for all profiles: words with their places, authors, vectors."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from copy import copy
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from digest import compounds, lexicon, names
from digest.identity import title_key
from digest.lexicon import Bag, Lexicon
from digest.model import Entry, Interest
from digest.query import And, Not, Or, Phrase, Query
from digest.space import Space
from digest.sparse import Floats, Places
from digest.taste import Taste, bags, taste, texts
from digest.text import fold, stem, tokens

_TWINS = 0.9  # cosine from which on two entries say nearly the same
T = TypeVar("T")
_KEPT_MOST = 100_000  # findings, a few hundred bytes each
_GAP = 10  # places between title and summary, so that no phrase spans both


class Pool:
    """Entries with their indices; an entry is named by its place in ``entries``.

    ``library`` holds entries that examples may name, by key (``arxiv:...``) or title key;
    ``space`` the vectors of their wordings and of the interests', where there is a model.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        library: Mapping[str, Entry] | None = None,
        space: Space | None = None,
    ) -> None:
        """Take the entries of the day; indices are built when first asked for."""
        self.entries = tuple(entries)
        self.space = space
        self._library = dict(library or {})
        self._found: dict[Query, frozenset[int]] = {}
        self._bags: dict[str, Bag] = {}
        self._tastes: dict[Interest, Taste] = {}
        self._made: dict[tuple[str, Interest], Any] = {}
        self._terms: dict[int, Mapping[int, str]] = {}
        self._rows: dict[str, dict[str, tuple[Places, Floats]]] = {}
        self._kept: dict[tuple[object, ...], Any] = {}
        self._twins: dict[int, frozenset[int]] = {}

    def beside(self, library: Mapping[str, Entry]) -> Pool:
        """Give the same entries, with their indices, beside another library."""
        other = self._copy()
        other._library = dict(library)  # noqa: SLF001 a copy of our own
        other.__dict__.pop("library", None)
        return other

    def within(self, space: Space) -> Pool:
        """Give the same entries, with their indices, in a space."""
        other = self._copy()
        other.space = space
        other._twins = {}  # noqa: SLF001 a copy of our own
        return other

    def knowing(self, bags: Mapping[str, Bag]) -> Pool:
        """Give the same entries beside bags of texts that were made before."""
        other = self._copy()
        other._bags = self._bags | dict(bags)  # noqa: SLF001 a copy of our own
        return other

    def passing(self) -> Pool:
        """Give the same entries, with their indices, that will keep what they are asked apart.

        For what is asked once, by strangers: nothing of it stays with the pool.
        """
        other = self._copy()
        other._found, other._rows = {}, {}  # noqa: SLF001 a copy of our own
        return other

    def _copy(self) -> Pool:
        other = copy(self)
        other._tastes, other._made = {}, {}  # noqa: SLF001 a copy of our own
        return other

    def index(self) -> None:
        """Build all indices now, so that those made of this pool share them."""
        for name in ("_vocabulary", "_by_stem", "_by_family", "_by_category", "lexicon"):
            getattr(self, name)

    @cached_property
    def library(self) -> Mapping[str, Entry]:
        """Entries by key and title, the pool's own included."""
        known = {key: entry for entry in self.entries for key in entry.keys}
        known |= {title_key(entry.title): entry for entry in self.entries}
        return known | self._library

    @cached_property
    def votes(self) -> Places:
        """The upvotes of each entry, 0 where no source counts them."""
        return np.array([entry.upvotes or 0 for entry in self.entries], np.int64)

    @cached_property
    def _postings(self) -> dict[str, dict[int, list[int]]]:
        """Places of each word in each entry; the summary begins ``_GAP`` after the title."""
        found: dict[str, dict[int, list[int]]] = defaultdict(dict)
        for number, entry in enumerate(self.entries):
            start = 0
            for text in (entry.title, entry.summary):
                for place, token in enumerate(tokens(text), start):
                    found[token].setdefault(number, []).append(place)
                for place, word in compounds.written_as_one(text):
                    found[word].setdefault(number, []).append(start + place)
                start = self.title_lengths[number] + _GAP
        return found

    @cached_property
    def title_lengths(self) -> tuple[int, ...]:
        """Words in each title."""
        return tuple(len(tokens(entry.title)) for entry in self.entries)

    @cached_property
    def _vocabulary(self) -> list[str]:
        return sorted(self._postings)

    @cached_property
    def _by_stem(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for token in self._postings:
            found[stem(token)].append(token)
        return found

    @cached_property
    def _by_family(self) -> dict[str, list[tuple[int, str]]]:
        found: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for number, entry in enumerate(self.entries):
            for author in entry.authors:
                for family in _families(author.name):
                    found[family].append((number, author.name))
        return found

    @cached_property
    def _by_category(self) -> dict[str, set[int]]:
        found: dict[str, set[int]] = defaultdict(set)
        for number, entry in enumerate(self.entries):
            for category in entry.categories:
                found[fold(category)].add(number)
        return found

    def by_author(self, spelling: str) -> dict[int, str]:
        """Give the entries by a person, each with the name as that entry spells it."""
        return {
            number: written
            for family in _families(spelling)
            for number, written in self._by_family.get(family, ())
            if names.same_person(spelling, written)
        }

    def in_category(self, name: str, *, prefix: bool = False) -> frozenset[int]:
        """Give the entries of a category; an archive (``cs``) holds its subjects (``cs.LG``)."""
        wanted = fold(name)
        return frozenset(
            number
            for category, numbers in self._by_category.items()
            if category == wanted
            or category.startswith(f"{wanted}.")
            or (prefix and category.startswith(wanted))
            for number in numbers
        )

    def find(self, query: Query) -> frozenset[int]:
        """Give the entries that a query holds for; each query is answered once."""
        if query not in self._found:
            self._found[query] = self._find(query)
        return self._found[query]

    def _find(self, query: Query) -> frozenset[int]:
        match query:
            case And(parts):
                return frozenset.intersection(*(self.find(part) for part in parts))
            case Or(parts):
                return frozenset[int]().union(*(self.find(part) for part in parts))
            case Not(part):
                return frozenset(range(len(self.entries))) - self.find(part)
            case Phrase(field="au"):
                return frozenset(self.by_author(query.text.rstrip("*")))
            case Phrase(field="cat"):
                return self.in_category(query.words[0].rstrip("."), prefix=query.prefix)
            case Phrase():
                return frozenset(self.places(query))

    def places(self, phrase: Phrase) -> dict[int, list[int]]:
        """Give where a phrase of title or summary begins, by entry."""
        found = self._row(phrase.words, prefix=phrase.prefix)
        joined = compounds.joined(phrase)
        if joined != phrase.words:
            for number, starts in self._row(joined, prefix=phrase.prefix).items():
                found[number] = sorted({*found.get(number, ()), *starts})
        if phrase.field in {"ti", "abs"}:
            in_title = phrase.field == "ti"
            kept = {
                number: [at for at in starts if (at < self.title_lengths[number]) == in_title]
                for number, starts in found.items()
            }
            return {number: starts for number, starts in kept.items() if starts}
        return found

    def in_title(self, number: int, places: Iterable[int]) -> bool:
        """Whether one of the ``places`` lies in the entry's title."""
        return any(place < self.title_lengths[number] for place in places)

    def _row(self, words: Sequence[str], *, prefix: bool) -> dict[int, list[int]]:
        """Intersect the places of words that stand in a row."""
        found: dict[int, list[int]] | None = None
        for offset, word in enumerate(words):
            last = offset == len(words) - 1
            here = self._word(word, prefix=prefix and last)
            if found is None:
                found = here
                continue
            following: dict[int, list[int]] = {}
            for number, starts in found.items():
                after = set(here.get(number, ()))
                if both := [start for start in starts if start + offset in after]:
                    following[number] = both
            found = following
        return dict(found or {})

    def _word(self, word: str, *, prefix: bool) -> dict[int, list[int]]:
        """Give the places of a word: of its plural and singular too, or of all it begins."""
        if prefix:
            first = bisect_left(self._vocabulary, word)
            last = bisect_left(self._vocabulary, word + "\U0010ffff")
            spellings: Sequence[str] = self._vocabulary[first:last]
        else:
            spellings = self._by_stem.get(stem(word), ())
        if len(spellings) == 1:
            return self._postings[spellings[0]]
        found: dict[int, list[int]] = {}
        for spelling in spellings:
            for number, places in self._postings[spelling].items():
                found[number] = found[number] + places if number in found else places
        return found

    @cached_property
    def lexicon(self) -> Lexicon:
        """The entries as a sparse matrix of words."""
        return Lexicon(bags([(e.title, e.summary) for e in self.entries], self._bags))

    def terms(self, number: int) -> Mapping[int, str]:
        """Give an entry's terms by the numbers they go by; each entry is read once."""
        if number not in self._terms:
            entry = self.entries[number]
            found = (*lexicon.terms(entry.title), *lexicon.terms(entry.summary))
            self._terms[number] = {lexicon.number(term): term for term in found}
        return self._terms[number]

    def twin(self, number: int, others: Sequence[int]) -> int | None:
        """Give the first of ``others`` that says nearly the same as an entry, if one does."""
        if number not in self._twins:
            if self.space is not None:
                cosines = self.space.entries @ self.space.entries[number]
            else:
                cosines = self.lexicon.likeness(number, range(len(self.entries)))
            self._twins[number] = frozenset(np.flatnonzero(cosines >= _TWINS).tolist())
        same = self._twins[number]
        return next((one for one in others if one in same), None) if len(same) > 1 else None

    def kept(self, kind: str, make: Callable[..., T], *key: Hashable) -> T:
        """Give ``make(pool, *key)``, made once for whoever asks; ``kind`` keeps makers apart.

        It depends on the entries alone.
        """
        at = (kind, *key)
        try:
            found: T = self._kept[at]
        except KeyError:
            found = self._kept[at] = make(self, *key)
        return found

    def ease(self) -> None:
        """Let go of what was kept of readers' words, if it is much: each has words of their own."""
        if len(self._kept) + len(self._found) > _KEPT_MOST:
            for known in (self._kept, self._found, self._rows):
                known.clear()

    def rows(
        self,
        kind: str,
        names: Iterable[str],
        find: Callable[[str, Pool], tuple[Sequence[int], Sequence[float]]],
    ) -> dict[str, tuple[Places, Floats]]:
        """Give what each of ``names`` finds, as places and values; each is looked up once a day.

        ``kind`` keeps apart what different matchers find by the same name.
        """
        known = self._rows.setdefault(kind, {})
        for name in names:
            if name not in known:
                places, values = find(name, self)
                known[name] = np.array(places, np.int64), np.array(values, np.float32)
        return known

    def once(self, kind: str, interest: Interest, make: Callable[[Taste], T]) -> T:
        """Give what a matcher makes of an interest's texts, made once for all entries."""
        key = kind, interest
        if key not in self._made:
            self._made[key] = make(self.taste(interest))
        found: T = self._made[key]
        return found

    def each(
        self,
        kind: str,
        interests: Sequence[Interest],
        make: Callable[[Sequence[Taste]], Sequence[T]],
    ) -> list[T]:
        """Give what ``once`` would of each interest; what is new is made together."""
        new = [one for one in dict.fromkeys(interests) if (kind, one) not in self._made]
        if new:
            made = make([self.taste(one) for one in new])
            self._made.update(((kind, one), it) for one, it in zip(new, made, strict=True))
        return [self._made[kind, one] for one in interests]

    def keep(self, tastes: Mapping[Interest, Taste]) -> None:
        """Take over interests that were compiled before, in place of those taken so far."""
        self._tastes = dict(tastes)

    def taste(self, interest: Interest) -> Taste:
        """Compile an interest's texts; each interest is compiled once."""
        known = self._tastes.get(interest)
        if known is None:
            found = texts(interest, self.library)
            known = self._tastes[interest] = taste(found, self.space, self._bags)
        return known


def _families(spelling: str) -> tuple[str, ...]:
    """Give the family names that a spelling can be read to hold."""
    found = dict.fromkeys(name.family for name in names.readings(spelling))
    return tuple(family for family in found if family)
