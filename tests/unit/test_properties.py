"""What holds for any input: identity, queries, the pool, parsers, slots, text, and locate."""

from __future__ import annotations

import contextlib
import unicodedata
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from builders import entry, interest, response, source
from hypothesis import given, settings
from hypothesis import strategies as st

from digest import address, identity, merging, plan, query, text
from digest.errors import QueryError, SourceError
from digest.locate import locate
from digest.match import keywords
from digest.model import Entry
from digest.parse import parse
from digest.pool import Pool

WORDS = ["graph", "graphs", "network", "networks", "policy", "policies", "loss", "the", "c++"]
ZONES = [
    "UTC",
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/Santiago",
    "America/St_Johns",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "Asia/Tokyo",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
]
SEEDS = [path.read_bytes() for path in sorted((Path(__file__).parents[1] / "data").iterdir())]

days = st.dates(date(2024, 1, 1), date(2027, 12, 31))
times = st.times().map(lambda moment: f"{moment:%H:%M}")
zones = st.sampled_from(ZONES)
hosts = st.from_regex(r"(www\.)?[a-z0-9]{2,8}\.(org|example)(:(80|443|8080))?", fullmatch=True)
queries_of_urls = st.lists(
    st.tuples(st.sampled_from(["a", "b", "utm_source", "ref"]), st.text(max_size=4)), max_size=4
).map(lambda pairs: "&".join(f"{name}={value}" for name, value in pairs))
urls = st.builds(
    "{}://{}/{}?{}#{}".format,
    st.sampled_from(["http", "https"]),
    hosts,
    st.text(max_size=12),
    queries_of_urls,
    st.text(max_size=4),
)
titles = st.text(min_size=1).filter(
    lambda title: any(not char.isspace() and not unicodedata.combining(char) for char in title)
)


@given(st.from_regex(r"[!-~ ]{0,9}@[a-zA-Z0-9.-]{0,12}", fullmatch=True))
def test_an_address_in_ascii_is_as_its_domain_is_written(email: str) -> None:
    """The short way of an address in ASCII gives what the codec of domains would."""
    local, at, domain = email.strip().casefold().rpartition("@")
    assert f"{local}{at}{address.ascii_domain(domain)}" == address.canonical(email)


@given(urls | st.text())
def test_canonical_url_is_idempotent(url: str) -> None:
    """What names a page names itself."""
    once = identity.canonical_url(url)
    assert once == identity.canonical_url(f"https://{once}")


@given(titles, st.text(), st.text())
def test_keys_are_never_empty(title: str, url: str, guid: str) -> None:
    """An entry with a title has a key."""
    assert () != identity.keys(source="here", title=title, url=url, guid=guid)


def made_entry(number: int, paper: int, guid: int, page: int, title: int) -> Entry:
    """Make an entry that shares what it has with others; 0 is nothing."""
    return entry(
        f"Words of the title {title}",
        arxiv=f"2401.0000{paper}" if paper else "",
        guid=f"g{guid}" if guid else "",
        url=f"https://example.org/{page}" if page else "",
        source_ids=(f"id{number}",),
    )


few = st.integers(0, 2)
listings = st.lists(st.tuples(few, few, few, few), max_size=7).map(
    lambda rows: [made_entry(number, *row) for number, row in enumerate(rows)]
)
papers = st.lists(st.tuples(st.integers(1, 3), few, few, few), max_size=7).map(
    lambda rows: [made_entry(number, *row) for number, row in enumerate(rows)]
)


@given(listings)
def test_unite_loses_no_source_id(entries: list[Entry]) -> None:
    """Every listing's own id is kept by exactly one of the united entries."""
    kept = [own for one in merging.unite(entries) for own in one.source_ids]
    assert sorted(own for one in entries for own in one.source_ids) == sorted(kept)


@given(papers)
def test_unite_is_idempotent(entries: list[Entry]) -> None:
    """United entries are left as they are."""
    once = merging.unite(entries)
    assert once == merging.unite(once)


@given(papers.flatmap(lambda entries: st.tuples(st.just(entries), st.permutations(entries))))
def test_unite_does_not_depend_on_order(orders: tuple[list[Entry], list[Entry]]) -> None:
    """As many papers are found in any order of the listings."""
    one, other = orders
    assert len(merging.unite(one)) == len(merging.unite(other))


marks = st.sampled_from(
    ["AND", "OR", "NOT", "(", ")", '"', "ti:", "cat:", "*", ":", "-", "a", "b*"]
)


@given(st.text(max_size=60) | st.lists(marks, max_size=60).map(" ".join))
def test_query_raises_only_its_own_error(asked: str) -> None:
    """Any text is a query, or refused as none."""
    with contextlib.suppress(QueryError):
        query.parse(asked)


texts = st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join)
pools = st.lists(st.tuples(texts, texts), min_size=1, max_size=5).map(
    lambda rows: Pool([entry(title or "untitled", summary=words) for title, words in rows])
)
asked = st.recursive(
    st.sampled_from(WORDS).map(lambda word: query.Phrase(text.tokens(word), text=word)),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: query.And(tuple(parts)))
        | st.lists(inner, min_size=1, max_size=3).map(lambda parts: query.Or(tuple(parts)))
        | inner.map(query.Not)
    ),
    max_leaves=6,
)


