"""A made-up digest with something of everything, to try templates on."""

from __future__ import annotations

from datetime import UTC, date, datetime

from digest.model import (
    Author,
    Coverage,
    Digest,
    Edition,
    Entry,
    Evidence,
    Interest,
    Link,
    Match,
    Profile,
    Section,
    Subscriber,
)

NOW = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)
LINK = "https://example.org/link"


def digest() -> Digest:
    """Give the digest."""
    entry = Entry(
        id="arxiv:0000.00000",
        title="A title",
        url="https://example.org/paper",
        summary="A summary.",
        authors=(Author(name="A. Author"),),
        categories=("cs.XX",),
        published=datetime(2001, 2, 3, tzinfo=UTC),
        upvotes=1,
        links=(Link(rel="pdf", url="https://example.org/paper.pdf"),),
    )
    bare = Entry(id="title:bare", title="A title alone")
    evidence = Evidence(matcher="keywords", reason="a reason", score=0.5)
    matches = tuple(
        Match(entry=e, interest=Interest(name="An interest"), score=0.5, evidence=(evidence,))
        for e in (entry, bare)
    )
    return Digest(
        edition=Edition(subscriber_id="nobody", date=date(2001, 2, 3)),
        subject="A subject",
        preheader="A preheader",
        sections=(Section(title="An interest", matches=matches, more=2),),
        candidates=5,
        omitted={"below the threshold": 3},
        coverage=(
            Coverage(source="one", state="read", entries=2),
            Coverage(source="two", state="unreachable", detail="no answer"),
        ),
    )


def reader(template: str) -> Subscriber:
    """Give somebody who reads it in a template."""
    profile = Profile(template=template)
    return Subscriber(id="nobody", email="nobody@example.org", name="Nobody", profile=profile)
