"""Finds and fills templates; the one place that uses jinja2."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jinja2

from digest.errors import TemplateError
from digest.language import Language

LETTERS = ("confirm", "welcome", "preferences", "address")
_FRAMES = frozenset({"base", "edition"})


class Templates:
    """The templates in ``folders``, the first folder that has one winning."""

    def __init__(self, folders: Sequence[Path], filters: Mapping[str, Callable[..., str]]) -> None:
        """Prepare the environment, with filters of ours; no template is read yet."""
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader([str(folder) for folder in folders]),
            autoescape=jinja2.select_autoescape(["html"], default=False),
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self._environment.filters.update(filters)

    def names(self) -> tuple[str, ...]:
        """Name the templates of digests, for an HTML part and a text part each."""
        files = {Path(name) for name in self._environment.list_templates(["html", "txt"])}
        html = {file.stem for file in files if file.suffix == ".html"}
        text = {file.stem for file in files if file.suffix == ".txt"}
        return tuple(sorted((html & text) - {*_FRAMES, *LETTERS}))

    def module(self, name: str, words: Language, **values: Any) -> Any:  # noqa: ANN401 macros by name
        """Fill a template: gives its text, by ``str()``, and its macros as attributes.

        Raises:
            TemplateError: it is missing or wrong; the message names file and line.
        """
        with self.faults(name):
            template = self._environment.get_template(name)
            return template.make_module({"say": words.say, "plural": words.plural, **values})

    @contextmanager
    def faults(self, name: str) -> Iterator[None]:
        """Turn what goes wrong with a template into an error that names file and line.

        Raises:
            TemplateError: something went wrong.
        """
        try:
            yield
        except jinja2.TemplateNotFound as error:
            known = ", ".join(self.names())
            raise TemplateError(
                f'there is no template "{error.name}"; there are {known}'
            ) from error
        except jinja2.TemplateSyntaxError as error:
            where = f"{error.filename or error.name}:{error.lineno}"
            raise TemplateError(f"{where}: {error.message}; mend the template") from error
        except (jinja2.TemplateError, TypeError, ValueError, AttributeError, KeyError) as error:
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
            compiled = trace.tb_frame.f_globals.get("__jinja_template__")
            line = trace.tb_lineno
            found = f"{file}:{compiled.get_corresponding_lineno(line) if compiled else line}"
        trace = trace.tb_next
    return found
