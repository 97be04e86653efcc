"""The layers of DESIGN.md, read from the imports, and what must not be loaded or grow."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import digest

PACKAGE = Path(digest.__file__).parent
LAYERS = (
    "model errors",
    (
        "address text latex names identity query pool plan compose view mime sample bibliography "
        "schema tables dial local locate merging calendar coverage manners opml tokens links "
        "returnpath signing postage inbound suppressionlist records "
        "confined sources match standing calibration compounds lexicon space sparse taste past "
        "worth tuning language emphasis cleaning reasons wording scripts colour portrait letters "
        "pieces misses stencils linebreaks wrapping printable budget examples rates values "
        "syndication columns wholes"
    ),
    (
        "config profile fetch parse shrink store render transports embed collect imap lookup amend "
        "watching upload logs"
    ),
    (
        "meaning deliver garbage dispatch drafts refusals syncing sending notices choice visit "
        "pull archive overview pictures timetable planning pipeline subscriptions app reading "
        "verdict replay trial outgoing bounces intake enrolment correspondence week judgement "
        "preferences"
    ),
    "schedule daemon cli web demo __main__",
)
LAYER = {name: depth for depth, names in enumerate(LAYERS) for name in names.split()}
EDGES = 2
HOMES = {
    # The parser loads two libraries before it limits its own memory.
    "feedparser": {"sources._xml", "parse"},
    "nh3": {"text", "parse"},
    "lxml": {"sources._tree"},
    "pylatexenc": {"latex"},
    "lark": {"query"},
    "pydantic": {"schema"},
    "httpx": {"fetch"},
    "httpcore": {"fetch", "dial"},
    "premailer": {"render"},
    "jinja2": {"render", "web.pages"},
    "PIL": {"shrink"},
    "itsdangerous": {"tokens"},
    "dkim": {"signing"},
    "cryptography": {"signing"},
    "flufl": {"inbound"},
    "dns": {"lookup"},
    "starlette": {"web"},
    "uvicorn": {"web.server"},
    "markupsafe": {"emphasis", "render"},
    "babel": {"language"},
    "sqlite_utils": {"store"},
    "apscheduler": {"schedule"},
    "prometheus_client": {"daemon.metrics"},
    "aiosmtpd": {"demo"},
    "bibtexparser": {"bibliography"},
    "rispy": {"bibliography"},
    "rich": {"cli._shared"},
    "click": {"cli"},
    "platformdirs": {"config"},
    # Ranking is matrices all through, from the vectors that are kept to the scores.
    "numpy": {
        *("calibration", "lexicon", "match", "pool", "space", "sparse", "standing", "taste"),
        *("choice", "columns", "compose", "past", "worth", "tuning", "misses", "embed", "meaning"),
        "store.vectors",
    },
    "onnxruntime": {"embed"},
    "tokenizers": {"embed"},
    "safetensors": {"embed"},
    "tomlkit": {"amend"},
}
HEAVY = (
    "pydantic feedparser premailer sqlite_utils httpx jinja2 lark rich apscheduler aiosmtpd "
    "babel PIL "
    "numpy onnxruntime tokenizers safetensors itsdangerous starlette uvicorn dkim cryptography "
    "flufl dns tomlkit prometheus_client"
).split()
MOST_LINES = 350
LONGER = {"model"}  # the whole vocabulary on one page


@cache
def modules() -> dict[str, Path]:
    """Give every module of the package by its name within it; the package itself is ""."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        found[".".join(part for part in parts if part != "__init__")] = path
    return found


def imports(path: Path) -> Iterator[str]:
    """Give all that a module imports, within functions and for type checking too.

    Of ``from a import b`` both ``a`` and ``a.b`` are given where the latter is a module of ours.
    """
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            ours = [f"{node.module}.{alias.name}" for alias in node.names]
            inner = [name for name in ours if name.removeprefix("digest.") in modules()]
            yield from inner if node.module == "digest" else [str(node.module), *inner]


def within(name: str) -> str:
    """Give a module's name within the package: ``digest.store.rows`` is ``store.rows``."""
    return name.removeprefix("digest").removeprefix(".")


def top(name: str) -> str:
    """Give the part that a layer is made of: ``store.rows`` belongs to ``store``."""
    return name.partition(".")[0]


def may_import(module: str, other: str) -> bool:
    """Whether the layers let one module import another."""
    here, there = top(module), top(other)
    if not {here, there} <= set(LAYER) or here == there:
        return True  # the package itself may be imported by all
    return LAYER[there] < LAYER[here] or (LAYER[there] == LAYER[here] != EDGES)


def test_every_module_has_a_layer() -> None:
    """The layers name all parts of the package, and nothing else."""
    assert set(LAYER) == {top(name) for name in modules() if name}


def test_imports_point_down() -> None:
    """No module imports one above it, and no edge another edge."""
    wrong = [
        f"{module} imports {within(name)}"
        for module, path in modules().items()
        for name in imports(path)
        if top(name) == "digest" and not may_import(module, within(name))
    ]
    assert [] == wrong


def test_the_lowest_layer_needs_nothing() -> None:
    """The model and the errors import the standard library and each other."""
    outside = {
        name
        for module in LAYERS[0].split()
        for name in imports(modules()[module])
        if top(name) not in sys.stdlib_module_names and top(within(name)) not in LAYERS[0].split()
    }
    assert set() == outside


def test_libraries_stay_behind_their_module() -> None:
    """Each library is imported by the one module or package that hides it."""
    strangers = [
        f"{module} imports {name}"
        for module, path in modules().items()
        for name in imports(path)
        if top(name) not in {"digest", *sys.stdlib_module_names}
        and not {module, top(module)} & HOMES.get(top(name), set())
    ]
    assert [] == strangers


def test_every_library_is_used() -> None:
    """No library is kept for nothing: each module that may import one does, or its package."""
    users = {
        (top(name), home)
        for module, path in modules().items()
        for name in imports(path)
        for home in (module, top(module))
    }
    idle = {(name, home) for name, homes in HOMES.items() for home in homes} - users
    assert set() == idle


def test_help_loads_nothing_heavy() -> None:
    """``digest --help`` loads none of the libraries that take long to import."""
    code = (
        "import sys\n"
        "from digest.cli import cli\n"
        "cli(['--help'], standalone_mode=False)\n"
        "print('LOADED', *sorted({name.partition('.')[0] for name in sys.modules}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=PACKAGE.parent,
    )
    printed, _, loaded = done.stdout.partition("LOADED")
    assert (True, set()) == ("Usage: " in printed, set(HEAVY) & set(loaded.split()))


def test_modules_stay_small() -> None:
    """Every module has fewer than 350 lines, but the vocabulary."""
    sizes = {name: path.read_text(encoding="utf-8").count("\n") for name, path in modules().items()}
    assert {} == {
        name: lines for name, lines in sizes.items() if lines >= MOST_LINES and name not in LONGER
    }
