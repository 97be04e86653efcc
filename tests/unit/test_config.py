"""digest.config: config.toml as checked values, where it is found, and its secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from digest import config
from digest.config import Config
from digest.errors import SettingsError
from digest.model import Source
from digest.sources import arxiv, feed, file, huggingface, kinds


def load(folder: Path, text: str, **environ: str) -> Config:
    """Load a configuration of this text."""
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return config.load(path, environ)


def refused(folder: Path, text: str) -> list[str]:
    """Give the lines that a configuration is refused with, without its folder."""
    with pytest.raises(SettingsError) as caught:
        load(folder, text)
    return [line.removeprefix(f"{folder}/") for line in str(caught.value).splitlines()]


def test_empty_configuration_is_the_default(tmp_path: Path) -> None:
    """An empty file says what no file says."""
    loaded, default = load(tmp_path, ""), config.default()
    tables = ("window", "schedule", "smtp", "http", "sources", "password", "warnings")
    assert [getattr(default, name) for name in tables] == [getattr(loaded, name) for name in tables]


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    """Paths are taken from the configuration's folder and are absolute."""
    found = load(tmp_path, '[digest]\ndatabase = "db/x.db"\ntemplates = "/t"\n').digest
    expected = (tmp_path / "db/x.db", tmp_path / "profiles", Path("/t"))
    assert expected == (found.database, found.profiles, found.templates)


def test_sources(tmp_path: Path) -> None:
    """Each kind of source takes its own options; without a name it is called by its kind."""
    text = """
[[source]]
kind = "huggingface"
[[source]]
name = "Papers"
kind = "arxiv"
categories = ["cs.LG", "stat.ML"]
[[source]]
name = "Blog"
kind = "feed"
url = "https://blog.example/feed"
[[source]]
kind = "file"
path = "saved.txt"
"""
    options = arxiv.Options(categories=("cs.LG", "stat.ML"))
    blog = feed.Options(url="https://blog.example/feed")
    assert (
        Source(name="huggingface", kind="huggingface", options=huggingface.Options()),
        Source(name="Papers", kind="arxiv", options=options),
        Source(name="Blog", kind="feed", options=blog),
        Source(name="file", kind="file", options=file.Options(path=tmp_path / "saved.txt")),
    ) == load(tmp_path, text).sources


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    """Mistakes in tables and sources are named together, with lines and cures."""
    text = """\
[digets]
[smtp]
prot = 25
security = "ssl"
[[source]]
kind = "xyzzy"
[[source]]
kind = "arxiv"
[[source]]
kind = "feed"
url = "https://a.example"
[[source]]
kind = "feed"
url = "https://b.example"
"""
    assert [
        'config.toml:1: digets: no such setting; did you mean "digest"?',
        'config.toml:3: smtp.prot: no such setting; did you mean "port"?',
        (
            "config.toml:4: smtp.security: 'ssl' is not one of the choices; "
            'write one of "none", "starttls", "tls"'
        ),
        f'config.toml:5: source[1]: has kind "xyzzy"; kinds are {", ".join(kinds())}',
        'config.toml:7: source[2]: needs categories, for instance categories = ["cs.LG", "cs.CL"]',
        'config.toml:12: source[4]: has the name "feed" of another; add a name of its own',
    ] == refused(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[smtp]\nport = 0\n", "config.toml:2: smtp.port: 0 cannot be used here; input should be"),
        ('[smtp]\nfrom = "x"\n', 'config.toml:2: smtp.from: "x" is not a sender; write "Digest <'),
        ('[smtp]\npassword_file = "p"\n', "config.toml:1: smtp: has a password_file but no usern"),
        ('[smtp]\ntoken_file = "p"\n', "config.toml:1: smtp: has a token but no username; add "),
        (
            '[smtp]\nusername = "u"\ntoken_file = "t"\npassword_file = "p"\n',
            "config.toml:1: smtp: has more than one of password_file, token_file and token_command",
        ),
        ('[schedule]\npull = "often"\n', 'config.toml:2: schedule.pull: "often" is not a schedu'),
        ('[schedule]\npull = "every 0m"\n', 'config.toml:2: schedule.pull: "every 0m" is not a'),
        ('[digest]\nimages = "yes"\n', "config.toml:2: digest.images: 'yes' is not one of the ch"),
        ('[digest]\naccent = "red"\n', 'config.toml:2: digest.accent: "red" is not a colour; wri'),
        ('[digest]\ntimezone = "Mars"\n', 'config.toml:2: digest.timezone: "Mars" is not a time'),
        ("[[source]]\n", f"config.toml:1: source[1]: needs a kind; kinds are {', '.join(kinds())}"),
        ('[[source]]\nkind = "feed"\n', "config.toml:1: source[1]: needs url; add it"),
        (
            '[[source]]\nkind = "arxiv"\ncategories = ["LG!"]\n',
            'config.toml:1: source[1]: "LG!" is not an arXiv category; write for instance cs.LG',
        ),
        ("source = 1\n", "config.toml:1: source: 1 is not a list; write for instance ["),
    ],
)
def test_mistakes(tmp_path: Path, text: str, expected: str) -> None:
    """A mistake is named with its line and its cure."""
    assert [expected] == [line[: len(expected)] for line in refused(tmp_path, text)]


