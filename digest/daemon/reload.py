"""Takes over a changed configuration and changed profiles, as far as they are right."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from digest import config, subscriptions
from digest.errors import Problem, SettingsError
from digest.logs import about

if TYPE_CHECKING:
    from digest.app import App
    from digest.config import Config

_log = logging.getLogger("digest")


def usable(app: App) -> None:
    """Try what every pass needs.

    Raises:
        TemplateError: a template is wrong.
        SettingsError: the key that signs cannot be used.
        ModelError: the language model is not there.
    """
    app.renderer().check()
    app.meaning()


def configuration(app: App) -> Config:
    """Read the configuration anew and try it; warnings are said.

    Raises:
        SettingsError: it is wrong, or names another database; with every mistake, file and line.
        TemplateError: a template is; ModelError likewise.
    """
    before = app.config
    assert before.path is not None  # noqa: S101 the daemon is never without a file
    after = config.load(before.path)
    if after.digest.database != before.digest.database:
        place = f"{before.path}: digest.database"
        cure = "restart the daemon to serve it"
        raise SettingsError([Problem(place, "names another database", cure)])
    usable(replace(app, config=after))
    for warning in after.warnings:
        _log.warning("%s", warning, extra=about(job="reload"))
    return after


def profiles(app: App) -> None:
    """Apply the configured folder of profiles; one that is wrong is said, and its old one stays."""
    folder = app.config.digest.profiles
    if not folder.is_dir():
        return
    files, problems = subscriptions.read((folder,), app.defaults, app.names())
    for problem in problems:
        _log.error("%s", problem, extra=about(job="reload"))
    if problems:
        _log.error("what these profiles were before stays", extra=about(job="reload"))
    with app.store() as store:
        changes = subscriptions.apply(store, files)
    for change in changes:
        if change.done != "unchanged":
            detail = f" ({change.detail})" if change.detail else ""
            _log.info("%s: %s%s", change.email, change.done, detail, extra=about(job="reload"))
    counts = Counter(change.done for change in changes)
    said = ", ".join(f"{count} {done}" for done, count in sorted(counts.items()))
    _log.info("profiles: %s", said or "none", extra=about(job="reload"))
