"""One paper, one id: the keys an entry is known by, and which of them make two entries one.

The order of strength: arXiv id, DOI, guid, canonical link, title with first author or date, title.
A guid counts within its source only. An arXiv id or DOI is taken from a link to its own host, or
from a source of that kind; what a feed merely claims counts within that feed, and beyond it only
for an entry of the same title: a journal's article and the preprint that names its DOI are one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from digest.model import Author
from digest.text import fold, tokens

# https://info.arxiv.org/help/arxiv_identifier.html: YYMM.number since 2007, archive/YYMMNNN before.
_NEW = r"(?P<new>\d{2}(?:0[1-9]|1[0-2])\.\d{4,5})"
_OLD = (
    r"(?!(?:abs|pdf|ps|html|format|list|src|e-print|papers)/)"
    r"(?P<archive>[a-z]{2,}(?:-[a-z]{2,})*)(?:\.[A-Z]{2})?/(?P<number>\d{2}(?:0[1-9]|1[0-2])\d{3})"
)
_ARXIV = rf"(?:{_NEW}|{_OLD})(?:v(?P<version>[1-9]\d{{0,2}}))?"
_ARXIV_ID = re.compile(rf"(?:oai:)?(?:arxiv[.:]\s*org:|arxiv:\s*)?{_ARXIV}", re.IGNORECASE)
_ARXIV_PATH = re.compile(
    rf"^/+(?:(?:abs|pdf|html|format|ps|src|e-print|papers)/+)?(?:arxiv:)?{_ARXIV}"
    r"(?:\.pdf|\.html)?(?:/(?:index\.html)?)?\.?$",
    re.IGNORECASE,
)
_ARXIV_DOI = re.compile(rf"^10\.48550/arxiv\.{_ARXIV}$", re.IGNORECASE)
_ARXIV_HOSTS = ("arxiv.org", "alphaxiv.org", "ar5iv.org")
_PAPERS_HOSTS = ("huggingface.co", "hf.co")
# A DOI may hold a SICI (ANSI/NISO Z39.56), whose item stands in angle brackets: <1623::AID-SIM1>.
_DOI = re.compile(r"10\.\d{4,9}/(?:[^\s\"'<>]|<\d+:[^\s\"'<>]*>)+")
_DOI_HOSTS = ("doi.org", "dx.doi.org")
_TRACKING = re.compile(
    r"^(utm_.*|fbclid|gclid|dclid|msclkid|mc_[ce]id|igshid|ref|ref_src|cmpid|af|ssrc|rss|"
    r"xtor|dgcid|via)$"
)
_DIGEST_LENGTH = 16
_TITLE_WORDS = 3
_URL_MOST = 200


@dataclass(frozen=True, slots=True)
class ArxivId:
    """An arXiv identifier without its version, and the version (0 when not given)."""

    id: str
    version: int = 0


def _arxiv(found: re.Match[str] | None) -> ArxivId | None:
    if found is None:
        return None
    version = int(found["version"] or 0)
    if found["new"]:
        return ArxivId(found["new"], version)
    return ArxivId(f"{found['archive'].lower()}/{found['number']}", version)


def arxiv_id(value: str) -> ArxivId | None:
    """Read an arXiv id that is written as such: bare, ``arXiv:`` or ``oai:``, or as a URL."""
    value = value.strip()
    return _arxiv(_ARXIV_ID.fullmatch(value)) or arxiv_link(value)


def arxiv_link(url: str) -> ArxivId | None:
    """Read the arXiv id out of a link to a host that names papers by it."""
    host, path = _host_and_path(url)
    if _is_host(host, _ARXIV_HOSTS) or (
        _is_host(host, _PAPERS_HOSTS) and path.startswith("/papers/")
    ):
        return _arxiv(_ARXIV_PATH.match(path))
    if _is_host(host, _DOI_HOSTS):
        return _arxiv(_ARXIV_DOI.match(path.lstrip("/")))
    return None


def doi(value: str) -> str:
    """Read a DOI, lower-cased, from ``doi:``, a link, or as it stands; "" when there is none."""
    found = _DOI.search(unquote(value))
    if found is None:
        return ""
    name = found.group(0).split("?")[0].split("#")[0].rstrip(".,;:)]}/").lower()
    return re.sub(r"/(?:full|abstract|pdf|epdf|meta|html)$", "", name)


def doi_link(url: str) -> str:
    """Read the DOI out of a link to doi.org; "" for any other host."""
    host, path = _host_and_path(url)
    return doi(path) if _is_host(host, _DOI_HOSTS) else ""


def canonical_url(url: str) -> str:
    """Reduce a link to what names the page: no scheme, www, fragment, tracking or last slash."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return ""
    host = re.sub(r"^(?:www\.)+", "", parts.hostname or "")
    if parts.scheme not in {"http", "https"} or not host:
        return ""
    host = f"[{host}]" if ":" in host else host
    query = urlencode(
        sorted(
            (name, value)
            for name, value in parse_qsl(parts.query, keep_blank_values=True)
            if not _TRACKING.match(name.lower())
        )
    )
    where = host if port in {None, 80, 443} else f"{host}:{port}"
    return f"{where}{parts.path.rstrip('/')}" + (f"?{query}" if query else "")


