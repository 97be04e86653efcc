"""``digest search``: stored entries by topic."""

from __future__ import annotations

import click

from digest.cli._shared import app_of, json_option, print_json, wrapped


@click.command(name="search", short_help="Find stored entries by topic, best first.")
@click.argument("words", nargs=-1, required=True, metavar="QUERY")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True)
@json_option
@click.pass_context
def command(ctx: click.Context, words: tuple[str, ...], limit: int, as_json: bool) -> None:
    """Find entries that hold all words of QUERY.

    Also understood: phrases in quotation marks, AND, OR, NOT, prefix*, and the fields ti: abs:
    au: cat:.
    """
    from digest import query

    app = app_of(ctx)
    with app.store(create=False) as store:
        found = store.index.search(query.parse(" ".join(words)), limit)
    if as_json:
        print_json(
            [
                {
                    "id": entry.id,
                    "title": entry.title,
                    "url": entry.url,
                    "published": entry.published,
                    "score": round(score, 6),
                }
                for entry, score in found
            ]
        )
    elif not found:
        click.echo("Nothing found.")
    else:
        for entry, _ in found:
            published = f"{entry.published:%Y-%m-%d}  " if entry.published else ""
            click.echo(f"{wrapped(entry.title, 0)}\n      {published}{entry.url or entry.id}")
