"""Reads examples as a profile writes them: by id, link or title."""

from __future__ import annotations

import re

from digest.identity import arxiv_id, canonical_url, doi
from digest.model import Example

_ID = re.compile(
    r"(?:(?:oai:)?arxiv\s*[.:]|doi\s*[.:]|pmid\s*:|pmc\s*:|https?://|www\.|10\.\d{4,9}/)\s*\S*"
    r"|\d{4}\.\d{4,5}(?:v\d+)?",
    re.IGNORECASE,
)


def read(written: str) -> Example:
    """Read an example: an arXiv id, DOI or link in any form, else a title.

    What has the form of an id is never a title, though no paper has it.
    """
    paper = arxiv_id(written)
    if paper:
        return Example(key=f"arxiv:{paper.id}")
    if not _ID.fullmatch(written.strip()):
        return Example(title=written)
    if number := doi(written):
        return Example(key=f"doi:{number}")
    page = canonical_url(written)
    return Example(key=f"url:{page}" if page else written.strip().lower())