@pytest.mark.parametrize("pull", ["every 30m", "every 2h", "every 1d", "15 */2 * * *"])
def test_pull(tmp_path: Path, pull: str) -> None:
    """Pulling follows a span or a cron line."""
    assert pull == load(tmp_path, f'[schedule]\npull = "{pull}"\n').schedule.pull


def test_accent_is_in_lower_case(tmp_path: Path) -> None:
    """A colour is written in lower case."""
    assert "#aabbcc" == load(tmp_path, '[digest]\naccent = "#AaBbCc"\n').digest.accent


@pytest.mark.parametrize(("mode", "warned"), [(0o600, False), (0o640, True), (0o604, True)])
def test_password_file(tmp_path: Path, mode: int, warned: bool) -> None:
    """The secret comes from its file; one that others can read is warned of."""
    secret = tmp_path / "secret"
    secret.write_text("p w\n", encoding="utf-8")
    secret.chmod(mode)
    loaded = load(tmp_path, '[smtp]\nusername = "u"\npassword_file = "secret"\n')
    warning = f"smtp.password_file: {secret}: others can read it; run chmod 600 on it"
    assert ("p w", (warning,) if warned else ()) == (loaded.password, loaded.warnings)


def test_password_of_the_environment_prevails(tmp_path: Path) -> None:
    """$DIGEST_SMTP_PASSWORD is taken before the file, which then need not be there."""
    text = '[smtp]\nusername = "u"\npassword_file = "gone"\n'
    assert "env" == load(tmp_path, text, DIGEST_SMTP_PASSWORD="env").password


def test_a_token_file_that_others_can_read(tmp_path: Path) -> None:
    """A token file is read at each login; that others can read it is warned of at once."""
    token = tmp_path / "token"
    token.write_text("t", encoding="utf-8")
    token.chmod(0o644)
    loaded = load(tmp_path, '[smtp]\nusername = "u"\ntoken_file = "token"\n')
    warning = f"smtp.token_file: {token}: others can read it; run chmod 600 on it"
    assert (token, (warning,)) == (loaded.smtp.token_file, loaded.warnings)


def test_missing_password_file(tmp_path: Path) -> None:
    """A secret that is not there is a mistake with a cure."""
    assert [
        (
            f"smtp.password_file: {tmp_path}/gone: cannot be read (No such file or directory); "
            "make a file that holds the password alone, readable by you only"
        )
    ] == refused(tmp_path, '[smtp]\nusername = "u"\npassword_file = "gone"\n')


