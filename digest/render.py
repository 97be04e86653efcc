"""Renders a digest as a mail: templates filled, CSS inlined, the MIME message built.

The one place that uses jinja2 and premailer.
"""

from __future__ import annotations

import logging
import re
import textwrap
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import jinja2

from digest import mime, plan, sample
from digest.address import with_ascii_domain
from digest.errors import TemplateError
from digest.model import Digest, Message, Subscriber
from digest.postage import Postage
from digest.view import Links, Look, View, view_of

TEXT_WIDTH = 76


class Renderer:
    """Renders mails from the templates in ``folders``, the first that has one winning.

    Without ``links`` a mail is stopped by writing to its sender alone.
    """

    def __init__(
        self,
        look: Look,
        folders: Sequence[Path],
        links: Links | None = None,
        postage: Postage | None = None,
    ) -> None:
        """Prepare the templates' environment; none is read yet."""
        self._look = look
        self._links = links
        self._postage = postage or Postage()
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader([str(folder) for folder in folders]),
            autoescape=jinja2.select_autoescape(["html"], default=False),
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self._environment.filters["wrap"] = wrap
        self._environment.filters["underline"] = _underline

    def render(self, digest: Digest, subscriber: Subscriber, known_id: str = "") -> Message:
        """Make the mail of one edition; ``known_id`` is the Message-ID it was planned under.

        Raises:
            TemplateError: a template is missing or wrong; the message names file and line.
        """
        view = view_of(digest, subscriber, self._look, self._links)
        name = subscriber.profile.template
        html = inline(self._fill(f"{name}.html", view))
        text = _tidy(self._fill(f"{name}.txt", view))
        identifier = known_id or message_id(
            digest.edition.subscriber_id, digest.edition.date, self._look
        )
        _, address = mime.sender_of(self._look.sender)
        content = mime.build(
            sender=self._look.sender,
            recipient=(subscriber.name, subscriber.email),
            reply_to=self._look.reply_to,
            subject=view.subject,
            date=_sent_at(digest, subscriber),
            message_id=identifier,
            list_id=f"{_phrase(self._look.title)} <digest.{address.rpartition('@')[2]}>",
            unsubscribe=[way for way in (view.unsubscribe_page, view.unsubscribe) if way],
            text=text,
            html=html,
        )
        message = Message(
            message_id=identifier,
            sender=address,
            recipient=with_ascii_domain(subscriber.email),
            subject=view.subject,
            html=html,
            text=text,
            content=content,
        )
        return self._postage.put_on(message, digest.edition.date, subscriber.id)

    def names(self) -> tuple[str, ...]:
        """Name the templates there are, for an HTML part and a text part each."""
        files = {Path(name) for name in self._environment.list_templates(["html", "txt"])}
        stems = {file.stem for file in files if file.suffix == ".html"}
        return tuple(sorted(stems & {file.stem for file in files if file.suffix == ".txt"}))

    def check(self) -> tuple[str, ...]:
        """Render a made-up digest, full and empty, in every template; gives their names.

        Raises:
            TemplateError: one is wrong; the message names file and line.
        """
        for name in self.names():
            for digest in (sample.digest(), replace(sample.digest(), sections=())):
                self.render(digest, sample.reader(name))
        return self.names()

    def _fill(self, name: str, view: View) -> str:
        try:
            return self._environment.get_template(name).render(view=view)
        except jinja2.TemplateNotFound as error:
            known = ", ".join(self.names())
            raise TemplateError(
                f'there is no template "{error.name}"; there are {known}'
            ) from error
        except jinja2.TemplateSyntaxError as error:
            where = f"{error.filename or error.name}:{error.lineno}"
            raise TemplateError(f"{where}: {error.message}; mend the template") from error
        except (jinja2.TemplateError, TypeError, ValueError, AttributeError) as error:
            where = _failing_line(error) or name
            raise TemplateError(
                f"{where}: {error}; docs/templates.md lists what is there"
            ) from error


def _failing_line(error: BaseException) -> str:
    """Find file and line of the template in which rendering failed."""
    trace, found = error.__traceback__, ""
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if file.endswith((".html", ".txt")):
            found = f"{file}:{trace.tb_lineno}"
        trace = trace.tb_next
    return found


def message_id(subscriber_id: str, day: date, look: Look) -> str:
    """Give the Message-ID of an edition: the same however often it is sent."""
    domain = mime.sender_of(look.sender)[1].rpartition("@")[2]
    return f"<{day:%Y%m%d}.{subscriber_id}@{domain}>"


def _sent_at(digest: Digest, subscriber: Subscriber) -> datetime:
    return plan.slot(digest.edition.date, subscriber.send_at, subscriber.timezone)


def inline(html: str) -> str:
    """Move the CSS of plain ``<style>`` blocks into style attributes.

    A block marked ``data-premailer="ignore"`` (dark mode, small screens) stays as it is.
    """
    # Imported here: premailer costs 150 ms, and commands without mail need not pay it.
    from premailer import Premailer

    inlined: Any = Premailer(
        html,
        allow_network=False,
        strip_important=False,
        remove_classes=False,
        cssutils_logging_level=logging.CRITICAL,
        disable_validation=True,
        disable_leftover_css=True,
    ).transform()
    return re.sub(r"\n\s*\n+", "\n", str(inlined))


def wrap(text: str, indent: int = 0, hang: int = 0, width: int = TEXT_WIDTH) -> str:
    """Wrap plain text for the text part; lines after the first ``hang`` further in.

    A word longer than a line, as an address is, stays whole.
    """
    return textwrap.fill(
        text,
        width,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + hang),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _underline(text: str, mark: str = "-") -> str:
    return f"{text}\n{mark * min(len(text), TEXT_WIDTH)}"


def _tidy(text: str) -> str:
    """Take off trailing spaces and surplus blank lines."""
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip("\n") + "\n"


def _phrase(title: str) -> str:
    """Write a title as a header's phrase: quoted, ASCII (RFC 2919 section 3)."""
    plain = "".join(char for char in title if char.isascii() and char not in '"\\')
    return f'"{plain.strip() or "Digest"}"'
