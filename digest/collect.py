"""Where mails that came in are read from: files, standard input, and Maildirs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from digest.errors import MailboxError, Problem

MOST = 1000  # mails of a mailbox at once; the next run reads on


def _nothing(understood: bool) -> None:
    """Leave a mail as it is."""
    del understood


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail: where it was found, its first bytes, and how to mark it once it was read.

    ``mark`` takes whether the mail was understood; one that was not is left for people.
    """

    place: str
    content: bytes
    mark: Callable[[bool], None] = _nothing


def collect(places: Sequence[str], most_bytes: int) -> Iterator[Mail]:
    """Read each place: a file, a Maildir, or "-" for standard input.

    Raises:
        MailboxError: one is none of these; those before it were read.
    """
    for place in places:
        path = Path(place)
        if place == "-":
            yield Mail(place="standard input", content=sys.stdin.buffer.read(most_bytes))
        elif (path / "new").is_dir() and (path / "cur").is_dir():
            yield from _maildir(path, most_bytes)
        elif path.is_dir():
            cure = "name a Maildir, with cur/ and new/, or a file"
            raise MailboxError(str(Problem(place, "is a directory and no Maildir", cure)))
        else:
            yield Mail(place=place, content=_bytes(path, most_bytes))


def _bytes(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(most)
    except OSError as error:
        fault = f"cannot be read ({error.strerror})"
        raise MailboxError(str(Problem(str(path), fault, "check the name"))) from None


def _maildir(folder: Path, most_bytes: int) -> Iterator[Mail]:
    """Read what is neither seen nor flagged, the oldest first (https://cr.yp.to/proto/maildir.html).

    A mail that was understood is marked as seen, any other is flagged, so that neither is read
    again and people find the latter.
    """
    waiting = [
        path
        for part in ("cur", "new")
        for path in (folder / part).iterdir()
        if not set("SFT") & set(path.name.partition(":2,")[2]) and not path.name.startswith(".")
    ]
    for path in sorted(waiting, key=lambda path: path.name)[:MOST]:
        yield Mail(
            place=str(path),
            content=_bytes(path, most_bytes),
            mark=lambda understood, path=path: _flag(path, "S" if understood else "F"),  # type: ignore[misc]  # mypy: the default binds the path
        )


def _flag(path: Path, flag: str) -> None:
    name, _, flags = path.name.partition(":2,")
    target = path.parent.parent / "cur" / f"{name}:2,{''.join(sorted({*flags, flag}))}"
    try:
        with suppress(FileNotFoundError):  # whoever moved it meanwhile has dealt with it
            path.replace(target)
    except OSError as error:
        fault = f"cannot be marked as read ({error.strerror})"
        raise MailboxError(str(Problem(str(path), fault, "check who owns the folder"))) from None
