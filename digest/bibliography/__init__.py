"""Reads a library of liked papers: BibTeX, RIS, or CSL-JSON as Zotero exports it.

The one place that uses bibtexparser and rispy.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from digest.errors import Problem, SettingsError
from digest.identity import arxiv_id, doi
from digest.latex import to_unicode
from digest.model import Example
from digest.text import plain

if TYPE_CHECKING:
    from bibtexparser.model import Entry

_YEAR = re.compile(r"(?<!\d)(?:1[5-9]|20)\d{2}(?!\d)")
_RIS_MARK = re.compile(r"(TY|ER)  -")
Record = Mapping[str, Any]
MOST = 5000  # examples of one library
SUFFIXES = (".bib", ".ris", ".json")


@dataclass(frozen=True, slots=True)
class Library:
    """The papers of a library, and how many of its records could not be read."""

    examples: tuple[Example, ...]
    unread: int = 0

    def notes(self, place: str) -> tuple[str, ...]:
        """Say of the library at ``place`` what could not be read, if anything."""
        records = "1 record" if self.unread == 1 else f"{self.unread} records"
        said = f"{place}: {records} could not be read; export it again"
        return (said,) if self.unread else ()


def parse(suffix: str, text: str, place: str) -> Library:
    """Read a library; records without a title are passed over.

    ``suffix`` is one of ``SUFFIXES``; ``place`` names the file in messages. Of more than ``MOST``
    records the newest are read, and of equals the last: exports end with what was added last.

    Raises:
        SettingsError: the text is not of its format, or holds no record with a title.
    """
    records, unread = _records(suffix, text, place)
    examples = tuple(example for record in records if (example := _example(record)) is not None)
    if not examples:
        _refuse(place, "holds no record with a title", "export it again")
    if len(examples) <= MOST:
        return Library(examples, unread)
    newest = sorted(range(len(examples)), key=lambda at: (examples[at].year, at))[-MOST:]
    return Library(tuple(examples[at] for at in sorted(newest)), unread)


def _refuse(place: str, fault: str, cure: str) -> NoReturn:
    raise SettingsError([Problem(place, fault, cure)])


def _records(suffix: str, text: str, place: str) -> tuple[Iterable[Record], int]:
    """Give the records, and how many more there are that cannot be read."""
    if suffix == ".bib":
        return _bibtex(text)
    if suffix == ".ris":
        return _ris(text, place), 0
    return _csl(text, place)


def _bibtex(text: str) -> tuple[list[Record], int]:
    """Read BibTeX; a record counts though another has its key, or one of its fields is double."""
    # Imported here: only profiles with a library need it.
    from bibtexparser.entrypoint import parse_string
    from bibtexparser.model import Entry

    logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)
    library = parse_string(text)
    doubled = [block.ignore_error_block for block in library.failed_blocks]
    entries = [block for block in (*library.entries, *doubled) if isinstance(block, Entry)]
    entries.sort(key=lambda entry: entry.start_line or 0)
    broken = [block for block in doubled if block is None]
    return [_bibtex_record(entry) for entry in entries], len(broken)


def _bibtex_record(entry: Entry) -> Record:
    fields = {field.key.lower(): _unquoted(str(field.value)) for field in entry.fields}
    return {
        "title": _without_braces(fields.get("title", "")),
        "abstract": _without_braces(fields.get("abstract", "")),
        "arxiv": fields.get("eprint", "") or fields.get("url", ""),
        "doi": fields.get("doi", ""),
        "year": fields.get("year", "") or fields.get("date", ""),
    }


def _unquoted(value: str) -> str:
    """Take off the quotation marks of a value, which a field given twice keeps."""
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value


def _without_braces(value: str) -> str:
    """Read LaTeX's accents, and take off the braces that keep BibTeX from changing capitals."""
    return to_unicode(value).replace("{", "").replace("}", "")


def _ris(text: str, place: str) -> Iterator[Record]:
    # Imported here: only profiles with a library need it.
    import rispy

    try:
        records = rispy.loads(_ended(text), skip_unknown_tags=True)
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


def _ended(text: str) -> str:
    """End each record of RIS before the next begins; without its end a record is not read."""
    ended: list[str] = []
    within = False
    for line in text.splitlines():
        mark = _RIS_MARK.match(line)
        if mark and mark[1] == "TY" and within:
            ended.append("ER  - ")
        within = mark[1] == "TY" if mark else within
        ended.append(line)
    return "\n".join([*ended, "ER  - "] if within else ended)


def _csl(text: str, place: str) -> tuple[list[Record], int]:
    try:
        records = json.loads(text)
    except (ValueError, RecursionError) as error:
        _refuse(place, f"is not JSON ({error})", "export as CSL JSON")
    if isinstance(records, dict):
        records = records.get("items", [])
    found = records if isinstance(records, list) else []
    tables = [record for record in found if isinstance(record, dict)]
    return [_csl_record(record) for record in tables], len(found) - len(tables)


def _csl_record(record: Record) -> Record:
    return {
        "title": record.get("title", ""),
        "abstract": record.get("abstract") or record.get("abstractNote", ""),
        "arxiv": record.get("URL") or record.get("url", ""),
        "doi": record.get("DOI", ""),
        "year": record.get("issued") or record.get("date", ""),
    }


def _example(record: Record) -> Example | None:
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
