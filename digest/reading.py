"""What ``match``, ``why`` and ``preview`` share: whose profile, which entries, which digest.

Nothing here writes to the store.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from digest import compose, identity, match, planning, profile, pull, subscriptions
from digest.app import App
from digest.choice import Choice, from_listings, from_store, is_curious, open_day
from digest.errors import DigestError, SourceError, StoreError, UnknownError
from digest.match import Ranking, popularity
from digest.model import Digest, Edition, Match, Message, Subscriber
from digest.plan import local_date
from digest.taste import asks, unknown

_PICTURELESS = "the mail has no pictures: none are fetched for a listing that is given"


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A subscriber with the entries to choose from; ``errors`` name listings that failed."""

    subscriber: Subscriber
    day: date
    choice: Choice
    candidates: tuple[int, ...]
    errors: tuple[SourceError, ...] = ()
    notes: tuple[str, ...] = ()


def whose(app: App, who: str) -> Subscriber:
    """Find whom PROFILE|EMAIL means: a profile file, or else a subscriber's address.

    Raises:
        SettingsError: the file holds mistakes, or not just one profile.
        UnknownError: there is no such file or subscriber.
    """
    return named(app, who)[0]


def named(app: App, who: str) -> tuple[Subscriber, tuple[str, ...]]:
    """Find whom PROFILE|EMAIL means, with the notes on the profile file.

    Raises:
        SettingsError: the file holds mistakes, or not just one profile.
        UnknownError: there is no such file or subscriber.
    """
    path = Path(who)
    if path.is_file():
        files = profile.load(path, app.defaults)
        if len(files) != 1:
            raise UnknownError(f"{who} holds {len(files)} profiles; name one of its addresses")
        return files[0].subscriber, files[0].notes
    if "@" in who and path.suffix != ".toml":
        try:
            with app.store(create=False) as store:
                return subscriptions.subscriber(store, who), ()
        except StoreError as error:
            if app.config.path is None:
                cure = "name its configuration with --config FILE"
                raise UnknownError(f"{who} is a subscriber of no database here; {cure}") from None
            raise UnknownError(f"{who} is not subscribed: {error}") from None
    if path.is_dir():
        raise UnknownError(f"{who}: is a directory; name one profile file in it")
    if path.suffix in {".toml", ".jsonl"} or path.parent != Path():
        raise UnknownError(f"{who}: does not exist; check the name")
    raise UnknownError(f"{who} is neither a profile file nor a subscriber's address")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What listing files hold, read once for however many profiles."""

    choice: Choice
    errors: tuple[SourceError, ...] = ()
    notes: tuple[str, ...] = ()

    def known(self, found: Read) -> Listed:
        """Keep what ranking one profile has found out of the entries, for the next."""
        return replace(self, choice=found.choice)


def listed(app: App, listings: Sequence[str]) -> Listed:
    """Read listing files.

    Raises:
        DigestError: none of them is a listing.
    """
    with app.parsers() as parsers:
        entries, errors, notes = pull.read_listings(listings, app.fetcher(), parsers)
    if errors and len(errors) == len(listings):
        raise errors[0] if len(errors) == 1 else DigestError("\n".join(map(str, errors)))
    return Listed(choice=from_listings(entries), errors=tuple(errors), notes=tuple(notes))


def read(
    app: App,
    who: str,
    listings: Listed | Sequence[str],
    day: date | None,
    *,
    again: bool = False,
) -> Read:
    """Find the subscriber and what there is to choose from for the edition of ``day``.

    ``again`` also offers what that very edition has shown already, for a preview of it.

    Raises:
        UnknownError: neither a listing nor a configuration with a database is there.
    """
    subscriber, notes = named(app, who)
    day = day or local_date(app.now(), subscriber.timezone)
    if listings:
        given = listings if isinstance(listings, Listed) else listed(app, listings)
        return Read(
            subscriber=subscriber,
            day=day,
            choice=_furnished(app, given.choice, subscriber),
            candidates=tuple(range(len(given.choice.pool.entries))),
            errors=given.errors,
            notes=(*given.notes, *notes, *remarks(app, who, subscriber, given.choice)),
        )
    if app.config.path is None and not app.config.digest.database.is_file():
        raise UnknownError(
            "there are no entries to choose from; give --listing FILE, or a configuration"
        )
    with app.store(create=False) as store:
        offered = open_day(
            store, day, app.config.sources, app.window, revised=is_curious(subscriber)
        )
        choice = from_store(store, offered, [subscriber])
    return Read(
        subscriber=subscriber,
        day=day,
        choice=_furnished(app, choice, subscriber),
        candidates=tuple(choice.candidates(subscriber, day, again=again).tolist()),
        notes=(*notes, *remarks(app, who, subscriber, choice)),
    )


def remarks(app: App, who: str, subscriber: Subscriber, choice: Choice) -> tuple[str, ...]:
    """Say which examples nothing is known of, and that meaning does not count where it would."""
    wanted = any(asks(interest) for interest in subscriber.profile.interests)
    said = unknown(subscriber.profile, choice.pool.library)
    return (*([f"{who}: {said}"] if said else []), *([app.remark] if wanted and app.remark else []))


def _furnished(app: App, choice: Choice, subscriber: Subscriber) -> Choice:
    pool = app.meaning().furnished(choice.pool, subscriber.profile.interests)
    return replace(choice, pool=pool)


def rank(found: Read) -> Ranking:
    """Rank all entries of the pool for the subscriber."""
    return match.rank([found.subscriber.profile], found.choice.pool)[0]


def _revised(found: Read) -> frozenset[int]:
    return found.choice.revised(found.subscriber)


def ranked(found: Read, *, everything: bool, limit: int | None) -> list[Match]:
    """List matches, best first: those past the threshold, or every candidate once."""
    ranking = rank(found)
    if not everything:
        wanted = replace(found.subscriber.profile, trending=0)
        wanted = replace(wanted, limit=limit) if limit else wanted
        chosen = compose.select(ranking, found.candidates, wanted, _revised(found)).chosen
        return [ranking.match(number) for number in chosen[:limit]]
    scores, entries = ranking.standing.scores, found.choice.pool.entries
    ordered = sorted(
        found.candidates,
        key=lambda n: (-float(scores[n]), -popularity.votes(entries[n]), n),
    )
    return [ranking.match(number) for number in ordered[:limit]]


def preview(
    app: App, who: str, listings: Sequence[str], day: date | None
) -> tuple[Message, Digest, Read]:
    """Make the mail that would be sent, or that was: an edition in the outbox stays as planned."""
    found = read(app, who, listings, day, again=True)
    edition = Edition(subscriber_id=found.subscriber.id, date=found.day)
    renderer = app.renderer()
    digest = None if listings or Path(who).is_file() else _planned(app, edition)
    if digest is None:
        ours = [(found.subscriber, edition)]
        with nullcontext() if listings else app.store(create=False) as store:
            fit = app.fit(renderer, store)
            digest = planning.compose_all(found.choice, ours, app.meaning(), fit)[0]
    if listings and app.carries:
        found = replace(found, notes=(*found.notes, _PICTURELESS))
    return renderer.render(digest, found.subscriber), digest, found


def _planned(app: App, edition: Edition) -> Digest | None:
    """Read an edition out of the outbox."""
    with app.store(create=False) as store:
        stored = store.outbox.digests([edition]).get(edition)
        if stored is None:
            return None
        entries = store.entries.named(stored.entry_ids)
        return stored.digest(edition, entries, store.pictures.named(stored.pictures.values()))


def entry_named(found: Read, name: str) -> int:
    """Find the entry that is meant: by id, arXiv id or link, a listing's own id, or its title.

    Raises:
        UnknownError: none, or several, answer to the name.
    """
    entries = found.choice.pool.entries
    paper = identity.arxiv_id(name)
    keys = {name, f"arxiv:{paper.id}" if paper else "", f"doi:{identity.doi(name)}"}
    keys |= {f"url:{identity.canonical_url(name)}"}
    exact = [n for n, e in enumerate(entries) if keys & {e.id, *e.keys, *e.source_ids}]
    if exact:
        return exact[0]
    if not entries:
        raise UnknownError("there are no entries to choose from; `digest pull` fetches some")
    words = identity.title_key(name)
    titled = [n for n, e in enumerate(entries) if words and words in identity.title_key(e.title)]
    if len(titled) == 1:
        return titled[0]
    if titled:
        some = "; ".join(entries[number].title for number in titled[:3])
        raise UnknownError(f'"{name}" fits {len(titled)} entries ({some} …); give an id')
    raise UnknownError(
        f'no entry of the {len(entries)} to choose from is "{name}"; give an id, link or title'
    )
