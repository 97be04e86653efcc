"""Reads XML that is not a feed; the one place that uses lxml.

No entity is resolved, no DTD or other file is loaded, and depth and text sizes stay bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from digest.text import squash

_ROOT = re.compile(rb"<([A-Za-z_][\w:.-]*)")
_TAIL = 1 << 16  # what may stand behind the end: comments, blanks


def root(body: bytes) -> Any:  # noqa: ANN401 lxml publishes no types
    """Parse a document; None where it is not XML."""
    return read(body)[0]


def read(body: bytes) -> tuple[Any, str]:
    """Parse a document as far as it can be read; gives its root, or None, and what is broken."""
    # Imported here: lxml is compiled code that most sources do not need.
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True
    )
    try:
        tree = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None, ""
    fatal = (e for e in parser.error_log if e.level == etree.ErrorLevels.FATAL)
    fault = next(fatal, None)
    return tree, f"line {fault.line}: {squash(fault.message)}" if fault is not None else ""


def cut_off(body: bytes, names: str) -> bool:
    """Whether a document ends within an element of one of the ``names``, parted by bars."""
    opened = rb"<(/?)(?:[\w.-]+:)?(?:%s)(?=[\s>])[^<>]*?(/?)>" % names.encode()
    marks = re.findall(opened, body)
    return bool(marks) and marks[-1] == (b"", b"")


def breaks_off(body: bytes) -> bool:
    """Whether the root element of a document is never closed."""
    opened = _ROOT.search(body)
    return opened is not None and not re.search(rb"</%s\s*>" % opened[1], body[-_TAIL:])


def all_of(element: Any, name: str) -> Iterator[Any]:  # noqa: ANN401
    """Give the descendants of a local ``name``, whatever their namespace."""
    yield from element.iter(f"{{*}}{name}")


def child(element: Any, *names: str) -> Any:  # noqa: ANN401
    """Walk down by local names; None where one is missing."""
    for name in names:
        if element is None:
            return None
        element = element.find(f"{{*}}{name}")
    return element


def text(element: Any, *names: str) -> str:  # noqa: ANN401
    """Give the text within an element, markup left out, or ""."""
    found = child(element, *names)
    return squash("".join(found.itertext())) if found is not None else ""


def local_name(element: Any) -> str:  # noqa: ANN401
    """Give an element's name without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
