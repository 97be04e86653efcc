"""Reads the mails that came in, wherever they are, and settles each: ``digest bounces``."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from digest import bounces, inbound, outgoing
from digest.bounces import Outcome, Rules
from digest.collect import Mail, collect
from digest.errors import UnknownError
from digest.store import Store, open_store
from digest.store.database import copied

if TYPE_CHECKING:
    from digest.app import App
    from digest.imap import Account
    from digest.tables import Imap


def take_in(
    app: App, places: Sequence[str], *, unproved: bool = False, dry_run: bool = False
) -> Generator[tuple[str, Outcome], None, None]:
    """Settle each mail of the places, or of the configured mailbox; gives its place and outcome.

    A mail is marked once what it asks for is stored. A dry run stores and marks nothing.

    Raises:
        UnknownError: no place is named, and no mailbox configured.
        MailboxError: a place cannot be read; what came before it is settled.
    """
    soft = app.config.bounces.soft
    rules = Rules(mails=soft.mails, days=soft.days, unproved=unproved)
    whose = bounces.proofs(outgoing.return_paths(app.config), app.tokens())
    with _store(app, dry_run=dry_run) as store, ExitStack() as stack:
        for mail in _mails(app, places, stack, dry_run=dry_run):
            returned = inbound.read(mail.content, whose)
            outcome = bounces.settle(store, returned, rules, app.now())
            if not dry_run:
                mail.mark(outcome.understood)
            yield mail.place, outcome


@contextmanager
def _store(app: App, *, dry_run: bool) -> Iterator[Store]:
    if not dry_run:
        with app.store() as store:
            yield store
        return
    with copied(app.config.digest.database) as copy, open_store(copy) as store:
        yield store


def _mails(app: App, places: Sequence[str], stack: ExitStack, *, dry_run: bool) -> Iterator[Mail]:
    if places:
        yield from collect(places, inbound.MOST_BYTES)
        return
    imap = app.config.bounces.imap
    if imap is None:
        cure = "name FILE, a Maildir or -, or set imap under [bounces]"
        raise UnknownError(f"there are no mails to read; {cure}")
    # Imported here: most read no mailbox.
    from digest.imap import unread

    account = _account(app, imap)
    found = stack.enter_context(unread(account, inbound.MOST_BYTES, change=not dry_run))
    for place, content, mark in found:
        yield Mail(place=place, content=content, mark=mark)


def _account(app: App, imap: Imap) -> Account:
    from digest.imap import Account

    return Account(
        host=imap.host,
        port=imap.port,
        username=imap.username,
        password=app.config.imap_password,
        folder=imap.folder,
    )


def try_mailbox(app: App) -> str:
    """Open the configured mailbox and read nothing; gives its name.

    Raises:
        MailboxError: it cannot be opened.
    """
    from digest.imap import unread

    imap = app.config.bounces.imap
    assert imap is not None  # noqa: S101 the caller looks
    account = _account(app, imap)
    with unread(account, inbound.MOST_BYTES, change=False):
        return account.place
