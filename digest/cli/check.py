"""``digest check``: the configuration and all that it names, on this machine or online."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from digest.cli._shared import app_of, json_option, print_json, show

if TYPE_CHECKING:
    from digest.app import App
    from digest.profile import ProfileFile

# What was looked at; whether it is in order, or None for a warning; what is there or to be done.
Finding = tuple[str, bool | None, str]


@click.command(name="check", short_help="Check everything; one line each, with the cure.")
@click.option(
    "--online",
    is_flag=True,
    help="Also log in to the servers, ask the sources, and the DNS for SPF, DKIM, DMARC.",
)
@json_option
@click.pass_context
def command(ctx: click.Context, online: bool, as_json: bool) -> None:
    """Check the configuration, profiles, templates and database; with --online all the rest.

    Nothing is stored or sent.
    """
    findings = list(_all(ctx, online=online))
    if as_json:
        print_json(
            [
                {"check": name, "ok": ok is not False, "warning": ok is None, "detail": said}
                for name, ok, said in findings
            ]
        )
    else:
        for name, ok, said in findings:
            if ok:
                show(ctx, f"ok    {name}: {said}")
            else:
                word = "warn " if ok is None else "WRONG"
                click.echo(f"{word} {name}: {said}", err=ctx.obj["quiet"])
    broken = {name for name, ok, _ in findings if ok is False}
    settings = {"configuration", "profiles", "templates", "database", "language model", "signing"}
    ctx.exit(2 if broken & settings else 1 if broken else 0)


def _all(ctx: click.Context, *, online: bool) -> Iterator[Finding]:
    """Check the configuration, then what it names; without it there is nothing more to check."""
    from digest.errors import SettingsError

    try:
        app = app_of(ctx)
    except SettingsError as error:
        for problem in error.problems:
            yield "configuration", False, str(problem)
        return
    yield from _findings(app, online=online)


def _findings(app: App, *, online: bool) -> Iterator[Finding]:
    number = len(app.config.sources)
    yield "configuration", True, f"{app.config.path}, {number} source{'s' * (number != 1)}"
    yield from _profiles(app)
    yield _told("templates", lambda: _templates(app))
    yield _told("database", lambda: _database(app))
    yield _told("language model", lambda: _model(app))
    yield _told("signing", lambda: _signing(app))
    yield _unsubscribing(app)
    if not online:
        yield "mail server", True, "not asked; --online logs in"
        yield "sources", True, "not asked; --online fetches them"
        return
    yield _told("mail server", lambda: _login(app))
    if app.config.bounces.imap:
        yield _told("mailbox", lambda: _mailbox(app))
    yield from _records(app)
    for source in app.config.sources:
        yield _told(f"source {source.name}", _asking(app, source.name))


def _told(name: str, ask: Callable[[], str]) -> Finding:
    from digest.errors import DigestError, SourceError

    try:
        return name, True, ask()
    except SourceError as error:
        return name, False, f"{error.fault}; {error.cure}" if error.cure else error.fault
    except DigestError as error:
        return name, False, str(error).removeprefix(f"{name} ")


def _profiles(app: App) -> Iterator[Finding]:
    from digest import subscriptions

    names = app.names()
    files, problems = subscriptions.read((app.config.digest.profiles,), app.defaults, names)
    if files or not problems:
        yield "profiles", True, f"{len(files)} in {app.config.digest.profiles}"
    for problem in problems:
        yield "profiles", False, str(problem)
    for note in _notes(app, files):
        yield "profiles", True, note


def _notes(app: App, files: Sequence[ProfileFile]) -> list[str]:
    """Say what of the profiles counts for nothing; a broken database is told of elsewhere."""
    from digest import subscriptions
    from digest.errors import DigestError

    if not app.config.digest.database.is_file():
        return subscriptions.notes(None, files)
    try:
        with app.store(create=False) as store:
            return subscriptions.notes(store, files)
    except DigestError:
        return []


def _templates(app: App) -> str:
    """Render a made-up digest in every template.

    Raises:
        TemplateError: one is wrong, or the folder of the operator's own does not exist.
    """
    from digest.errors import TemplateError

    own = app.config.digest.templates
    if own is not None and not own.is_dir():
        raise TemplateError(f"{own}: does not exist; make it, or leave digest.templates out")
    return ", ".join(app.renderer(signed=False).check())


def _database(app: App) -> str:
    path = app.config.digest.database
    if not path.is_file():
        return f"{path} does not exist yet; the first pull makes it"
    with app.store(create=False) as store:
        return f"{path}, {store.entries.count()} entries"


def _model(app: App) -> str:
    """Embed a word, so that the model's files are read and checked.

    Raises:
        ModelError: the configured model cannot be used.
    """
    embedder = app.meaning().embedder
    if embedder is None:
        return app.remark or "none, as configured: entries are ranked by words alone"
    embedder.embed(["paper"])
    return f"{embedder.name}, {embedder.width} dimensions"


def _signing(app: App) -> str:
    """Try the key.

    Raises:
        SettingsError: it cannot be used.
    """
    from digest import outgoing

    signer = outgoing.signer(app.config)
    if signer is None:
        return "none, as configured: see that your mail server signs by DKIM, or set [dkim]"
    weak = "; a key of 2048 bits is advised" if signer.weak else ""
    return f"by the key of {signer.name}{weak}"


def _unsubscribing(app: App) -> Finding:
    """Say what honours a wish to stop, and what the operator has to do for it."""
    from digest import mime

    base_url, look, imap = app.config.digest.base_url, app.look, app.config.bounces.imap
    mailbox = look.reply_to or mime.sender_of(look.sender)[1]
    read = f"mails to {mailbox}: read them, and run `digest unsubscribe` for who writes"
    if imap:
        read = f"mails to {mailbox}, if {imap.username} at {imap.host} gets them: "
        read += "have `digest daemon` read it, or run `digest bounces` often"
    if base_url:
        return "unsubscribing", True, f"{base_url} (run `digest web` for it), and {read}"
    if imap:
        return "unsubscribing", True, read
    cure = "set base_url, or [bounces] imap, for a program to do so"
    return "unsubscribing", None, f"nothing but you honours {read}; {cure}"


def _mailbox(app: App) -> str:
    from digest import intake

    return f"{intake.try_mailbox(app)} opens"


def _records(app: App) -> Iterator[Finding]:
    """Say what the domain publishes for its mails."""
    from digest import outgoing
    from digest.errors import SettingsError

    try:
        for row in outgoing.standings(app.config):
            yield row.name, row.ok, row.said
    except SettingsError:
        return  # the key, which "signing" has named


def _login(app: App) -> str:
    with app.transport() as transport:
        transport.login()
    return f"{app.config.smtp.host}:{app.config.smtp.port} accepts us"


def _asking(app: App, name: str) -> Callable[[], str]:
    """Fetch and parse one source, storing nothing."""

    def ask() -> str:
        listing = app.try_source(name)
        return f"{len(listing.entries)} entries"

    return ask
