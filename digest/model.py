"""The value objects that flow along the path, from a listing to an accepted mail.

All are frozen, slotted and keyword-only; times are aware and in UTC; sequences are tuples.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum, StrEnum
from typing import Literal, NamedTuple

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
SUMMARY_MOST = 420  # characters of an entry's text in a mail
WEEKDAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Authority(IntEnum):
    """How far a source's word on title, link and text is taken over another's."""

    FEED = 1
    DAILY_PAPERS = 2
    ARCHIVE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A configured origin: its ``name``, the adapter's ``kind`` and that adapter's options."""

    name: str
    kind: str
    options: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to ask for: a ``url`` over HTTP, a ``path`` on disk, or a ``command`` to run there."""

    url: str = ""
    path: str = ""
    command: tuple[str, ...] = ()
    accept: str = "*/*"

    @property
    def place(self) -> str:
        """The address, path or command, for keys and messages."""
        return self.url or " ".join(self.command) or self.path


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """The conditional-request headers of one address (RFC 9110 section 8.8)."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What came back; ``body`` is decompressed, and empty when ``unchanged`` (304).

    ``moved_to`` is where permanent redirects lead, if there were any.
    """

    url: str
    body: bytes
    content_type: str = ""
    fetched_at: datetime
    validators: Validators = Validators()
    unchanged: bool = False
    moved_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """A person or collaboration as the listing spells it."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A further address of an entry; ``rel`` is pdf, code, project or discussion."""

    rel: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One paper or post, merged from every source that listed it.

    ``keys`` are all identities it is known by, strongest first; ``source_ids`` are the
    listings' own ids. ``upvotes`` and ``comments`` are None where no source counts them.
    ``tldr`` is the source's own sentence on it. Texts are plain, never markup.
    """

    id: str
    title: str
    url: str = ""
    summary: str = ""
    tldr: str = ""
    authors: tuple[Author, ...] = ()
    categories: tuple[str, ...] = ()
    published: datetime | None = None
    updated: datetime | None = None
    version: int = 1
    announce: str = ""
    organization: str = ""
    upvotes: int | None = None
    comments: int | None = None
    links: tuple[Link, ...] = ()
    thumbnail: str = ""
    seen_in: tuple[str, ...] = ()
    source_ids: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    authority: Authority = Authority.FEED

    @property
    def replaced(self) -> bool:
        """Whether the listing announces a new version of an older paper."""
        return self.announce.startswith("replace")

    def __hash__(self) -> int:
        """Hash the id alone: entries are looked up for each reader, and have many fields."""
        return hash(self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The entries of one fetch, in the source's order.

    ``notes`` say what could not be read, ``remarks`` what was odd though nothing is lost;
    ``cut`` says that it broke off, so that more of it is to come.
    """

    source: str
    title: str = ""
    entries: tuple[Entry, ...] = ()
    notes: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What is remembered of one address: written only once its entries are stored.

    ``body`` is the hash of the last content, ``moved_to`` where it has moved for good, ``gone``
    whether it said that it will never answer again.
    """

    validators: Validators = Validators()
    body: str = ""
    moved_to: str = ""
    gone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """What is remembered of a source between pulls.

    ``last_new`` is when it last gave something new, ``highest`` the highest id it gave,
    ``covered`` the last day of which all is stored, ``failing_since`` when it began to fail
    or be silent, and ``raised`` whether the operator was told.
    """

    source: str
    state: str = "never fetched"
    detail: str = ""
    last_attempt: datetime | None = None
    last_success: datetime | None = None
    last_new: datetime | None = None
    next_fetch: datetime | None = None
    failures: int = 0
    failing_since: datetime | None = None
    raised: bool = False
    highest: str = ""
    covered: date | None = None
    memory: Mapping[str, Memory] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What one source gave for one digest: its ``state`` and how many entries to choose from."""

    source: str
    state: str
    detail: str = ""
    entries: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A paper that says what is wanted: by ``key`` (arXiv id or DOI), title, or with its abstract.

    ``year`` is when it appeared, 0 where nobody says; ``judged`` the date on which a reader said
    so of an entry in a mail, or "".
    """

    key: str = ""
    title: str = ""
    summary: str = ""
    year: int = 0
    # Not in repr: the fingerprints of profile files are made of it, and no file says it.
    judged: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interest:
    """One topic of a profile, a section of the mail; an entry past ``threshold`` belongs to it.

    ``counterexamples`` are papers that look like it and are not wanted.
    """

    name: str
    text: str = ""
    keywords: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()
    counterexamples: tuple[Example, ...] = ()
    exclude: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    weight: float = 1.0
    threshold: float = 0.3

    def __hash__(self) -> int:
        """Hash what differs most: interests are looked up for each entry, and have many fields."""
        about = (self.name, self.text, self.keywords, self.authors)
        return hash((about, self.examples[:1], len(self.examples), self.counterexamples[:1]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What one subscriber wants: interests, how much of it, in which template and language."""

    interests: tuple[Interest, ...] = ()
    limit: int = 15
    trending: int = 0
    when_empty: str = "skip"
    replacements: str = "ignore"
    template: str = "digest"
    explore: int = 0
    language: str = "en"


