"""Tries a profile on what there is to choose from: matched once, chosen from as often as asked.

Entries are read and indexed once (an ``Offer``), a profile is matched with them once (a ``Trial``),
and what it shows at other thresholds and another limit (``Terms``) is only chosen anew. Nothing
here writes to the store.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from digest import choice, compose, match, misses, reading
from digest.app import App
from digest.choice import Choice, Day
from digest.compose import Selection
from digest.errors import SourceError
from digest.match import Ranking
from digest.meaning import Meaning
from digest.misses import Miss
from digest.model import Coverage, Digest, Edition, Evidence, Message, Profile, Subscriber
from digest.plan import local_date, slot
from digest.pool import Pool
from digest.reading import Listed
from digest.render import Renderer
from digest.taste import asks

NEAR = 10  # near misses told of each kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is chosen by: at most ``limit`` entries, past one threshold for each interest."""

    limit: int
    thresholds: tuple[float, ...]


def terms_of(profile: Profile) -> Terms:
    """Give the terms that a profile states."""
    thresholds = tuple(interest.threshold for interest in profile.interests)
    return Terms(limit=profile.limit, thresholds=thresholds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What the editions of a date choose from, of the store or of listings.

    ``past`` says that it is what that date's edition would have had, and no more.
    """

    date: date
    of: Day | Listed
    past: bool = False

    @property
    def pool(self) -> Pool:
        """Give the entries."""
        return self.of.choice.pool if isinstance(self.of, Listed) else self.of.pool


def offer(app: App, subscriber: Subscriber, day: date | None = None) -> Offer:
    """Read the store's entries for the edition of ``day``, or of the subscriber's today.

    For a past day, those that were there when that edition was due.

    Raises:
        StoreError: there is no database, or it cannot be read.
    """
    today = local_date(app.now(), subscriber.timezone)
    day = day or today
    with app.store(create=False) as store:
        if day < today:
            due = slot(day, subscriber.send_at, subscriber.timezone)
            return Offer(date=day, of=choice.past_day(store, day, due, app.window), past=True)
        sources = app.config.sources
        curious = choice.is_curious(subscriber)
        read = choice.open_day(store, day, sources, app.window, revised=curious)
        return Offer(date=day, of=read)


@dataclass(frozen=True, eq=False, kw_only=True)
class Trial:
    """A profile matched with what is offered; ``errors`` name listings that failed."""

    subscriber: Subscriber
    day: date
    choice: Choice
    candidates: tuple[int, ...]
    ranking: Ranking
    coverage: tuple[Coverage, ...] = ()
    errors: tuple[SourceError, ...] = ()
    notes: tuple[str, ...] = ()
    _told: dict[tuple[int, int], tuple[Evidence, ...]] = field(default_factory=dict)

    @cached_property
    def edition(self) -> Edition:
        """Name the edition."""
        return Edition(subscriber_id=self.subscriber.id, date=self.day)

    @cached_property
    def revised(self) -> frozenset[int]:
        """Give the places of new versions of what the subscriber was shown."""
        return self.choice.revised(self.subscriber)

    def evidence(self, row: int, number: int) -> tuple[Evidence, ...]:
        """Say why an entry is for the interest at ``row`` of the profile, and what is against it.

        What is against it has a negative share. Terms change nothing of it, so it is made once.
        """
        if (row, number) not in self._told:
            interest, pool = self.ranking.interests[row], self.ranking.pool
            against = match.doubts(interest, pool, number) if interest.counterexamples else ()
            self._told[row, number] = (
                *match.explain(interest, pool, number),
                *(evidence._replace(score=-evidence.score) for evidence in against),
            )
        return self._told[row, number]

    @cached_property
    def as_saved(self) -> Chosen:
        """Choose at the profile's own terms."""
        return self.at(terms_of(self.subscriber.profile))

    def at(self, terms: Terms) -> Chosen:
        """Choose at some terms."""
        profile = replace(self.subscriber.profile, limit=terms.limit)
        ranking = match.at(self.ranking, terms.thresholds) if profile.interests else self.ranking
        lot = compose.draw(self.edition)
        selection = compose.select(ranking, self.candidates, profile, self.revised, lot)
        return Chosen(trial=self, terms=terms, ranking=ranking, selection=selection)


@dataclass(frozen=True, eq=False, kw_only=True)
class Chosen:
    """What a trial shows at some terms, and what it leaves out."""

    trial: Trial
    terms: Terms
    ranking: Ranking
    selection: Selection

    @cached_property
    def subscriber(self) -> Subscriber:
        """Give the subscriber with these terms."""
        profile = self.trial.subscriber.profile
        interests = tuple(
            replace(interest, threshold=threshold)
            for interest, threshold in zip(profile.interests, self.terms.thresholds, strict=True)
        )
        profile = replace(profile, limit=self.terms.limit, interests=interests)
        return replace(self.trial.subscriber, profile=profile)

    @property
    def shown(self) -> tuple[int, ...]:
        """Give the places of all entries shown."""
        return (*self.selection.chosen, *self.selection.trending, *self.selection.explored)

    @cached_property
    def below(self) -> tuple[Miss, ...]:
        """Give the entries just below a threshold, the nearest first."""
        return misses.below(self.ranking, self.terms.thresholds, self.selection.omitted, NEAR)

    @cached_property
    def beyond(self) -> tuple[Miss, ...]:
        """Give the entries past a threshold and left out all the same, the best first."""
        return misses.beyond(self.ranking, self.terms.thresholds, self.selection.omitted, NEAR)

    def digest(self) -> Digest:
        """Compose the digest, not yet brought to the size of a mail."""
        return compose.composed(
            self.subscriber,
            self.trial.edition,
            self.ranking,
            self.selection,
            len(self.trial.candidates),
            self.trial.coverage,
        )

    def mail(self, app: App, renderer: Renderer) -> tuple[Message, Digest]:
        """Make the mail, and give the digest as it fits into it.

        Raises:
            TemplateError: a template is missing or wrong.
        """
        with app.store(create=False) if app.carries else nullcontext() as store:
            (digest,) = app.fit(renderer, store)([(self.digest(), self.subscriber)])
        return renderer.render(digest, self.subscriber), digest


def tried(
    app: App,
    subscriber: Subscriber,
    offered: Offer,
    meaning: Meaning | None = None,
    notes: Sequence[str] = (),
) -> tuple[Trial, Offer]:
    """Match a profile with what is offered; gives the offer too, with what was found out of it.

    The next profile tried on that offer is matched in a fraction of the time.

    Raises:
        ModelError: the configured model is not there.
        StoreError: the database cannot be read.
    """
    meaning = meaning or app.meaning()
    interests = subscriber.profile.interests
    if any(asks(interest) for interest in interests):
        offered = _opened(offered, meaning)
    offered.pool.index()
    errors: tuple[SourceError, ...] = ()
    if isinstance(offered.of, Listed):
        found, errors, notes = offered.of.choice, offered.of.errors, (*offered.of.notes, *notes)
        candidates = tuple(range(len(found.pool.entries)))
    else:
        found = _of_store(app, subscriber, offered.of, offered)
        candidates = tuple(found.candidates(subscriber, offered.date, again=True).tolist())
    found = replace(found, pool=meaning.furnished(found.pool, interests))
    trial = Trial(
        subscriber=subscriber,
        day=offered.date,
        choice=found,
        candidates=candidates,
        ranking=match.rank([subscriber.profile], found.pool)[0],
        coverage=found.counted(candidates),
        errors=errors,
        notes=(*notes, *reading.remarks(app, subscriber.email, subscriber, found)),
    )
    return trial, offered


def _of_store(app: App, subscriber: Subscriber, day: Day, offered: Offer) -> Choice:
    with app.store(create=False) as store:
        found = choice.from_store(store, day, [subscriber])
        return choice.as_of(found, store, subscriber, offered.date) if offered.past else found


def _opened(offered: Offer, meaning: Meaning) -> Offer:
    """Give the entries their vectors, unless they have them."""
    of = offered.of
    if offered.pool.space is not None or meaning.embedder is None:
        return offered
    opened = meaning.opened(offered.pool)
    if isinstance(of, Listed):
        return replace(offered, of=replace(of, choice=replace(of.choice, pool=opened)))
    return replace(offered, of=replace(of, pool=opened))
