"""Writes entries as BibTeX and RIS, to be taken over into a library. Pure.

What stands there is Unicode: the LaTeX that a listing wrote is read, and what TeX would take for a
command is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from digest.cleaning import shown, sound_url, whole
from digest.model import Entry
from digest.names import inverted

BIBTEX, RIS = "application/x-bibtex", "application/x-research-info-systems"
_TITLE_MOST = 2000
_NAME_MOST = 200
_KEY_MOST = 60
# No brace, for BibTeX counts braces whatever stands before them (btxdoc, 4).
_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"$\lbrace$",
    "}": r"$\rbrace$",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{char: f"\\{char}" for char in "&%$#_"},
}
_ESCAPES = str.maketrans(_SPECIAL)
_NUMBERED = re.compile(r"^\d+\.\n", re.MULTILINE)  # rispy's own, no line of the format
_UNSAFE_IN_KEY = re.compile(r"[^A-Za-z0-9.:-]+")
_UNSAFE_IN_NUMBER = re.compile(r"[{}\\\s]")


def bibtex(entries: Iterable[Entry]) -> str:
    """Write entries as BibTeX in UTF-8, each under a key of its own."""
    # Imported here: only who asks for such a file needs it.
    from bibtexparser.entrypoint import write_string
    from bibtexparser.library import Library
    from bibtexparser.model import Block, Field
    from bibtexparser.model import Entry as Record

    taken: set[str] = set()
    records: list[Block] = [
        Record(
            entry_type="article" if _number("doi:", entry) else "misc",
            key=_key(entry, taken),
            fields=[Field(name, value) for name, value in _fields(entry) if value],
        )
        for entry in entries
    ]
    return write_string(Library(records))


def _key(entry: Entry, taken: set[str]) -> str:
    """Make a key of the entry's id, which stays the same from file to file."""
    plain = _UNSAFE_IN_KEY.sub("-", entry.id)[:_KEY_MOST].strip("-") or "entry"
    key, number = plain, 1
    while key.casefold() in taken:  # BibTeX takes two cases of a key for one
        number += 1
        key = f"{plain}-{number}"
    taken.add(key.casefold())
    return key


def _fields(entry: Entry) -> Iterator[tuple[str, str]]:
    paper = _number("arxiv:", entry)
    yield "author", " and ".join(_person(author.name) for author in entry.authors)
    # In braces of its own, so that styles leave its capitals alone.
    yield "title", f"{{{_escaped(shown(entry.title, _TITLE_MOST))}}}"
    if entry.published:
        yield "year", str(entry.published.year)
        yield "month", str(entry.published.month)
    yield "doi", _number("doi:", entry)
    yield "eprint", paper
    yield "archiveprefix", "arXiv" if paper else ""
    yield "primaryclass", _escaped(entry.categories[0]) if paper and entry.categories else ""
    yield "url", sound_url(entry.url)
    yield "abstract", _escaped(whole(entry.summary))


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)


def _person(name: str) -> str:
    """Write a name; one that BibTeX would part stands in braces."""
    said = _escaped(shown(name, _NAME_MOST))
    parted = "," in said or "and" in said.lower().split()
    return f"{{{said}}}" if parted else said


def _number(scheme: str, entry: Entry) -> str:
    """Give an entry's arXiv id or DOI, or ""."""
    found = (key.removeprefix(scheme) for key in (entry.id, *entry.keys) if key.startswith(scheme))
    return _UNSAFE_IN_NUMBER.sub("", next(found, ""))


def ris(entries: Sequence[Entry]) -> str:
    """Write entries as RIS in UTF-8, with CRLF."""
    # Imported here: only who asks for such a file needs it.
    import rispy

    text = str(rispy.dumps([_record(entry) for entry in entries]))
    return _NUMBERED.sub("", text).replace("\n", "\r\n") + "\r\n"


def _record(entry: Entry) -> dict[str, str | list[str]]:
    number, url = _number("doi:", entry), sound_url(entry.url)
    said: dict[str, str | list[str]] = {
        "type_of_reference": "JOUR" if number else "GEN",
        "title": shown(entry.title, _TITLE_MOST),
        "authors": [inverted(shown(author.name, _NAME_MOST)) for author in entry.authors],
        "year": str(entry.published.year) if entry.published else "",
        "date": f"{entry.published:%Y/%m/%d}" if entry.published else "",
        "doi": number,
        "urls": [url] if url else [],
        "keywords": [shown(name, _NAME_MOST) for name in entry.categories],
        "abstract": whole(entry.summary),
    }
    return {name: value for name, value in said.items() if value}
