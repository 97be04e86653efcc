"""Who is subscribed: profile files applied to the store, addresses stopped and forgotten.

Nobody who said stop is mailed again: applying a file never reactivates an address, unless the
operator asks for just that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from digest import profile
from digest.address import canonical
from digest.choice import library
from digest.errors import Problem, SettingsError, UnknownError
from digest.inbound import Kind
from digest.model import Interest, Status, Subscriber, Suppression
from digest.profile import Defaults, ProfileFile
from digest.schema import nearest
from digest.store import Store
from digest.store.subscribers import Subscription
from digest.taste import unknown

_NOTES_MOST = 20
STOPPED = "asked to stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What applying a profile did to one address: ``subscribed``, ``changed`` and so on."""

    email: str
    done: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The names that a profile may use: of configured sources and of templates."""

    sources: tuple[str, ...]
    templates: tuple[str, ...]


def read(
    paths: Sequence[Path], defaults: Defaults, names: Names | None = None
) -> tuple[list[ProfileFile], list[Problem]]:
    """Read profile files, directories of them, and .jsonl files; all or nothing per file.

    Gives the profiles of the files without a mistake, and the mistakes of the others; a name
    that is not among ``names`` is a mistake.
    """
    found: list[ProfileFile] = []
    problems: list[Problem] = []
    try:
        files = profile.files(tuple(paths))
    except SettingsError as error:
        return [], list(error.problems)
    for path in files:
        try:
            of_file = profile.load(path, defaults)
        except SettingsError as error:
            problems.extend(error.problems)
            continue
        unknown = (
            [p for file in of_file for p in strange(file.subscriber, f"{file.place}: ", names)]
            if names
            else []
        )
        problems.extend(unknown)
        found.extend(of_file if not unknown else ())
    return _without_doubles(found, problems), problems


def notes(store: Store | None, files: Sequence[ProfileFile]) -> list[str]:
    """Say what of the profiles counts for nothing: records and examples that cannot be read.

    The ``store`` may know examples by id; there may be none yet.
    """
    profiles = [file.subscriber.profile for file in files]
    known = library(store, profiles) if store else {}
    found: list[str] = []
    for file in files:
        found.extend(file.notes)
        if said := unknown(file.subscriber.profile, known):
            found.append(f"{file.place}: {said}")
    more = len(found) - _NOTES_MOST
    return [*found[:_NOTES_MOST], f"and {more} more notes"] if more > 0 else found


def strange(reader: Subscriber, place: str, names: Names) -> list[Problem]:
    """Name the sources and the template of a profile that do not exist."""
    found = []
    chosen = reader.profile.template
    if chosen not in names.templates:
        cure = nearest(chosen, names.templates) or f"there are {', '.join(names.templates)}"
        found.append(Problem(f"{place}template", f'there is no template "{chosen}"', cure))
    for number, interest in enumerate(reader.profile.interests, 1):
        for name in interest.sources:
            if name not in names.sources:
                there = ", ".join(names.sources) or "none"
                cure = nearest(name, names.sources) or f"configured are {there}"
                at = f"{place}interest[{number}].sources"
                found.append(Problem(at, f'there is no source "{name}"', cure))
    return found


def _without_doubles(found: list[ProfileFile], problems: list[Problem]) -> list[ProfileFile]:
    """Refuse two profiles for one address: which of them counts is not ours to guess."""
    times = Counter(file.subscriber.id for file in found)
    for file in found:
        if times[file.subscriber.id] > 1:
            fault = f"{file.subscriber.email} has {times[file.subscriber.id]} profiles"
            problems.append(Problem(file.place, fault, "keep one of them"))
    return [file for file in found if times[file.subscriber.id] == 1]


def apply(store: Store, files: Sequence[ProfileFile], *, reactivate: bool = False) -> list[Change]:
    """Bring the store to what the profiles say, in one transaction.

    A file counts when its content is another than when it was last applied: what was changed on
    the page since then stays until it is.
    """
    with store.transaction():
        known = store.subscribers.at(file.subscriber.email for file in files)
        new = [f.subscriber.id for f in files if canonical(f.subscriber.email) not in known]
        moved = store.subscribers.moved(new)
        return [
            _elsewhere(file, moved[file.subscriber.id])
            if file.subscriber.id in moved
            else _apply(store, file, known.get(canonical(file.subscriber.email)), reactivate)
            for file in files
        ]


def _elsewhere(file: ProfileFile, email: str) -> Change:
    detail = f"moved to {email} on the page; give that address in the file"
    return Change(email=file.subscriber.email, done="left alone", detail=detail)


def _apply(store: Store, file: ProfileFile, known: Subscription | None, reactivate: bool) -> Change:
    wanted, email = file.subscriber, file.subscriber.email
    suppressed = store.subscribers.suppressed(email)
    stopped = known is not None and known.subscriber.status is Status.UNSUBSCRIBED
    if known is not None:
        wanted = replace(wanted, id=known.subscriber.id)
    if suppressed or stopped:
        if not reactivate:
            reason = suppressed or STOPPED
            return Change(
                email=email,
                done="left alone",
                detail=f"{reason}; `digest subscribe --reactivate` would mail it again",
            )
        store.subscribers.lift(email)
        _put(store, file, wanted)
        return Change(email=email, done="reactivated")
    if known is None:
        _put(store, file, wanted)
        return Change(email=email, done="subscribed", detail=_interests(wanted))
    if known.fingerprint == file.fingerprint:
        return _same(store, file, known)
    told = _judged(known.subscriber, wanted)
    _put(store, file, replace(told, status=known.subscriber.status))
    detail = _difference(known.subscriber, told)
    if known.edited:
        detail += f"; replaces what was changed on the page, last on {known.edited:%Y-%m-%d}"
    return Change(email=email, done="changed", detail=detail)


def _same(store: Store, file: ProfileFile, known: Subscription) -> Change:
    """Leave the profile as it is, and note where the file stands now."""
    email = file.subscriber.email
    if known.place != _standing(file):
        store.subscribers.put(replace(known, place=_standing(file)))
        return Change(email=email, done="changed", detail="the file was moved")
    if not known.edited:
        return Change(email=email, done="unchanged")
    said = f"was changed on the page on {known.edited:%Y-%m-%d}; the file counts once it changes"
    return Change(email=email, done="unchanged", detail=said)


def _judged(before: Subscriber, after: Subscriber) -> Subscriber:
    """Keep what the reader said of entries in mails: no file says it."""
    had = {interest.name: interest for interest in before.profile.interests}

    def told(interest: Interest) -> Interest:
        old = had.get(interest.name)
        if old is None:
            return interest
        liked = (one for one in old.examples if one.judged)
        disliked = (one for one in old.counterexamples if one.judged)
        return replace(
            interest,
            examples=(*interest.examples, *liked),
            counterexamples=(*interest.counterexamples, *disliked),
        )

    interests = tuple(map(told, after.profile.interests))
    return replace(after, profile=replace(after.profile, interests=interests))


def _put(store: Store, file: ProfileFile, subscriber: Subscriber) -> None:
    store.subscribers.put(
        Subscription(subscriber=subscriber, fingerprint=file.fingerprint, place=_standing(file))
    )


def _standing(file: ProfileFile) -> str:
    """Give where a profile stands, however it was named."""
    return str(Path(file.place).resolve())


def _interests(subscriber: Subscriber) -> str:
    return ", ".join(interest.name for interest in subscriber.profile.interests) or "trending"


def _difference(before: Subscriber, after: Subscriber) -> str:
    """Name the settings that changed."""
    names = ("email", "name", "timezone", "send_at", "days", "paused_until")
    changed = [name for name in names if getattr(before, name) != getattr(after, name)]
    changed += [
        name
        for name in ("limit", "trending", "when_empty", "replacements", "template", "language")
        if getattr(before.profile, name) != getattr(after.profile, name)
    ]
    had = {interest.name: interest for interest in before.profile.interests}
    has = {interest.name: interest for interest in after.profile.interests}
    changed += [f"+ {name}" for name in has if name not in had]
    changed += [f"- {name}" for name in had if name not in has]
    changed += [name for name in has if name in had and has[name] != had[name]]
    return ", ".join(changed) or "the file was moved"


def prune(store: Store, files: Iterable[ProfileFile], now: datetime) -> list[Change]:
    """Unsubscribe those whose profile is not among ``files``; who never had a file is spared."""
    files = list(files)
    wanted = {file.subscriber.id for file in files}
    known = store.subscribers.at(file.subscriber.email for file in files)
    wanted |= {row.subscriber.id for row in known.values()}
    return [
        stop(store, subscription.subscriber.email, now)
        for subscription in store.subscribers.all()
        if subscription.place
        and subscription.subscriber.id not in wanted
        and subscription.subscriber.status is not Status.UNSUBSCRIBED
    ]


def stop(store: Store, email: str, now: datetime, *, reason: str = STOPPED) -> Change:
    """Unsubscribe an address, for the reason given: it stays known and is never mailed.

    An unknown address is suppressed, so that a later profile cannot mail it either.
    """
    with store.transaction():
        for subscription in store.subscribers.at([email]).values():
            return _stop(store, subscription, now, reason)
        store.subscribers.suppress(Suppression(email=email, reason=reason, since=now, stopped=True))
    return Change(email=email, done="suppressed", detail="it was not subscribed")


def stop_subscriber(store: Store, subscriber_id: str, now: datetime) -> Change | None:
    """Unsubscribe who has this id, at whatever address they have now; None if nobody ever had.

    Of who was forgotten only the suppression is left, and that is as good as stopped.
    """
    with store.transaction():
        known = store.subscribers.get([subscriber_id])
        for subscription in known.values():
            return _stop(store, subscription, now, STOPPED)
    given = store.subscribers.moved([subscriber_id]).get(subscriber_id)
    for email in store.subscribers.suppressions():
        if email == given or profile.subscriber_id(email) == subscriber_id:
            return Change(email=email, done="unchanged", detail="it was forgotten before")
    return None


def _stop(store: Store, subscription: Subscription, now: datetime, reason: str) -> Change:
    email = subscription.subscriber.email
    store.subscribers.suppress(Suppression(email=email, reason=reason, since=now, stopped=True))
    if subscription.subscriber.status is Status.UNSUBSCRIBED:
        return Change(email=email, done="unchanged", detail="it was unsubscribed before")
    stopped = replace(subscription.subscriber, status=Status.UNSUBSCRIBED)
    store.subscribers.put(replace(subscription, subscriber=stopped))
    return Change(email=email, done="unsubscribed")


def suppress(store: Store, suppressions: Iterable[Suppression]) -> int:
    """Never mail these addresses; gives how many were not suppressed before."""
    new = 0
    with store.transaction():
        for row in suppressions:
            new += not store.subscribers.suppressed(row.email)
            if row.stopped:
                stop(store, row.email, row.since, reason=row.reason)
            else:
                store.subscribers.suppress(row)
    return new


def lift(store: Store, email: str) -> Change:
    """Mail an address again that bounced, and forgive what it bounced; never who said stop."""
    with store.transaction():
        known = store.subscribers.at([email]).get(canonical(email))
        identifier = known.subscriber.id if known else profile.subscriber_id(email)
        suppression = store.subscribers.suppressions().get(canonical(email))
        stopped = known is not None and known.subscriber.status is Status.UNSUBSCRIBED
        if stopped or (suppression and suppression.stopped):
            reason = suppression.reason if suppression else STOPPED
            cure = "only `digest subscribe --reactivate` brings it back"
            return Change(email=email, done="left alone", detail=f"{reason}; {cure}")
        if suppression is None:
            return Change(email=email, done="unchanged", detail="it was not suppressed")
        store.subscribers.lift(email)
        store.returned.excuse(identifier, Kind.SOFT)
        store.waiting.look_again(identifier)
    return Change(email=email, done="lifted", detail=suppression.reason)


def forget(store: Store, email: str, now: datetime) -> Change:
    """Erase all that is known of an address but that it must not be mailed."""
    with store.transaction():
        known = store.subscribers.at([email])
        store.subscribers.suppress(
            Suppression(email=email, reason=STOPPED, since=now, stopped=True)
        )
        store.letters.forget(email)
        for subscription in known.values():
            store.subscribers.forget(subscription.subscriber.id)
            store.letters.forget(email, subscription.subscriber.id)
    return Change(email=email, done="forgotten" if known else "suppressed")


def subscriber(store: Store, email: str) -> Subscriber:
    """Give the subscriber with an address.

    Raises:
        UnknownError: there is none.
    """
    found = store.subscribers.at([email])
    if not found:
        raise UnknownError(f"{email} is not subscribed; `digest subscribers` lists who is")
    return next(iter(found.values())).subscriber
