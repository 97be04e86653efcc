"""Reads a library of liked papers: BibTeX, RIS, or CSL-JSON as Zotero exports it.

The one place that uses bibtexparser and rispy.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NoReturn

from digest.errors import Problem, SettingsError
from digest.identity import arxiv_id, doi
from digest.latex import to_unicode
from digest.model import Example
from digest.text import plain

_YEAR = re.compile(r"(?<!\d)(?:1[5-9]|20)\d{2}(?!\d)")
MOST = 5000  # examples of one library
SUFFIXES = (".bib", ".ris", ".json")


def parse(suffix: str, text: str, place: str) -> tuple[Example, ...]:
    """Read a library; records without a title are passed over.

    ``suffix`` is one of ``SUFFIXES``; ``place`` names the file in messages. Of more than ``MOST``
    records the newest are read, and of equals the last: exports end with what was added last.

    Raises:
        SettingsError: the text is not of its format, or holds no record with a title.
    """
    records = _records(suffix, text, place)
    examples = tuple(example for record in records if (example := _example(record)) is not None)
    if not examples:
        _refuse(place, "holds no record with a title", "export it again")
    if len(examples) <= MOST:
        return examples
    newest = sorted(range(len(examples)), key=lambda at: (examples[at].year, at))[-MOST:]
    return tuple(examples[at] for at in sorted(newest))


def _refuse(place: str, fault: str, cure: str) -> NoReturn:
    raise SettingsError([Problem(place, fault, cure)])


def _records(suffix: str, text: str, place: str) -> Iterable[Mapping[str, Any]]:
    if suffix == ".bib":
        return _bibtex(text)
    if suffix == ".ris":
        return _ris(text, place)
    return _csl(text, place)


def _bibtex(text: str) -> Iterator[Mapping[str, Any]]:
    # Imported here: only profiles with a library need it.
    from bibtexparser.entrypoint import parse_string

    logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)
    for entry in parse_string(text).entries:
        fields = {field.key.lower(): str(field.value) for field in entry.fields}
        yield {
            "title": _without_braces(fields.get("title", "")),
            "abstract": _without_braces(fields.get("abstract", "")),
            "arxiv": fields.get("eprint", "") or fields.get("url", ""),
            "doi": fields.get("doi", ""),
            "year": fields.get("year", "") or fields.get("date", ""),
        }


def _without_braces(value: str) -> str:
    """Read LaTeX's accents, and take off the braces that keep BibTeX from changing capitals."""
    return to_unicode(value).replace("{", "").replace("}", "")


def _ris(text: str, place: str) -> Iterator[Mapping[str, Any]]:
    # Imported here: only profiles with a library need it.
    import rispy

    try:
        records = rispy.loads(text, skip_unknown_tags=True)
    except (OSError, ValueError, KeyError, IndexError) as error:
        _refuse(place, f"is not RIS ({error})", "export it again")
    for record in records:
        urls = record.get("urls") or [record.get("url", "")]
        yield {
            "title": record.get("title") or record.get("primary_title", ""),
            "abstract": record.get("abstract") or record.get("notes_abstract", ""),
            "arxiv": urls[0] if urls else "",
            "doi": record.get("doi", ""),
            "year": record.get("year") or record.get("publication_year") or record.get("date", ""),
        }


def _csl(text: str, place: str) -> Iterator[Mapping[str, Any]]:
    try:
        records = json.loads(text)
    except (ValueError, RecursionError) as error:
        _refuse(place, f"is not JSON ({error})", "export as CSL JSON")
    if isinstance(records, dict):
        records = records.get("items", [])
    for record in records if isinstance(records, list) else []:
        if isinstance(record, dict):
            yield {
                "title": record.get("title", ""),
                "abstract": record.get("abstract") or record.get("abstractNote", ""),
                "arxiv": record.get("URL") or record.get("url", ""),
                "doi": record.get("DOI", ""),
                "year": record.get("issued") or record.get("date", ""),
            }


def _example(record: Mapping[str, Any]) -> Example | None:
    title = plain(record["title"]) if isinstance(record["title"], str) else ""
    if not title:
        return None
    paper = arxiv_id(str(record["arxiv"] or ""))
    number = doi(str(record["doi"] or ""))
    key = f"arxiv:{paper.id}" if paper else f"doi:{number}" if number else ""
    summary = plain(str(record["abstract"] or ""))
    return Example(key=key, title=title, summary=summary, year=_year(record["year"]))


def _year(said: object) -> int:
    """Find a year in a date of any of the formats (CSL's is a table of lists); 0 where none is."""
    found = _YEAR.search(str(said or ""))
    return int(found[0]) if found else 0
