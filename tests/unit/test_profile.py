"""digest.profile: profile files as subscribers, and every mistake in them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from digest import profile
from digest.errors import SettingsError
from digest.model import WEEKDAYS, Example, Interest, Profile, Status, Subscriber
from digest.profile import Defaults, ProfileFile

SMALLEST = 'email = "ada@example.org"\n[[interest]]\nkeywords = ["pruning"]\n'
WHOLE = """\
email = "Ada@Example.org"
name = "Ada"
timezone = "Europe/London"
send_at = 06:15:00
days = ["fri", "mon"]
limit = 9
when_empty = "note"
template = "plain-list"
paused_until = 2027-01-10

[[interest]]
name = "Topic"
text = "neural\\n  networks"
keywords = ["a AND b"]
authors = ["Alex Graves"]
categories = ["cs.NE"]
examples = ["https://arxiv.org/abs/1410.5401v2", "doi:10.1000/X", "Pointer Networks"]
exclude = ["survey"]
sources = ["arXiv"]
weight = 2
threshold = 0.5

[trending]
"""


def read(folder: Path, text: str, name: str = "ada.toml") -> tuple[ProfileFile, ...]:
    """Load a profile file of this text."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return profile.load(path, Defaults())


def refused(folder: Path, text: str, name: str = "ada.toml") -> list[str]:
    """Give the lines that a file is refused with, without its folder."""
    with pytest.raises(SettingsError) as caught:
        read(folder, text, name)
    return [line.removeprefix(f"{folder}/") for line in str(caught.value).splitlines()]


def test_whole_profile(tmp_path: Path) -> None:
    """Every setting of a profile arrives."""
    topic = Interest(
        name="Topic",
        text="neural networks",
        keywords=("a AND b",),
        authors=("Alex Graves",),
        categories=("cs.NE",),
        examples=(
            Example(key="arxiv:1410.5401"),
            Example(key="doi:10.1000/x"),
            Example(title="Pointer Networks"),
        ),
        exclude=("survey",),
        sources=("arXiv",),
        weight=2.0,
        threshold=0.5,
    )
    expected = Subscriber(
        id=profile.subscriber_id("ada@example.org"),
        email="Ada@example.org",
        name="Ada",
        timezone="Europe/London",
        send_at="06:15",
        days=("mon", "fri"),
        status=Status.ACTIVE,
        paused_until=date(2027, 1, 10),
        profile=Profile(
            interests=(topic,), limit=9, trending=3, when_empty="note", template="plain-list"
        ),
    )
    assert [expected] == [found.subscriber for found in read(tmp_path, WHOLE)]


def test_smallest_profile_takes_the_defaults(tmp_path: Path) -> None:
    """What a profile does not say comes from the configuration."""
    path = tmp_path / "ada.toml"
    path.write_text(SMALLEST, encoding="utf-8")
    defaults = Defaults(timezone="Asia/Tokyo", send_at="05:00", days=("sat",))
    (found,) = profile.load(path, defaults)
    reader = found.subscriber
    assert ("Asia/Tokyo", "05:00", ("sat",)) == (reader.timezone, reader.send_at, reader.days)


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ('keywords = ["program synth*", "b"]', "Program synth"),
        ('authors = ["Ada Lovelace"]', "Ada Lovelace"),
        ('categories = ["cs.LG"]', "cs.LG"),
        ('text = "one two three four five six seven"', "One two three four five six seven"),
        ('examples = ["Pointer Networks"]', "Interest 1"),
    ],
)
def test_interest_is_named_after_what_it_asks(tmp_path: Path, body: str, name: str) -> None:
    """An interest without a name is called by its first word of what it wants."""
    (found,) = read(tmp_path, f'email = "a@b.example"\n[[interest]]\n{body}\n')
    assert [name] == [topic.name for topic in found.subscriber.profile.interests]


def test_trending_alone_is_a_profile(tmp_path: Path) -> None:
    """A profile may want nothing but what trends; its mail is that of the day."""
    (found,) = read(tmp_path, 'email = "a@b.example"\n[trending]\nshow = 5\n')
    assert Profile(trending=5, template="trending") == found.subscriber.profile


