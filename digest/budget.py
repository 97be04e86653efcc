"""Keeps a mail within its size: Gmail cuts the HTML of one at 102 KB, its foot and all. Pure.

Over the budget the entries' texts are shortened, step by step; then those entries that matter
least are left out, with that reason, before the edition is stored. Pictures that a mail carries
shorten nothing: as many as there is room for are carried, from the first entry on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Protocol

from digest import compose, mime
from digest.errors import TemplateError
from digest.model import Digest, Entry, Profile, Subscriber, Thumbnail

HTML_MOST = 90_000  # bytes, before the transfer encoding
MAIL_MOST = 240_000  # bytes of the whole, encoded
_SHORTER = (300, 200, 120)
# What is personal, at most: two links of a card; the greeting, addresses and sentences around.
_LINKS_MOST = 800
_AROUND_MOST = 6000
_REASONS_MOST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """The bytes of a mail: its HTML as the client sees it, and all of it as it is sent."""

    html: int
    mail: int

    @property
    def excess(self) -> float:
        """How many times too heavy it is; at most 1 fits."""
        return max(self.html / HTML_MOST, self.mail / MAIL_MOST)

    def __add__(self, other: Weight) -> Weight:
        """Give the weight of both."""
        return Weight(html=self.html + other.html, mail=self.mail + other.mail)


class Scales(Protocol):
    """What weighs the parts of a mail, and the whole of it."""

    def frame(self, profile: Profile) -> Weight:
        """Weigh a mail without entries."""

    def cards(
        self, entries: Sequence[Entry], profile: Profile, pictures: Mapping[str, Thumbnail]
    ) -> Sequence[Weight]:
        """Weigh what all readers see of entries, their pictures, and the names of authors."""

    def weigh(self, digest: Digest, subscriber: Subscriber) -> Weight:
        """Weigh the mail of an edition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Brings the digests of one day to the size of a mail.

    A sum of what the cards weigh shows of most mails that they fit, so that they need not be made.
    """

    scales: Scales
    _cards: dict[tuple[str, str], dict[tuple[str, str], Weight]] = field(default_factory=dict)
    _frames: dict[tuple[str, str], Weight] = field(default_factory=dict)

    def fit(self, some: Sequence[tuple[Digest, Subscriber]]) -> list[Digest]:
        """Give each digest as it fits; one whose template is wrong stays as it is."""
        self._weigh(some)
        return [self._fitted(digest, subscriber) for digest, subscriber in some]

    def _fitted(self, digest: Digest, subscriber: Subscriber) -> Digest:
        try:
            if self._at_most(digest, subscriber.profile).excess <= 1:
                return digest
            worded = self._worded(replace(digest, pictures={}), subscriber)
            return self._illustrated(worded, digest.pictures, subscriber)
        except TemplateError:
            return digest  # delivering will say so, and try again once it is mended

    def _at_most(self, digest: Digest, profile: Profile) -> Weight:
        """Give what a mail cannot weigh more than."""
        kind = _kind(profile)
        if kind not in self._frames:
            around = Weight(html=_AROUND_MOST, mail=2 * _AROUND_MOST)
            self._frames[kind] = self.scales.frame(profile) + around
        weighed = self._weighed([digest], profile)
        html = mail = 0
        for match, known in zip(digest.shown, weighed, strict=True):
            said = _LINKS_MOST + sum([_bytes(e.reason) for e in match.evidence[:_REASONS_MOST]])
            html += known.html + said
            mail += known.mail + 2 * said
        names = sum(_bytes(section.title) for section in digest.sections)
        states = sum(_bytes(c.source) + _bytes(c.detail) for c in digest.coverage)
        about = names + states + 400 * len(digest.sections)
        return self._frames[kind] + Weight(html=html + about, mail=mail + 2 * about)

    def _weigh(self, some: Sequence[tuple[Digest, Subscriber]]) -> None:
        """Weigh the cards that are new of all digests that look alike in one go: much faster.

        An entry has the same picture, or none, in all of them. What a wrong template keeps from
        being weighed so, each digest tries again by itself.
        """
        alike: dict[tuple[str, str], list[tuple[Digest, Profile]]] = {}
        for digest, subscriber in some:
            profile = subscriber.profile
            alike.setdefault(_kind(profile), []).append((digest, profile))
        for rows in alike.values():
            with suppress(TemplateError):
                self._weighed([digest for digest, _ in rows], rows[0][1])

    def _weighed(self, digests: Sequence[Digest], profile: Profile) -> list[Weight]:
        """Weigh the cards of digests, one after the other."""
        known = self._cards.setdefault(_kind(profile), {})
        keys: list[tuple[str, str]] = []
        new: dict[tuple[str, str], Entry] = {}
        pictures: dict[str, Thumbnail] = {}
        for digest in digests:
            for match in digest.shown:
                entry = match.entry
                picture = digest.pictures.get(entry.id) if digest.pictures else None
                key = entry.id, picture.name if picture else ""
                keys.append(key)
                if key not in known:
                    new[key] = entry
                    if picture:
                        pictures[entry.id] = picture
        if new:
            weights = self.scales.cards(list(new.values()), profile, pictures)
            known.update(zip(new, weights, strict=True))
        return [known[key] for key in keys]

    def _worded(self, digest: Digest, subscriber: Subscriber) -> Digest:
        """Bring the words to their size."""
        if self._at_most(digest, subscriber.profile).excess <= 1:
            return digest
        found = digest
        excess = self.scales.weigh(found, subscriber).excess
        for most in _SHORTER:
            if excess <= 1:
                return found
            found = replace(digest, summary_most=most)
            excess = self.scales.weigh(found, subscriber).excess
        while excess > 1 and found.shown:
            surplus = round(len(found.shown) * (1 - 1 / excess))
            found = compose.shortened(found, subscriber, max(surplus, 1))
            excess = self.scales.weigh(found, subscriber).excess
        return found

    def _illustrated(
        self, digest: Digest, pictures: Mapping[str, Thumbnail], subscriber: Subscriber
    ) -> Digest:
        """Give a digest that fits its pictures, as many from the first entry on as have room."""
        left = [m.entry.id for m in digest.shown if m.entry.id in pictures]
        while left:
            found = replace(digest, pictures={entry: pictures[entry] for entry in left})
            weight = self.scales.weigh(found, subscriber)
            if weight.excess <= 1:
                return found
            over = weight.mail - MAIL_MOST
            over -= mime.picture_size(pictures[left.pop()])
            while left and over > 0:
                over -= mime.picture_size(pictures[left.pop()])
        return digest


def _kind(profile: Profile) -> tuple[str, str]:
    """Give what decides on how a card looks."""
    return profile.template, profile.language


def _bytes(text: str) -> int:
    """Give the bytes of a text at most, escaped, marked, translated and encoded."""
    return 6 * len(text) + 60
