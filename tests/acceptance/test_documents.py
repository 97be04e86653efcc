"""README, docs/ and config.example.toml say what the program does."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from digest import config, profile, tables
from digest.cli import cli
from digest.schema import Schema

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/*.md"), *ROOT.glob("deploy/*")])
TABLES: dict[str, type[Schema]] = {
    "digest": tables.Digest,
    "window": tables.Window,
    "schedule": tables.Schedule,
    "smtp": tables.Smtp,
    "dkim": tables.Dkim,
    "bounces": tables.Bounces,
    "http": tables.Http,
    "parse": tables.Parse,
    "embed": tables.Embed,
    "web": tables.Web,
    "log": tables.Log,
    "metrics": tables.Metrics,
}


def blocks(language: str) -> list[tuple[str, str]]:
    """Give the fenced blocks of a language in all pages."""
    fence = re.compile(rf"^```{language}\n(.*?)^```", re.MULTILINE | re.DOTALL)
    return [
        (f"{page.name} {number}", found)
        for page in PAGES
        for number, found in enumerate(fence.findall(page.read_text(encoding="utf-8")), 1)
    ]


def test_the_example_configuration_loads_as_it_stands() -> None:
    """config.example.toml is a configuration without mistakes."""
    assert ("Daily Papers", "arXiv") == tuple(
        source.name for source in config.load(ROOT / "config.example.toml", {}).sources
    )


@pytest.mark.parametrize("table", TABLES)
def test_the_example_configuration_names_every_setting(table: str) -> None:
    """Each table of config.example.toml names, set or commented out, just what there is."""
    text = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    part = text.split(f"\n[{table}]", 1)[1].split("\n[", 1)[0]
    named = set(re.findall(r"^(?:# )?(\w+) = ", part, re.MULTILINE))
    assert names(TABLES[table]) == named


@pytest.mark.parametrize("table", TABLES)
def test_the_example_configuration_shows_the_defaults(table: str) -> None:
    """What config.example.toml sets is what holds where nothing is set."""
    example = tomllib.loads((ROOT / "config.example.toml").read_text(encoding="utf-8"))[table]
    model = TABLES[table]
    assert model().model_dump() == model.model_validate(example).model_dump()


def names(model: type[Schema]) -> set[str]:
    """Give the settings of a table as they are written."""
    return {field.alias or name for name, field in model.model_fields.items()}


@pytest.mark.parametrize(("where", "text"), blocks("toml"), ids=lambda value: value[:20])
def test_each_profile_in_the_documents_is_accepted(where: str, text: str, tmp_path: Path) -> None:
    """A TOML block of the documents is a profile without mistakes."""
    path = tmp_path / "profile.toml"
    path.write_text(text, encoding="utf-8")
    library = "@misc{one, title = {A paper that is liked}}"
    (tmp_path / "library.bib").write_text(library, encoding="utf-8")
    assert 1 == len(profile.load(path, profile.Defaults())), where


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_command_in_the_documents_exists(page: Path) -> None:
    """Every `digest COMMAND` that a page names is one of ours."""
    import click

    text = page.read_text(encoding="utf-8")
    named = re.findall(r"(?:`|&& |^\s*(?:\$ )?|bin/)digest (?:-q )?([a-z]+)\b", text, re.MULTILINE)
    known = set(cli.list_commands(click.Context(cli)))
    assert set() == set(named) - known - {"mailer"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_link_between_documents_leads_somewhere(page: Path) -> None:
    """A relative link in a page names a file that exists."""
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [] == [link for link in links if not (page.parent / link).exists()]
