"""Counts in how many entries each word occurs: makes digest/background.json anew.

    python benchmarks/background.py LISTING...

The listings are of any format a source takes. The bundled counts come from 1,392 arXiv entries
(metadata: CC0) of 2008 to 2026, all fields; only words in at least four of them are kept, and no
text.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from digest import identity, sources
from digest.model import Entry, Response, Source
from digest.pool import terms

OUT = Path(__file__).parents[1] / "digest" / "background.json"
LEAST = 4


def main(paths: list[str]) -> None:
    """Read the listings and write the counts."""
    entries = identity.unite(entry for path in paths for entry in listing(Path(path)))
    counts = Counter(
        term for e in entries for term in {*terms(e.title), *terms(e.summary)} if " " not in term
    )
    kept = {term: n for term, n in sorted(counts.items()) if n >= LEAST}
    content = {"documents": len(entries), "frequencies": kept}
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    OUT.write_text(text + "\n", encoding="utf-8")
    print(f"{len(entries)} entries, {len(kept)} words, {OUT.stat().st_size} bytes")


def listing(path: Path) -> tuple[Entry, ...]:
    """Read one file."""
    response = Response(url="", body=path.read_bytes(), fetched_at=datetime.now(UTC))
    return sources.adapter("file").parse(response, Source(name=path.name, kind="file")).entries


if __name__ == "__main__":
    main(sys.argv[1:])