class Status(StrEnum):
    """Where a subscriber stands."""

    PENDING = "pending"
    ACTIVE = "active"
    PAUSED = "paused"
    UNSUBSCRIBED = "unsubscribed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """A reader: ``send_at`` is HH:MM in ``timezone``, on the weekdays in ``days``."""

    id: str
    email: str
    name: str = ""
    timezone: str = "UTC"
    send_at: str = "07:30"
    days: tuple[str, ...] = WEEKDAYS
    status: Status = Status.ACTIVE
    paused_until: date | None = None
    profile: Profile = Profile()


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """An address that is never mailed, and why; ``stopped`` if its owner said so."""

    email: str
    reason: str
    since: datetime
    stopped: bool = False


class Evidence(NamedTuple):
    """One reason for a match: the ``matcher``, a ``reason`` to read, its share in 0..1."""

    matcher: str
    reason: str
    score: float


class Match(NamedTuple):
    """An entry and its best interest; None with score 0 where nothing speaks for it.

    A tuple, as each mail has fifteen: a frozen dataclass takes four times as long to make.
    """

    entry: Entry
    interest: Interest | None
    score: float
    evidence: tuple[Evidence, ...] = ()


class Edition(NamedTuple):
    """The digest of one subscriber for one local date; there is never a second.

    A tuple, as a pass has one a subscriber, and looks each up.
    """

    subscriber_id: str
    date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A titled group of matches in a digest."""

    title: str
    matches: tuple[Match, ...]
    more: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Thumbnail:
    """An entry's picture made small, as a mail carries it.

    ``name`` stands for the address it came from; ``width`` and ``height`` are those it is shown
    in, which may be less than it has.
    """

    name: str
    jpeg: bytes = field(repr=False)
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """The content of an edition, before it is rendered.

    ``omitted`` maps each reason for leaving an entry out to how many it kept out, so that
    ``candidates`` = entries shown + the sum over ``omitted``. ``summary_most`` is how many
    characters of each entry's text are shown; ``pictures`` are those that the mail carries, by
    their entries' ids. ``template`` and ``language`` are the profile's of that day. ``shared`` says
    that others are known to get the same, so that it pays to make more of it at once.
    """

    edition: Edition
    subject: str
    preheader: str
    summary_most: int = SUMMARY_MOST
    template: str = ""
    language: str = ""
    sections: tuple[Section, ...] = ()
    candidates: int = 0
    omitted: Mapping[str, int] = field(default_factory=dict)
    coverage: tuple[Coverage, ...] = ()
    pictures: Mapping[str, Thumbnail] = field(default_factory=dict)
    shared: bool = field(default=False, repr=False, compare=False)

    @property
    def shown(self) -> tuple[Match, ...]:
        """All matches, in the order of the mail."""
        return tuple(match for section in self.sections for match in section.matches)

    @property
    def more(self) -> int:
        """How many entries beyond those shown are past the threshold of an interest."""
        return sum(section.more for section in self.sections)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A mail: envelope, id, and the exact bytes with CRLF line ends.

    ``plain`` says that they are ASCII and no line begins with a dot, so that they go as they are.
    """

    message_id: str
    sender: str
    recipient: str
    subject: str
    content: bytes = field(repr=False)
    plain: bool = False

    @property
    def html(self) -> str:
        """The HTML of it, as it is read out of its bytes."""
        return _body(self.content, "html")

    @property
    def text(self) -> str:
        """The plain text of it, as it is read out of its bytes."""
        return _body(self.content, "plain")


def _body(content: bytes, kind: str) -> str:
    # Imported here: few commands read a mail, and it takes a while.
    from email import message_from_bytes, policy

    found = message_from_bytes(content, policy=policy.default).get_body((kind,))
    return str(found.get_content()).replace("\r\n", "\n") if found else ""


class DeliveryStatus(StrEnum):
    """Where a delivery stands; a server's acceptance is ``sent``, never "delivered"."""

    PLANNED = "planned"
    SUBMITTING = "submitting"
    SENT = "sent"
    DEFERRED = "deferred"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    SUPPRESSED = "suppressed"
    HELD = "held"
    DROPPED = "dropped"
    SKIPPED = "skipped"


class Delivery(NamedTuple):
    """One row of the outbox: an edition on its way to the mail server.

    A tuple, as a pass reads one a subscriber.
    """

    edition: Edition
    email: str
    status: DeliveryStatus
    planned_at: datetime
    message_id: str
    attempts: int = 0
    next_attempt: datetime | None = None
    response: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendResult:
    """A mail server's answer to one message; ``code`` is 0 when none came."""

    status: DeliveryStatus
    code: int = 0
    response: str = ""
