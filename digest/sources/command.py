"""An operator's own program that prints a JSON Feed on standard output."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from digest.model import Listing, Request, Response, Source
from digest.sources import Adapter, _jsonfeed


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """``command``: the program and its arguments, without a shell; ``folder``: where it runs."""

    command: tuple[str, ...]
    folder: Path = Path()

    def __post_init__(self) -> None:
        """Refuse an empty command."""
        if not self.command or not self.command[0]:
            raise ValueError('needs a command, for instance command = ["./papers.sh", "--today"]')


def requests(source: Source) -> tuple[Request, ...]:
    """Run the program."""
    assert isinstance(source.options, Options)  # noqa: S101 configured by this very adapter
    return (Request(command=source.options.command, path=str(source.options.folder)),)


def recognises(body: bytes) -> int:
    """Recognise nothing: its format is the feed's."""
    del body
    return 0


def parse(response: Response, source: Source) -> Listing:
    """Read what the program printed.

    Raises:
        ListingError: it is no JSON Feed.
    """
    return _jsonfeed.parse(response, source)


ADAPTER = Adapter(options=Options, requests=requests, recognises=recognises, parse=parse)