def title_key(title: str) -> str:
    """Reduce a title to its folded words, so that case, accents and marks do not count."""
    return " ".join(tokens(title)) or fold(title).strip() or title.strip()


def keys(  # noqa: PLR0913 each is one thing an entry may be known by
    *,
    source: str,
    title: str,
    url: str = "",
    guid: str = "",
    arxiv: str = "",
    known_doi: str = "",
    claimed_doi: str = "",
    authors: Sequence[Author] = (),
    published: datetime | None = None,
    page: bool = False,
) -> tuple[str, ...]:
    """List the keys of an entry, strongest first.

    ``arxiv`` and ``known_doi`` are ids that a source of that kind gave; ``claimed_doi`` is what a
    feed says of itself, and counts within that feed, or beside an equal title. ``page`` says that
    the listing names papers by nothing but their titles, which are then looked for in other
    sources.
    """
    found: list[str] = []
    paper = arxiv_id(arxiv) if arxiv else arxiv_link(url or guid)
    if paper:
        found.append(f"arxiv:{paper.id}")
    number = known_doi or doi_link(url)
    if number and not _ARXIV_DOI.match(number):
        found.append(f"doi:{number}")
    own = f"doi:{claimed_doi}" if claimed_doi and not number else ""
    found += [_own("guid", source, name) for name in (own, guid) if name]
    if where := canonical_url(url):
        found.append(f"url:{where}" if len(where) <= _URL_MOST else f"url:{_hashed(where)}")
    words = title_key(title)
    if not words:
        return tuple(dict.fromkeys(found))
    if page:
        return tuple(dict.fromkeys([*found, f"title:{words}"]))
    named = [f"title:{words}"] if found else []
    if authors and _long(words):
        found.append(_own("own", source, f"{words} / {title_key(authors[0].name)}"))
    if published and _long(words):
        found.append(_own("day", source, f"{words} / {published:%Y-%m-%d}"))
    bare = not (paper or number or authors or published)
    if not named or (bare and _long(words)):
        found.append(_own("own", source, words))
    found.extend(named)
    claim = [f"claim:{claimed_doi}"] if claimed_doi not in {"", number} else []
    return tuple(dict.fromkeys([*found, *claim]))


def _own(kind: str, source: str, value: str) -> str:
    """Make a key that counts within its source: ``guid:<source>.<value>``, both hashed."""
    return f"{kind}:{_hashed(source)[:8]}.{_hashed(value)}"