def holds(wanted: query.Query, one: Entry) -> bool:
    """Whether a query holds for an entry: the slow definition, a scan over its words."""
    match wanted:
        case query.Phrase(words=(word,)):
            there = [*text.tokens(one.title), *text.tokens(one.summary)]
            return any(text.stem(token) == text.stem(word) for token in there)
        case query.And(parts):
            return all(holds(part, one) for part in parts)
        case query.Or(parts):
            return any(holds(part, one) for part in parts)
        case query.Not(part):
            return not holds(part, one)
    raise AssertionError(wanted)


@given(pools, asked)
def test_find_agrees_with_a_scan(pool: Pool, wanted: query.Query) -> None:
    """The index finds what a scan over all words finds."""
    expected = {number for number, one in enumerate(pool.entries) if holds(wanted, one)}
    assert expected == pool.find(wanted)


@given(pools, st.lists(st.sampled_from(WORDS), min_size=1, max_size=3))
def test_find_phrases_agrees_with_a_scan(pool: Pool, words: list[str]) -> None:
    """A phrase is found where its words follow one another in the title or in the summary."""
    wanted = [text.stem(token) for token in text.tokens(" ".join(words))]
    expected = set()
    for number, one in enumerate(pool.entries):
        for part in (one.title, one.summary):
            there = [text.stem(token) for token in text.tokens(part)]
            if any(there[at : at + len(wanted)] == wanted for at in range(len(there))):
                expected.add(number)
    assert expected == pool.find(query.parse(" ".join(words)))


@given(pools, st.lists(st.sampled_from(WORDS), max_size=4))
def test_shares_stay_below_one(pool: Pool, words: list[str]) -> None:
    """However many keywords hold, a share lies between nothing and one."""
    (shares,) = keywords.score([interest(keywords=tuple(words))], pool)
    held = pool.find(query.Or(tuple(query.parse(word) for word in words)))
    expected = [(number in held, True) for number in range(len(pool.entries))]
    assert expected == [(share > 0, 0 <= share < 1) for share in shares]


def cut(body: bytes, start: int, end: int, put: bytes) -> bytes:
    """Replace a part of a listing."""
    return body[: start % (len(body) + 1)] + put + body[end % (len(body) + 1) :]


broken = st.builds(
    cut, st.sampled_from(SEEDS), st.integers(0, 9000), st.integers(0, 9000), st.binary(max_size=30)
)


@settings(max_examples=300)
@given(st.binary(max_size=200) | broken)
def test_parsers_raise_only_source_errors(body: bytes) -> None:
    """Any bytes are a listing whose entries have titles, or refused as none."""
    entries: tuple[Entry, ...] = ()
    with contextlib.suppress(SourceError):
        entries = parse(response(body), source("file")).entries
    assert all(one.title and one.id == one.keys[0] for one in entries)


@given(days, times, zones)
def test_slot_is_the_local_time(day: date, send_at: str, zone: str) -> None:
    """A slot's local time is the one asked for, or the first after the gap that it fell into."""
    wanted = datetime.combine(day, time.fromisoformat(send_at))
    at = plan.slot(day, send_at, zone)
    here, before = (
        moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        for moment in (at, at - timedelta(seconds=1))
    )
    assert here == wanted or before < wanted < here


@given(days, times, zones, st.sampled_from([30, 60]))
def test_slot_is_the_first_of_two(day: date, send_at: str, zone: str, minutes: int) -> None:
    """A local time that comes twice means the first: it has not been before."""
    at = plan.slot(day, send_at, zone)
    here, earlier = (
        moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        for moment in (at, at - timedelta(minutes=minutes))
    )
    assert here != earlier


@given(days, times, zones)
def test_days_have_slots_of_their_own(day: date, send_at: str, zone: str) -> None:
    """The slot of a date comes before that of the next."""
    tomorrow = day + timedelta(days=1)
    assert plan.slot(day, send_at, zone) < plan.slot(tomorrow, send_at, zone)


pieces = st.sampled_from(["<p>", "</b>", "<script>", "&#7;", "&#x9b;", "&lt;", "&amp;#0;", "\x1b"])


@given(st.text() | st.lists(st.text(max_size=5) | pieces, max_size=12).map("".join))
def test_plain_text_has_no_control_characters(value: str) -> None:
    """Nothing unseen passes: no control character, no half of a pair."""
    assert set() == {"Cc", "Cs"} & {unicodedata.category(char) for char in text.plain(value)}


lines = st.sampled_from(
    ["[a]", "[[a]]", "[a.b]", "[[a.b]]", "a = 1", "b.a = '''", '"""', "]]", "["]
)


@given(
    st.text() | st.lists(lines, max_size=12).map("\n".join),
    st.lists(st.sampled_from(["a", "b", ""]) | st.integers(-1, 3), max_size=4).map(tuple),
)
def test_locate_never_raises(content: str, loc: tuple[str | int, ...]) -> None:
    """Whatever the text, a key stands on one of its lines, or nowhere (0)."""
    assert 0 <= locate(content, loc) <= len(content.splitlines())