def test_all_mistakes_of_a_profile(tmp_path: Path) -> None:
    """Every mistake is named with its line and cure, all at once."""
    text = (
        'email = "ada at example.org"\ndays = ["monday"]\nlimt = 3\n'
        '[[interest]]\nkeywords = ["a AND"]\n[[interest]]\nname = "x"\n'
    )
    assert [
        'ada.toml:1: email: is not an e-mail address; write for instance "ada@example.org"',
        "ada.toml:2: days[1]: 'monday' is not one of the choices; did you mean \"mon\"?",
        'ada.toml:3: limt: no such setting; did you mean "limit"?',
        (
            "ada.toml:5: interest[1].keywords[1]: 'a AND' cannot be read: something must follow "
            "AND, OR, NOT or a field's colon"
        ),
        (
            "ada.toml:6: interest[2]: asks for nothing; give it a text, keywords, authors, "
            "categories, examples or a bibliography"
        ),
    ] == refused(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[[interest]]\ntext = "x"\n', "ada.toml: email: is missing; add it"),
        (
            'email = "a@b.example"\n',
            "ada.toml: has neither [[interest]] nor [trending]; add one",
        ),
        (
            'email = "a@b.example"\n[trending]\nshow = 0\n',
            "ada.toml: has neither [[interest]] nor [trending]; add one",
        ),
        (
            SMALLEST + "threshold = 2\n",
            (
                "ada.toml:4: interest[1].threshold: 2 cannot be used here; "
                "input should be less than or equal to 1"
            ),
        ),
        (
            SMALLEST + 'authors = ["Ada", ":"]\n',
            (
                'ada.toml:4: interest[1].authors[2]: ":" is nobody\'s name; '
                'write for instance "Ada Lovelace"'
            ),
        ),
        (
            'email = "a@b.example"\n' + "[[interest]]\nkeywords = ['x']\n" * 101,
            "ada.toml:2: interest: has 101 interests; at most 100 are read; take some out",
        ),
        (
            'template = "../x"\n' + SMALLEST,
            'ada.toml:1: template: "../x" is not a template\'s name; write for instance "digest"',
        ),
    ],
)
def test_mistakes(tmp_path: Path, text: str, expected: str) -> None:
    """A mistake is named with its place and its cure."""
    assert [expected] == refused(tmp_path, text)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("arxiv:9999.99999", Example(key="arxiv:9999.99999")),
        ("arXiv: 9999.99999", Example(key="arxiv: 9999.99999")),
        ("9999.99999", Example(key="9999.99999")),
        ("doi: 10.1000/X", Example(key="doi:10.1000/x")),
        ("https://dx.doi.org/10.1000/x", Example(key="doi:10.1000/x")),
        ("doi:nothing", Example(key="doi:nothing")),
        ("https://www.e.org/paper/", Example(key="url:e.org/paper")),
        ("arXiv: a short history", Example(title="arXiv: a short history")),
        ("GPT-4", Example(title="GPT-4")),
    ],
)
def test_examples(tmp_path: Path, written: str, expected: Example) -> None:
    """What has the form of an id is never taken for a title."""
    (file,) = read(tmp_path, SMALLEST + f'examples = ["{written}"]\n')
    assert (expected,) == file.subscriber.profile.interests[0].examples


def test_unread_records_are_noted(tmp_path: Path) -> None:
    """A record of a bibliography that cannot be read is noted with its file."""
    (tmp_path / "lib.bib").write_text("@misc{a, title={One}}\n@misc{b, title={", encoding="utf-8")
    (file,) = read(tmp_path, SMALLEST + 'bibliography = "lib.bib"\n')
    said = "1 record could not be read; export it again"
    assert (f"{tmp_path / 'lib.bib'}: {said}",) == file.notes


