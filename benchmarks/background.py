"""Makes the statistics of a broad background that ship with the program anew.

    python benchmarks/background.py [--most N] LISTING...

Of listings in any format a source takes: digest/background.json (in how many entries each word
occurs, and its weight in the mean entry; only words in at least four of them, and no text) and,
for each model that is installed, digest/weights/MODEL.npz (mean and covariance of the entries'
vectors). ``--most`` entries are taken of one listing, so that none of a single subject rules. The
bundled ones come from some 1,500 entries of 2008 to 2026: mostly arXiv (metadata: CC0), the rest
journals, PubMed, Daily Papers and Hacker News.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from digest import merging, sources
from digest.embed import open_model
from digest.errors import SourceError
from digest.lexicon import Bag, bag, number, terms
from digest.model import Entry, Response, Source
from digest.space import moments
from digest.taste import wording

PACKAGE = Path(__file__).parents[1] / "digest"
LEAST = 4
MODELS = ("minilm", "wordllama")


def main() -> None:
    """Read the listings and write the statistics."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("listings", nargs="+", type=Path)
    parser.add_argument("--most", type=int, default=1000)
    given = parser.parse_args()
    entries = merging.unite(e for path in given.listings for e in listing(path)[: given.most])
    words(entries)
    for name in MODELS:
        embedder = open_model(name)
        if embedder is None or embedder.statistics is None:
            continue
        vectors = embedder.embed([wording(entry.title, entry.summary) for entry in entries])
        mean, covariance = moments(vectors)
        np.savez_compressed(
            embedder.statistics, mean=mean, covariance=covariance.astype(np.float16)
        )
        print(f"{embedder.statistics.name}: {embedder.statistics.stat().st_size} bytes")


def words(entries: tuple[Entry, ...]) -> None:
    """Count words, and average the entries' unit vectors, weighed by those very counts."""
    texts = [(entry.title, entry.summary) for entry in entries]
    counts = Counter(
        term for title, body in texts for term in {*terms(title), *terms(body)} if " " not in term
    )
    rarity = {number(term): np.log(len(texts) / n) + 0.5 for term, n in counts.items()}
    summed: dict[int, float] = defaultdict(float)
    for title, body in texts:
        for term, weight in unit(bag(title, body), rarity).items():
            summed[term] += weight / len(texts)
    kept = {
        term: [n, round(summed[number(term)], 6)]
        for term, n in sorted(counts.items())
        if n >= LEAST
    }
    content = {"documents": len(entries), "words": kept}
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    (PACKAGE / "background.json").write_text(text + "\n", encoding="utf-8")
    print(f"background.json: {len(entries)} entries, {len(kept)} words, {len(text)} bytes")


def unit(of: Bag, rarity: dict[int, float]) -> dict[int, float]:
    """Weigh a bag by rarity, to length 1; a pair counts as rare as the rarest word."""
    rarest = max(rarity.values())
    pairs = zip(of.ids.tolist(), of.weights.tolist(), strict=True)
    weighed = {term: weight * rarity.get(term, rarest) for term, weight in pairs}
    length = sum(weight**2 for weight in weighed.values()) ** 0.5 or 1.0
    return {term: weight / length for term, weight in weighed.items()}


def listing(path: Path) -> tuple[Entry, ...]:
    """Read one file; none where it is no listing."""
    response = Response(url="", body=path.read_bytes(), fetched_at=datetime.now(UTC))
    try:
        return sources.adapter("file").parse(response, Source(name=path.name, kind="file")).entries
    except SourceError as error:
        print(error, file=sys.stderr)
        return ()


if __name__ == "__main__":
    main()
