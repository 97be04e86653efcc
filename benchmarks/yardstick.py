"""Ranks the tasks of a matching benchmark with the product's own code, and prints the means.

    python benchmarks/yardstick.py FOLDER [--bench seeds,biblib] [--model minilm] [--cache FOLDER]
        [--without semantic] [--beside RESULTS --method NAME]

FOLDER holds ``bench.py``, which loads the tasks and measures, and their data under ``dev/``. A task
becomes a profile of one interest (its examples with their abstracts, its free text), its pool a
listing. Statistics come from the whole pool, examples included, so that it is indexed once.
``--beside`` takes the results that the benchmark's runner wrote, and prints the difference from one
of its methods with the bootstrap interval.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from digest import match
from digest.embed import open_model
from digest.meaning import Meaning
from digest.model import Author, Entry, Example, Interest, Profile
from digest.pool import Pool

AT_ONCE = 50


def main() -> None:
    """Run the benches and print a line for each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--bench", default="")
    parser.add_argument("--split", default="dev")
    parser.add_argument("--model", default="auto")
    parser.add_argument("--cache", type=Path, default=Path(".yardstick"))
    parser.add_argument("--without", default="", help="leave matchers out, as lexical,semantic")
    parser.add_argument("--beside", type=Path, help="results of the benchmark's own runner")
    parser.add_argument("--method", default="", help="which of its methods")
    parser.add_argument("--groups", type=int, default=0, help="only so many groups of each bench")
    given = parser.parse_args()
    sys.path.insert(0, str(given.folder))
    bench = importlib.import_module("bench")
    left_out = set(given.without.split(","))
    kept = tuple(matcher for matcher in match.matchers() if matcher.name not in left_out)
    match.matchers = lambda: kept  # type: ignore[assignment]  # a run without some of them
    meaning = Meaning(embedder=open_model(given.model), folder=given.cache)
    chosen = given.bench.split(",") if given.bench else bench.BENCHES
    others = json.loads(given.beside.read_text()) if given.beside else {}
    totals: dict[str, tuple[float, float]] = {}
    for name in chosen:
        loaded = bench.load(name, given.split)
        rows = list(scored(loaded, meaning, given.groups))
        if name == "reviewers":
            pairs = [bench.pair_accuracy(scores, task.grade) for task, scores in rows]
            loss, weight = np.sum(pairs, axis=0)
            print(f"{name:10} accuracy {1 - loss / weight:.4f}", flush=True)
            continue
        groups = by_group(bench, rows)
        ndcg, ap = (float(np.mean(list(groups[of].values()))) for of in ("ndcg10", "ap"))
        totals[name] = ndcg, ap
        print(f"{name:10} nDCG@10 {ndcg:.4f}  MAP {ap:.4f}", end="")
        print(beside(bench, groups, others.get(name, {}).get(given.method)), flush=True)
    if totals:
        both = np.mean(list(totals.values()), axis=0)
        print(f"{'mean':10} nDCG@10 {both[0]:.4f}  MAP {both[1]:.4f}")


def scored(loaded: Any, meaning: Meaning, most: int) -> Iterator[tuple[Any, np.ndarray]]:  # noqa: ANN401 the benchmark's
    """Give each task with the scores of its candidates."""
    groups = list(dict.fromkeys(task.group for task in loaded.tasks))
    wanted = set(groups[:most] if most else groups)
    pools: dict[tuple[int, ...], list[Any]] = defaultdict(list)
    members = pool_members(loaded)
    for task in loaded.tasks:
        if task.group in wanted:
            pools[members(task)].append(task)
    for numbers, tasks in pools.items():
        place = {number: at for at, number in enumerate(numbers)}
        listing = Pool([entry(loaded.docs[number], number) for number in numbers])
        for start in range(0, len(tasks), AT_ONCE):
            some = tasks[start : start + AT_ONCE]
            profiles = [profile(task, loaded.docs) for task in some]
            pool = meaning.furnished(listing, [p.interests[0] for p in profiles])
            for task, ranking in zip(some, match.rank(profiles, pool), strict=True):
                yield task, ranking.scores[0][[place[int(n)] for n in task.cand]]


def pool_members(loaded: Any) -> Any:  # noqa: ANN401 the benchmark's
    """Give a function from a task to the numbers of its pool's documents."""
    by_pool: dict[str, list[int]] = defaultdict(list)
    for number, doc in enumerate(loaded.docs[: loaded.n_docs]):
        for name in doc["pools"]:
            by_pool[name].append(number)
    known = {name: (tuple(rows), frozenset(rows)) for name, rows in by_pool.items()}

    def members(task: Any) -> tuple[int, ...]:  # noqa: ANN401 the benchmark's
        wanted = {int(number) for number in task.cand}
        fitting = [rows for rows, whole in known.values() if wanted <= whole]
        return min(fitting, key=len)

    return members


def entry(doc: dict[str, Any], number: int) -> Entry:
    """Make an entry of a document."""
    return Entry(
        id=f"doc:{number}",
        title=doc["title"],
        summary=doc["abstract"],
        authors=tuple(Author(name=name) for name in doc["authors"]),
        keys=(f"doc:{number}",),
    )


def profile(task: Any, docs: Sequence[dict[str, Any]]) -> Profile:  # noqa: ANN401 the benchmark's
    """Make a profile of a task's examples and text."""
    examples = [docs[number] for number in task.items[: task.n_examples]]
    texts = [docs[number]["title"] for number in task.items[task.n_examples :]]
    return Profile(
        interests=(
            Interest(
                name=task.id,
                text="\n".join(texts),
                examples=tuple(
                    Example(title=d["title"], summary=d["abstract"], year=d.get("year") or 0)
                    for d in examples
                ),
            ),
        )
    )


def by_group(bench: Any, rows: Sequence[tuple[Any, np.ndarray]]) -> dict[str, dict[str, float]]:  # noqa: ANN401 the benchmark's
    """Average nDCG@10 and average precision over each group's tasks."""
    found: dict[str, dict[str, list[float]]] = {
        "ndcg10": defaultdict(list),
        "ap": defaultdict(list),
    }
    for task, scores in rows:
        if (task.grade > 0).any():
            measured = bench.metrics(scores, task.grade)
            for name, groups in found.items():
                groups[task.group].append(measured[name])
    return {
        name: {group: float(np.mean(values)) for group, values in groups.items()}
        for name, groups in found.items()
    }


def beside(bench: Any, ours: dict[str, dict[str, float]], theirs: Any) -> str:  # noqa: ANN401 the benchmark's
    """Say how far from another method's we are, with the interval of the bootstrap over groups."""
    if not theirs:
        return ""
    said = []
    for name, label in (("ndcg10", "nDCG@10"), ("ap", "MAP")):
        mean, low, high = bench.bootstrap(ours[name], theirs[name])
        said.append(f"{label} {mean:+.4f} [{low:+.4f}, {high:+.4f}]")
    return "   difference: " + ", ".join(said)


if __name__ == "__main__":
    main()