def test_secret_is_not_printed(tmp_path: Path) -> None:
    """A configuration's repr names its file and nothing in it."""
    loaded = load(tmp_path, '[smtp]\nusername = "u"\n', DIGEST_SMTP_PASSWORD="secret")
    assert f"Config('{tmp_path}/config.toml')" == repr(loaded)


@pytest.mark.parametrize(
    ("given", "environ", "expected"),
    [
        ("a.toml", {"DIGEST_CONFIG": "b.toml"}, Path("a.toml")),
        (None, {"DIGEST_CONFIG": "b.toml"}, Path("b.toml")),
        (None, {}, Path("config.toml")),
    ],
)
def test_find(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    given: str | None,
    environ: dict[str, str],
    expected: Path,
) -> None:
    """A named file comes first, then the environment's, then the one that lies here."""
    monkeypatch.chdir(tmp_path)
    Path("config.toml").touch()
    assert expected == config.find(given, environ)


@pytest.mark.parametrize("there", [True, False])
def test_find_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool) -> None:
    """Last comes the user's configuration directory; without any file there is none."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    at_home = tmp_path / "home" / "digest" / "config.toml"
    if there:
        at_home.parent.mkdir(parents=True)
        at_home.touch()
    assert (at_home if there else None) == config.find(None, {})


@pytest.mark.parametrize(
    "listen", ["", "127.0.0.1:9464", "[::1]:9464", "localhost:1", "127.9.9.9:65535"]
)
def test_metrics_on_this_machine(tmp_path: Path, listen: str) -> None:
    """Metrics may be told on any address of this machine alone."""
    assert listen == load(tmp_path, f'[metrics]\nlisten = "{listen}"\n').metrics.listen


@pytest.mark.parametrize(
    ("listen", "said"),
    [
        ("0.0.0.0:9464", "can be reached from other machines; write 127.0.0.1, [::1] or"),
        ("192.168.1.2:9464", "can be reached from other machines"),
        ("127.0.0.1.example.org:9464", "can be reached from other machines"),
        (":9464", "can be reached from other machines"),
        ("[::]:9464", "can be reached from other machines"),
        ("127.0.0.1", "is no host and port"),
        ("127.0.0.1:0", "is no host and port"),
        ("127.0.0.1:99999", "is no host and port"),
        ("9464", "is no host and port"),
    ],
)
def test_metrics_are_not_for_the_world(tmp_path: Path, listen: str, said: str) -> None:
    """Another address is refused in one line that names the setting, what is wrong and the cure."""
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, f'[metrics]\nlisten = "{listen}"\n')
    (problem,) = caught.value.problems
    assert problem.place.endswith("config.toml:2: metrics.listen")
    assert said in str(problem)


SECRET = "0123456789abcdef-one"


def signed(folder: Path, base_url: str = "https://d.example", secret: str = SECRET) -> Config:
    """Load a configuration with a page and a file of secrets."""
    (folder / "key").write_text(secret, encoding="utf-8")
    (folder / "key").chmod(0o600)
    return load(folder, f'[digest]\nbase_url = "{base_url}"\nsecret_key_file = "key"\n')


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("https://d.example", "https://d.example"),
        ("https://d.example:8443/mail/papers/", "https://d.example:8443/mail/papers"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost", "http://localhost"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("", ""),
    ],
)
def test_base_url(given: str, expected: str, tmp_path: Path) -> None:
    """A page is reached by https, or by http on this machine."""
    assert expected == signed(tmp_path, given).digest.base_url


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ("http://d.example", "goes in the clear; write https:// (http:// on this machine)"),
        ("http://127.0.0.1.d.example", "goes in the clear"),
        ("http://localhost.d.example", "goes in the clear"),
        ("d.example", "is not the address of a page; write for instance"),
        ("https://me:pw@d.example", "is not the address of a page"),
        ("https://d.example/?a=b", "is not the address of a page"),
        ("https://d.example/a/../b", "is not the address of a page"),
        ("https://d.example/<x>, <y>", "is not the address of a page"),
        ("https://dé.example", "is not the address of a page"),
        ("mailto:x@d.example", "is not the address of a page"),
    ],
)
def test_a_wrong_base_url_is_refused(given: str, fault: str, tmp_path: Path) -> None:
    """What cannot stand in a mail is refused in one line, with its place."""
    (line,) = refused(tmp_path, f'[digest]\nbase_url = "{given}"\n')
    assert line.startswith(f'config.toml:2: digest.base_url: "{given}" {fault}')


def test_a_page_needs_a_secret(tmp_path: Path) -> None:
    """base_url without a secret is refused, and the line says how to make one."""
    (line,) = refused(tmp_path, '[digest]\ntitle = "T"\nbase_url = "https://d.example"\n')
    start = "config.toml:3: digest.base_url: has no secret to sign links with; make one: "
    assert (True, True) == (line.startswith(start), 'secret_key_file = "secret-key"' in line)


def test_secrets_come_from_a_file(tmp_path: Path) -> None:
    """The file holds a secret a line, the one that signs first; empty lines count for nothing."""
    found = signed(tmp_path, secret=f"{SECRET}\n\n{SECRET}-two \n")
    assert ((SECRET, f"{SECRET}-two"), ()) == (found.secrets, found.warnings)


def test_secrets_come_from_the_environment(tmp_path: Path) -> None:
    """$DIGEST_SECRET_KEY comes before the file, which need not be there."""
    text = '[digest]\nbase_url = "https://d.example"\nsecret_key_file = "not-there"\n'
    assert (SECRET,) == load(tmp_path, text, DIGEST_SECRET_KEY=SECRET).secrets


@pytest.mark.parametrize(
    ("secret", "fault"),
    [
        ("\n \n", "holds no secret"),
        ("short", "holds a secret of fewer than 16 characters"),
        (f"{SECRET}\nshort\n", "holds a secret of fewer than 16 characters"),
    ],
)
def test_weak_secrets_are_refused(secret: str, fault: str, tmp_path: Path) -> None:
    """A file without a secret, or with one that can be guessed, is refused and not shown."""
    with pytest.raises(SettingsError) as caught:
        signed(tmp_path, secret=secret)
    said = str(caught.value)
    place = f"digest.secret_key_file: {tmp_path / 'key'}: "
    assert (True, False) == (said.startswith(f"{place}{fault}; make one: "), "short" in said)


def test_a_missing_secret_file_is_named(tmp_path: Path) -> None:
    """A file that is not there is named, with the cure."""
    (line,) = refused(tmp_path, '[digest]\nsecret_key_file = "key"\n')
    cure = "make a file that holds a secret a line, readable by you only"
    path = tmp_path / "key"
    assert (
        f"digest.secret_key_file: {path}: cannot be read (No such file or directory); {cure}"
    ) == line


def test_a_shared_secret_file_is_warned_of(tmp_path: Path) -> None:
    """A file that others can read is warned of, and its content not shown."""
    signed(tmp_path)
    (tmp_path / "key").chmod(0o640)
    found = config.load(tmp_path / "config.toml", {})
    path = tmp_path / "key"
    warning = f"digest.secret_key_file: {path}: others can read it; run chmod 600 on it"
    assert ((warning,), False) == (found.warnings, SECRET in repr(found))


@pytest.mark.parametrize("url", ["http://e.org/l.png", "https://e.org/l.svg", "logo.png"])
def test_a_logo_is_an_image_that_mails_can_show(url: str, tmp_path: Path) -> None:
    """A logo has an https address of a PNG, JPEG or GIF: no client shows more."""
    path = tmp_path / "config.toml"
    path.write_text(
        f'[digest]\nlogo = {{url = "{url}", width = 9, height = 9}}\n', encoding="utf-8"
    )
    with pytest.raises(SettingsError, match=r"is not an image; write https"):
        config.load(path, {})
