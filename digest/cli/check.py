"""``digest check``: configuration, profiles, templates, database, model, mail server, sources."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from digest.cli._shared import app_of, json_option, print_json, show

if TYPE_CHECKING:
    from digest.app import App
    from digest.profile import ProfileFile

Finding = tuple[str, bool, str]


@click.command(name="check", short_help="Check everything; one line each, with the cure.")
@click.option("--online", is_flag=True, help="Also log in to the mail server and ask the sources.")
@json_option
@click.pass_context
def command(ctx: click.Context, online: bool, as_json: bool) -> None:
    """Check the configuration, profiles, templates and database; with --online all the rest.

    Nothing is stored or sent.
    """
    findings = list(_all(ctx, online=online))
    if as_json:
        print_json([{"check": name, "ok": ok, "detail": said} for name, ok, said in findings])
    else:
        for name, ok, said in findings:
            if ok:
                show(ctx, f"ok    {name}: {said}")
            else:
                click.echo(f"WRONG {name}: {said}", err=ctx.obj["quiet"])
    broken = {name for name, ok, _ in findings if not ok}
    settings = {"configuration", "profiles", "templates", "database", "language model"}
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
    yield "unsubscribing", True, _unsubscribing(app)
    if not online:
        yield "mail server", True, "not asked; --online logs in"
        yield "sources", True, "not asked; --online fetches them"
        return
    yield _told("mail server", lambda: _login(app))
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
    return ", ".join(app.renderer().check())


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


def _unsubscribing(app: App) -> str:
    """Say what honours a wish to stop, and what the operator has to do for it."""
    from digest import mime

    base_url, look = app.config.digest.base_url, app.look
    mailbox = look.reply_to or mime.sender_of(look.sender)[1]
    read = f"mails to {mailbox}: read them, and run `digest unsubscribe` for who writes"
    if not base_url:
        return read
    return f"{base_url} (run `digest web` for it), and {read}"


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