def test_bibliography_gives_examples(tmp_path: Path) -> None:
    """A library beside the profile adds its papers to the examples."""
    (tmp_path / "Lib.JSON").write_text('[{"title": "Liked"}]', encoding="utf-8")
    (found,) = read(tmp_path, SMALLEST + 'bibliography = "Lib.JSON"\n')
    assert (Example(title="Liked"),) == found.subscriber.profile.interests[0].examples


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("../lib.bib", "lies outside the profile's folder; put it beside the profile"),
        ("/etc/passwd", "lies outside the profile's folder; put it beside the profile"),
        ("notes.txt", "is of no known format; give a file ending in .bib, .ris, .json"),
        ("gone.bib", "cannot be read (No such file or directory); check the name"),
    ],
)
def test_bibliography_refused(tmp_path: Path, name: str, fault: str) -> None:
    """A library is a file of a known format within the profile's folder."""
    place = tmp_path / name
    expected = f"ada.toml: interest[1].bibliography: {place}: {fault}"
    assert [expected] == refused(tmp_path, SMALLEST + f'bibliography = "{name}"\n')


def test_bibliography_behind_a_link(tmp_path: Path) -> None:
    """A symbolic link does not lead out of the profile's folder."""
    folder, outside = tmp_path / "in", tmp_path / "out.json"
    folder.mkdir()
    outside.write_text('[{"title": "Secret"}]', encoding="utf-8")
    (folder / "lib.json").symlink_to(outside)
    said = refused(folder, SMALLEST + 'bibliography = "lib.json"\n')
    assert said[0].endswith("lies outside the profile's folder; put it beside the profile")


def test_jsonl_holds_a_profile_a_line(tmp_path: Path) -> None:
    """Each line that is not blank is a profile, with its line as its place."""
    line = '{"email": "%s@b.example", "trending": {"show": 1}}\n'
    found = read(tmp_path, line % "a" + "\n" + line % "b", "all.jsonl")
    assert [
        (f"{tmp_path}/all.jsonl:1", "a@b.example"),
        (f"{tmp_path}/all.jsonl:3", "b@b.example"),
    ] == [(one.place, one.subscriber.email) for one in found]


def test_jsonl_mistakes(tmp_path: Path) -> None:
    """One bad line does not hide the mistakes of the next."""
    text = '{"email": }\n[]\n{"email": "a@b.example", "trending": {"shwo": 1}}\n'
    assert ["all.jsonl:1", "all.jsonl:2", "all.jsonl:3"] == [
        ":".join(line.split(":")[:2]) for line in refused(tmp_path, text, "all.jsonl")
    ]


def test_fingerprint_follows_the_content(tmp_path: Path) -> None:
    """Comments leave the fingerprint as it is; a setting changes it."""
    (plain,) = read(tmp_path, SMALLEST)
    (commented,) = read(tmp_path, "# hello\n" + SMALLEST)
    (changed,) = read(tmp_path, SMALLEST + "weight = 2\n")
    same = (plain.fingerprint == commented.fingerprint, plain.fingerprint == changed.fingerprint)
    assert (True, False) == same


def test_subscriber_id_ignores_case() -> None:
    """Two spellings of an address are one subscriber."""
    assert profile.subscriber_id("Ada@Example.org") == profile.subscriber_id("ada@example.ORG")


def test_files(tmp_path: Path) -> None:
    """Directories stand for the profiles in them, in the order of their names, each once."""
    for name in ("b.toml", "a.jsonl", "notes.txt"):
        (tmp_path / name).touch()
    found = profile.files((tmp_path / "b.toml", tmp_path))
    assert (tmp_path / "b.toml", tmp_path / "a.jsonl") == found


def test_files_that_are_not_there(tmp_path: Path) -> None:
    """Every path that names no profile is named at once."""
    with pytest.raises(SettingsError) as caught:
        profile.files((tmp_path / "gone.toml", tmp_path))
    assert [
        f"{tmp_path}/gone.toml: does not exist; check the name",
        f"{tmp_path}: holds no profile; put files ending in .toml there",
    ] == str(caught.value).splitlines()


def test_default_days_are_all() -> None:
    """Where nobody says otherwise, an edition comes every day."""
    assert WEEKDAYS == Defaults().days


@pytest.mark.parametrize(
    ("settings", "expected"), [("", "de"), ('language = "ar"', "ar"), ('language = "en"', "en")]
)
def test_language(settings: str, expected: str, tmp_path: Path) -> None:
    """A profile names its language, or takes the configuration's."""
    path = tmp_path / "ada.toml"
    path.write_text(f'email = "a@b.example"\n{settings}\n[trending]\n', encoding="utf-8")
    (found,) = profile.load(path, Defaults(language="de"))
    assert expected == found.subscriber.profile.language