def _hashed(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()[:_DIGEST_LENGTH]


def _host_and_path(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return "", ""
    if parts.scheme not in {"http", "https"}:
        return "", ""
    return (parts.hostname or "").removeprefix("www.").rstrip("."), unquote(parts.path)


def _is_host(host: str, hosts: Iterable[str]) -> bool:
    return any(host == known or host.endswith(f".{known}") for known in hosts)


def only_titled(entry_keys: Sequence[str]) -> bool:
    """Whether nothing but a title names the entry, as on a saved page."""
    return all(key.startswith("title:") for key in entry_keys)


def conflicting(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether both have an arXiv id, or both a DOI, and they differ: then they are two papers."""
    for scheme in ("arxiv:", "doi:"):
        here = {key for key in one if key.startswith(scheme)}
        there = {key for key in other if key.startswith(scheme)}
        if here and there:
            return not here & there
    return False


def shared_key(
    one: Sequence[str],
    other: Sequence[str],
    *,
    together: bool = False,
    worn: AbstractSet[str] = frozenset(),
) -> str:
    """Give the strongest key that makes two entries one, or "" when they are two.

    A guid or link alone does not, where the rest speaks against it: feeds give all their entries
    one guid, or link all of them to one page; nor does one that is ``worn`` (``worn_keys``),
    under another title. A title alone does only where one of the two is known by nothing else, or
    where both state the same DOI. A claimed DOI alone never does. What stands ``together`` in one
    listing is one only if neither titles nor guids and links speak against it.
    """
    if conflicting(one, other):
        return ""
    weak = only_titled(one) or only_titled(other) or bool(_dois(one) & _dois(other))
    known = set(other)
    shared = [key for key in one if key in known]
    for key in shared:
        if key.startswith("title:"):
            if weak and _long(key.removeprefix("title:")):
                return key
        elif _joins(key, one, other, shared, together=together, worn=key in worn):
            return key
    return ""


def _joins(
    key: str,
    one: Sequence[str],
    other: Sequence[str],
    shared: Sequence[str],
    *,
    together: bool,
    worn: bool,
) -> bool:
    """Whether a shared key, but a title, makes two entries one."""
    if key.startswith("claim:"):
        return False
    if key.startswith(("guid:", "url:")):
        titled = any(more.startswith("title:") for more in shared)
        return (titled or not (together or worn)) and _corroborated(key, one, other, shared)
    if not loose(key):
        return True
    if together and (_apart("guid:", one, other) or _apart("url:", one, other)):
        return False
    # The same words by the same author on another day: a column, not the same text again.
    return key.startswith("day:") or not _apart("day:", one, other)


def loose(key: str) -> bool:
    """Whether a key is a title with its author or date, which several entries may have."""
    return key.startswith(("own:", "day:"))


def _apart(scheme: str, one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether both have keys of a scheme, and none in common."""
    here, there = set(_of(scheme, one)), set(_of(scheme, other))
    return bool(here and there) and not here & there


def worn_keys(listed: Iterable[Sequence[str]]) -> frozenset[str]:
    """Give the guids and links that entries of one listing have in common under several titles."""
    titles: dict[str, set[str]] = {}
    for entry_keys in listed:
        title = next((key for key in entry_keys if key.startswith("title:")), "")
        for key in entry_keys:
            if title and key.startswith(("guid:", "url:")):
                titles.setdefault(key, set()).add(title)
    return frozenset(key for key, under in titles.items() if len(under) > 1)


def _dois(entry_keys: Sequence[str]) -> set[str]:
    """Give the DOIs that an entry has or claims."""
    return {key.partition(":")[2] for key in entry_keys if key.startswith(("doi:", "claim:"))}


def _corroborated(
    key: str, one: Sequence[str], other: Sequence[str], shared: Sequence[str]
) -> bool:
    """Whether what else is known of two entries does not speak against a shared guid or link."""
    if any(not more.startswith(("claim:", "guid:", "url:")) for more in shared):
        return True
    beside = [more for more in shared if more != key and not more.startswith("claim:")]
    if beside and not _apart("guid:", one, other):
        return True
    if key.startswith("guid:"):
        return not (_of("url:", one) and _of("url:", other))
    return not any(
        mine.split(".", 1)[0] == theirs.split(".", 1)[0]
        for mine in _of("guid:", one)
        for theirs in _of("guid:", other)
    )


def _of(scheme: str, entry_keys: Sequence[str]) -> list[str]:
    return [key for key in entry_keys if key.startswith(scheme)]


def binding(key: str) -> bool:
    """Whether a shared key may make one of two entries that are both known already.

    A guid or link may not: by giving one guid to two links, a feed could otherwise tie together
    what is not its own.
    """
    return key.startswith(("arxiv:", "doi:", "title:"))


def _long(words: str) -> bool:
    """Whether a title is long enough to name one paper ("Editorial" is not)."""
    return len(words.split()) >= _TITLE_WORDS
