"""The wheel: built, installed away from the checkout, and its demonstration run."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OUTSIDE = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel and install it alone; gives the `digest` command.

    Dependencies come from the running environment, by a path added after the wheel's own.
    """
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory"]
    subprocess.run([*build, str(folder)], cwd=ROOT, check=True, capture_output=True, env=OUTSIDE)
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / "bin" / "python"
    pip = [str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(pip, cwd=folder, check=True, capture_output=True, env=OUTSIDE)
    asked = [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    site = Path(subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip())
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return folder / "venv" / "bin" / "digest"


def test_the_installed_wheel_runs_the_demonstration(installed: Path, tmp_path: Path) -> None:
    """`digest demo` of the wheel sends its three mails, away from the checkout."""
    ran = subprocess.run(
        [str(installed), "demo"], cwd=tmp_path, env=OUTSIDE, capture_output=True, text=True
    )
    mails = sorted(path.name for path in (tmp_path / "digest-demo" / "inbox").glob("*.eml"))
    expected = ["ada@example.org.eml", "edwin@example.org.eml", "noor@example.org.eml"]
    assert (0, expected) == (ran.returncode, mails), ran.stderr


def test_the_installed_wheel_is_what_runs(installed: Path, tmp_path: Path) -> None:
    """The package of the new environment is imported, not that of the checkout."""
    code = "import digest, pathlib; print(pathlib.Path(digest.__file__).parents[1])"
    python = installed.with_name("python")
    ran = subprocess.run(
        [str(python), "-c", code], cwd=tmp_path, env=OUTSIDE, capture_output=True, text=True
    )
    assert installed.parents[1] in Path(ran.stdout.strip()).parents
