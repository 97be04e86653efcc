"""Every error this program raises on purpose, as one tree.

    DigestError
    ├── SettingsError           a file or option of the operator's is wrong      exit 2
    ├── QueryError              a keyword or search that cannot be read          exit 2
    ├── UnknownError            a named profile, entry or source does not exist  exit 2
    ├── TemplateError           a template that cannot be rendered               exit 2
    ├── ModelError              a language model that cannot be used             exit 2
    ├── StoreError              the database cannot be used                      exit 2
    ├── LockedError             another run holds the lock                       exit 1
    ├── SourceError             a source gave nothing that can be used           exit 1
    │   ├── FetchError          the server could not be reached, or refused
    │   └── ListingError        what came is not a listing
    ├── ChangedError            a file was changed by someone else meanwhile     exit 2
    ├── ExpiredError            a link of ours whose time is over                exit 1
    ├── MailboxError            a mailbox cannot be read                         exit 1
    ├── ResolverError           the DNS does not answer                          exit 1
    └── TransportError          the mail server cannot be used at all            exit 1

Each says in one line where the fault is and what to do instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MISTAKES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: the ``place`` it stands at, what is wrong, and the ``cure``."""

    place: str
    fault: str
    cure: str = ""

    def __str__(self) -> str:
        """Give the mistake as one line."""
        line = f"{self.place}: {self.fault}" if self.place else self.fault
        return f"{line}; {self.cure}" if self.cure else line


class DigestError(Exception):
    """The root of the tree; ``exit_code`` is what the command line ends with."""

    exit_code = 1


class SettingsError(DigestError):
    """A configuration or profile file is wrong; holds every mistake found in it."""

    exit_code = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Keep all ``problems``; the message shows the first twenty and their number."""
        self.problems = tuple(problems)
        lines = [str(problem) for problem in self.problems[:MISTAKES_SHOWN]]
        if len(self.problems) > MISTAKES_SHOWN:
            lines.append(f"... {len(self.problems)} mistakes in all")
        super().__init__("\n".join(lines))


class QueryError(DigestError):
    """A keyword or search query that cannot be read."""

    exit_code = 2


class UnknownError(DigestError):
    """A profile, entry, source or subscriber was named that does not exist."""

    exit_code = 2


class TemplateError(DigestError):
    """A template is missing or wrong; the message names file and line."""

    exit_code = 2


class ChangedError(DigestError):
    """A file is not as it was when it was read, so it is not written over."""

    exit_code = 2


class ModelError(DigestError):
    """A language model is not installed, or its files are not what they should be."""

    exit_code = 2


class StoreError(DigestError):
    """The database cannot be opened, read or written."""

    exit_code = 2


class LockedError(DigestError):
    """Another run is sending from the same database."""


class SourceError(DigestError):
    """A source gave nothing that can be used.

    ``source`` is its configured name and ``fault`` what went wrong.
    """

    state = "unreachable"

    def __init__(self, source: str, fault: str, cure: str = "") -> None:
        """Keep the parts; they are the exception's arguments, so that it can be pickled."""
        self.source, self.fault, self.cure = source, fault, cure
        super().__init__(source, fault, cure)

    def __str__(self) -> str:
        """Give the line ``source: fault; cure``."""
        return str(Problem(self.source, self.fault, self.cure))


@dataclass(frozen=True, slots=True)
class Hold:
    """A host's wish to be left alone for some ``seconds`` (Retry-After)."""

    host: str
    seconds: float


class FetchError(SourceError):
    """The server could not be reached, did not answer in time, or refused.

    ``hold`` is the host's wish to be left alone, if it said so; ``gone`` whether it said that
    the address will never answer again (410); ``held`` whether nobody was asked, because the
    host wants to be left alone.
    """

    def __init__(
        self,
        source: str,
        fault: str,
        cure: str = "",
        *,
        state: str = "unreachable",
        hold: Hold | None = None,
        gone: bool = False,
        held: bool = False,
    ) -> None:
        """Keep ``state`` (``unreachable`` or ``refused``) beside the message."""
        super().__init__(source, fault, cure)
        self.state = state
        self.hold = hold
        self.gone = gone
        self.held = held


class ListingError(SourceError):
    """What came is not a listing; the message says what it is instead."""

    state = "malformed"


class MailboxError(DigestError):
    """A mailbox, or a file with a mail, cannot be read."""


class ResolverError(DigestError):
    """The DNS does not answer."""


class TransportError(DigestError):
    """The mail server cannot be used at all: connection, TLS, login or policy."""


class ExpiredError(DigestError):
    """A signed token that was ours, and held until a date that has passed; keeps its parts."""

    def __init__(self, parts: Sequence[str]) -> None:
        """Keep what the token was made of: who holds it may be sent a new one."""
        self.parts = tuple(parts)
        super().__init__("the link has expired; ask for a new one")
