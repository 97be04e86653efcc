"""The day's entries, indexed once for all profiles: words with their places, authors, weights."""

from __future__ import annotations

import json
import math
import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path

from digest import names
from digest.identity import title_key
from digest.model import Entry
from digest.query import And, Not, Or, Phrase, Query
from digest.text import fold, stem, tokens

_COMPOUND = re.compile(r"[^\W_]+(?:[-\u2010\u2011][^\W_]+)+")
_GAP = 10  # places between title and summary, so that no phrase spans both
_TITLE_COUNTS = 2
_POOL_LEAST = 200  # fewer entries than this are too few to count by
_SATURATION = 1.2  # a word that occurs so often counts half of what it could at most
_PAIR = 0.5  # a pair of neighbours weighs half of what a word as rare does
_STOP = frozenset(
    """a about above across after again all also although among an and any approach are as at based
    be because been being between both but by can could demonstrate do does during each
    existing for from further had has have he here high how however i if in into introduce is
    it its itself just like many may method model more most much new no nor not novel of off
    often on one only onto or other our out over own paper per present propose proposed
    provide recent result s same several she show shown significant significantly since so
    some state such than that the their them then there these they this those three through
    thus to too toward two under up upon us use used using various very via was we well were
    what when where whether which while who whom why will with within without work would you
    your""".split()
)


def terms(text: str) -> list[str]:
    """Give the words that carry meaning, without plural, and each pair of neighbours."""
    words = [stem(token) for token in tokens(text)]
    kept = [word for word in words if word not in _STOP and len(word) > 1]
    pairs = [
        f"{one} {other}"
        for one, other in pairwise(words)
        if one not in _STOP and other not in _STOP
    ]
    return kept + pairs


@cache
def background() -> tuple[int, Mapping[str, int]]:
    """Read in how many of how many broad entries each word occurs (benchmarks/background.py)."""
    content = json.loads((Path(__file__).parent / "background.json").read_text(encoding="utf-8"))
    return content["documents"], content["frequencies"]


class Pool:
    """Entries with their indices; an entry is named by its place in ``entries``.

    ``library`` holds entries that examples may name, by key (``arxiv:...``) or title key.
    """

    def __init__(
        self, entries: Sequence[Entry], library: Mapping[str, Entry] | None = None
    ) -> None:
        """Take the entries of the day; indices are built when first asked for."""
        self.entries = tuple(entries)
        self._library = dict(library or {})
        self._found: dict[Query, frozenset[int]] = {}
        self._idf: dict[str, float] = {}

    @cached_property
    def library(self) -> Mapping[str, Entry]:
        """Entries by key and title, the pool's own included."""
        known = {key: entry for entry in self.entries for key in entry.keys}
        known |= {title_key(entry.title): entry for entry in self.entries}
        return known | self._library

    @cached_property
    def _postings(self) -> dict[str, dict[int, list[int]]]:
        """Places of each word in each entry; the summary begins ``_GAP`` after the title."""
        found: dict[str, dict[int, list[int]]] = defaultdict(dict)
        for number, entry in enumerate(self.entries):
            start = 0
            for text in (entry.title, entry.summary):
                for place, token in enumerate(tokens(text), start):
                    found[token].setdefault(number, []).append(place)
                if "-" in text or "\u2010" in text or "\u2011" in text:
                    self._add_compounds(found, number, text, start)
                start = self.title_lengths[number] + _GAP
        return found

    @staticmethod
    def _add_compounds(
        found: dict[str, dict[int, list[int]]], number: int, text: str, start: int
    ) -> None:
        """Index "neuro-symbolic" under "neurosymbolic" too, at the place of its first part."""
        place, end = start, 0
        for compound in _COMPOUND.finditer(text):
            place += len(tokens(text[end : compound.start()]))
            parts = tokens(compound.group(0))
            found["".join(parts)].setdefault(number, []).append(place)
            place += len(parts)
            end = compound.end()

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
    def _by_family(self) -> dict[str, list[tuple[int, names.Name, str]]]:
        found: dict[str, list[tuple[int, names.Name, str]]] = defaultdict(list)
        for number, entry in enumerate(self.entries):
            for author in entry.authors:
                name = names.parse(author.name)
                found[name.family].append((number, name, author.name))
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
        wanted = names.parse(spelling)
        return {
            number: written
            for number, name, written in self._by_family.get(wanted.family, ())
            if names.same_person(wanted, name)
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
        joined = _joined(phrase)
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
    def _counts(self) -> list[Counter[str]]:
        return [
            Counter(terms(entry.title) * _TITLE_COUNTS + terms(entry.summary))
            for entry in self.entries
        ]

    @cached_property
    def _frequencies(self) -> Counter[str]:
        return Counter(term for counts in self._counts for term in counts)

    def idf(self, term: str) -> float:
        """Weigh a term by its rarity; each is weighed once."""
        if term not in self._idf:
            self._idf[term] = self._rarity(term)
        return self._idf[term]

    def _rarity(self, term: str) -> float:
        """Weigh a term by its rarity: ln(1 + (N - n + 0.5) / (n + 0.5)) (Robertson 2009).

        Half of the count comes from the pool, half from a broad background, so that a narrow
        pool (one telescope's papers, one day's) does not make its own subject worthless.
        """
        number, known = background()
        pool = len(self.entries)
        total = 2 * max(pool, _POOL_LEAST)
        shared = known.get(term, 0) / number if " " not in term else 0.0
        own = self._frequencies[term] / pool if pool else 0.0
        n = (shared + own) * total / 2
        return math.log(1 + (total - n + 0.5) / (n + 0.5))

    @cached_property
    def weights(self) -> dict[str, dict[int, float]]:
        """Give each term's weight in each entry: sublinear tf x idf, of unit length an entry."""
        found: dict[str, dict[int, float]] = defaultdict(dict)
        for number, counts in enumerate(self._counts):
            for term, weight in unit(self.vector(counts)).items():
                found[term][number] = weight
        return found

    @cached_property
    def saturated(self) -> dict[str, dict[int, float]]:
        """Give how full of each word each entry is, in 0..1: n / (n + 1.2) for n occurrences."""
        found: dict[str, dict[int, float]] = defaultdict(dict)
        for number, counts in enumerate(self._counts):
            for term, n in counts.items():
                if " " not in term:
                    found[term][number] = n / (n + _SATURATION)
        return found

    def vector(self, counts: Mapping[str, int]) -> dict[str, float]:
        """Weigh a bag of terms: (1 + ln tf) idf, a pair of neighbours half."""
        return {
            term: (1 + math.log(n)) * self.idf(term) * (_PAIR if " " in term else 1.0)
            for term, n in counts.items()
        }


def unit(vector: Mapping[str, float]) -> dict[str, float]:
    """Scale a vector so that its single words are of length one; a zero vector stays.

    Pairs of neighbours add to a likeness but do not count as length: most of a text's pairs are
    its own alone, and would make every text unlike every other.
    """
    squares = (weight * weight for term, weight in vector.items() if " " not in term)
    length = math.sqrt(sum(squares)) or 1.0
    return {term: weight / length for term, weight in vector.items()}


def _joined(phrase: Phrase) -> tuple[str, ...]:
    """Give the words with hyphenated ones made one: "neuro-symbolic" also as "neurosymbolic"."""
    if "-" not in phrase.text:
        return phrase.words
    joined: list[str] = []
    for word in phrase.text.rstrip("*").split():
        parts = tokens(word)
        joined.extend(["".join(parts)] if "-" in word else parts)
    return tuple(joined)
