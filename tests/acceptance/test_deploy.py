"""The recipes of deploy/ are sound as far as tools on this machine can tell."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))


@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="no systemd-analyze: unit file not verified"
)
@pytest.mark.parametrize("recipe", UNITS, ids=lambda path: path.name)
def test_systemd_accepts_the_unit(recipe: Path, tmp_path: Path) -> None:
    """systemd finds no fault in the unit, its program taken for /bin/true."""
    unit = tmp_path / recipe.name
    text = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", recipe.read_text(), flags=re.MULTILINE)
    unit.write_text(text, encoding="utf-8")
    ran = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True
    )
    assert (0, []) == (ran.returncode, [x for x in ran.stderr.splitlines() if unit.name in x])


@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="no systemd-analyze: unit file not rated"
)
@pytest.mark.parametrize("recipe", UNITS, ids=lambda path: path.name)
def test_the_unit_is_hardened(recipe: Path) -> None:
    """systemd rates the unit's exposure as safe: below 2 of 10."""
    ran = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", str(recipe)],
        capture_output=True,
        text=True,
    )
    found = re.search(r"exposure level for \S+: ([\d.]+)", ran.stdout)
    assert found is not None, ran.stdout + ran.stderr
    assert float(found[1]) < 2.0


@pytest.mark.parametrize("recipe", sorted(DEPLOY.iterdir()), ids=lambda path: path.name)
def test_each_recipe_begins_with_how_to_use_it(recipe: Path) -> None:
    """The first lines of a recipe are comments that say what it is for and how to use it."""
    first = recipe.read_text(encoding="utf-8").splitlines()[:4]
    assert 4 == sum(line.startswith("#") for line in first)
