"""Reads XML that is not a feed; the one place that uses lxml.

No entity is resolved, no DTD or other file is loaded, and depth and text sizes stay bounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from digest.text import squash


def root(body: bytes) -> Any:  # noqa: ANN401 lxml publishes no types
    """Parse a document; None where it is not XML."""
    # Imported here: lxml is compiled code that most sources do not need.
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True
    )
    try:
        return etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


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
