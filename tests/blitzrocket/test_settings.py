"""A start without what it needs, or with nonsense, is refused with a sentence that names it."""

import os
import re
import subprocess
from collections.abc import Callable

import psycopg
import pytest

from tests.programs import Programs
from tests.support import ROOT, test_database_url

GOOD = {"SECRET_KEY": "x" * 50, "ALLOWED_HOSTS": "shop.example", "DATABASE_URL": "postgresql:///blitzrocket"}


PRINT_TWO = "import blitzrocket.settings as s; print(s.DEBUG, s.SESSION_COOKIE_SECURE)"


Start = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def start(programs: Programs) -> Start:
    """Runs code in a process with these variables besides those of `GOOD`."""

    def run(code: str, **environment: str | None) -> subprocess.CompletedProcess[str]:
        names = {*GOOD, "DEBUG", "WEB_CONCURRENCY", "HTTPS", "LOG_FORMAT", "THREADS", "DATA_DIR"}
        inherited = {name: value for name, value in os.environ.items() if name not in names}
        values = {name: value for name, value in (GOOD | environment).items() if value is not None}
        return programs.run(["-c", code], inherited | values)

    return run


def test_settings_load_with_the_required_variables(start: Start) -> None:
    started = start(PRINT_TWO)
    assert (started.returncode, started.stdout.split()) == (0, ["False", "True"]), started.stderr


@pytest.mark.parametrize(
    ("value", "hops"),
    [("false", 0), ("no", 0), ("0", 0), ("true", 1), (" TRUE ", 1), ("on", 1), ("1", 1), ("2", 2), ("10", 10)],
)
def test_how_many_proxies_are_trusted(start: Start, value: str, hops: int) -> None:
    command = "import blitzrocket.settings as s; print(s.TRUSTED_PROXIES, s.SECURE_PROXY_SSL_HEADER is not None)"
    assert start(command, TRUST_PROXY=value).stdout.split() == [str(hops), str(hops > 0)]


@pytest.mark.parametrize(
    ("value", "keys"),
    [(None, []), (" , ", []), (" a-new-random-text, an-old-random-text ,", ["a-new", "an-old"])],
)
def test_keys_of_stores_secrets(start: Start, value: str | None, keys: list[str]) -> None:
    command = "import blitzrocket.settings as s; print(*s.STORE_SECRET_KEYS)"
    assert start(command, STORE_SECRET_KEYS=value).stdout.split() == [f"{key}-random-text" for key in keys]


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_missing_variable_is_named(start: Start, name: str, value: str | None) -> None:
    refused = start(PRINT_TWO, **{name: value})
    assert refused.returncode != 0
    assert f"{name} is not set: " in refused.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("DEBUG", "maybe", "DEBUG is 'maybe': write true or false."),
        ("HTTPS", "2", "HTTPS is '2': write true or false."),
        ("THREADS", "0", "THREADS is '0': write a whole number, 1 or more."),
        ("THREADS", "many", "THREADS is 'many': write a whole number, 1 or more."),
        ("TRUST_PROXY", "maybe", "TRUST_PROXY is 'maybe': write true, false, or the number of proxies"),
        ("TRUST_PROXY", "-1", "TRUST_PROXY is '-1': write true, false, or the number of proxies"),
        ("TRUST_PROXY", "11", "TRUST_PROXY is '11': write true, false, or the number of proxies"),
        ("TRUST_PROXY", "1.5", "TRUST_PROXY is '1.5': write true, false, or the number of proxies"),
        ("TRUST_PROXY", "10.0.0.0/8", "TRUST_PROXY is '10.0.0.0/8': write true, false, or the number of proxies"),
        (
            "STORE_SECRET_KEYS",
            "a-long-random-text, short",
            "STORE_SECRET_KEYS has a text of fewer than 16 characters: ",
        ),
        ("LOG_FORMAT", "xml", "LOG_FORMAT is 'xml': write one of json, text."),
        ("DATABASE_URL", "sqlite:///db", "DATABASE_URL names another database than PostgreSQL: write postgresql://…"),
        ("REPLICA_URL", "sqlite:///db", "REPLICA_URL names another database than PostgreSQL: write postgresql://…"),
        ("REPLICA_URL", "replica.example.com", "REPLICA_URL names another database than PostgreSQL: write postg"),
        ("REPLICA_URL", GOOD["DATABASE_URL"], "REPLICA_URL is the same as DATABASE_URL: name the replica, or leave it"),
        ("DATABASE_POOLER", "pgbouncer", "DATABASE_POOLER is 'pgbouncer': write one of session, transaction."),
    ],
)
def test_an_invalid_value_is_named(start: Start, name: str, value: str, sentence: str) -> None:
    assert sentence in start(PRINT_TWO, **{name: value}).stderr.splitlines()[-1]


@pytest.mark.parametrize("value", ["0", "abc", "-1", "2.5", "٣", "1e1"])
def test_a_server_without_workers_is_refused(programs: Programs, value: str) -> None:
    """By each server's configuration, and before gunicorn reads the variable itself."""
    read_gunicorns = ["-c", "import runpy; runpy.run_path('gunicorn.conf.py')"]
    for command in (["manage.py", "run_web"], read_gunicorns, ["-m", "blitzrocket.granian_server"]):
        environment = os.environ | GOOD | {"WEB_CONCURRENCY": value}
        refused = programs.run(command, environment)
        assert refused.returncode == 1
        sentence = f"WEB_CONCURRENCY is {value!r}: write a whole number, 1 or more."
        assert refused.stderr.splitlines()[-1].endswith(sentence)
        assert "Traceback" not in refused.stderr


COMMANDS = {
    "migrate": [],
    "run_web": [],
    "check_ledger": [],
    "create_team": ["x"],
    "createsuperuser": ["--noinput"],
}


@pytest.fixture(scope="module")
def refused(
    programs: Programs, django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[int, str]]:
    """Status and output of each command on a database that is not there; all wait at once until they give up."""
    url = re.sub(r"@/\w+", "@/nothing_here", test_database_url())
    environment, folder = os.environ | GOOD | {"DATABASE_URL": url}, tmp_path_factory.mktemp("refused")
    started = {
        command: programs.start(["manage.py", command, *arguments], environment, folder / command)
        for command, arguments in COMMANDS.items()
    }
    return {command: (program.wait(), (folder / command).read_text()) for command, program in started.items()}


@pytest.mark.parametrize("command", COMMANDS)
def test_an_unreachable_database_is_a_sentence(refused: dict[str, tuple[int, str]], command: str) -> None:
    status, output = refused[command]
    assert status == 1
    sentences = [line for line in output.splitlines() if "database" in line]
    assert len(sentences) == 1, output
    assert 'database "nothing_here" does not exist' in sentences[0]
    assert "Traceback" not in output


def test_a_database_from_before_the_first_version_is_a_sentence(programs: Programs, transactional_db: None) -> None:
    server = test_database_url()
    url = re.sub(r"@/\w+", "@/made_before", server)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE made_before")
    try:
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE django_migrations (id int, app text, name text, applied timestamptz)")
            connection.execute("INSERT INTO django_migrations VALUES (1, 'contests', '0001_initial', now())")
        refused = programs.run(["manage.py", "migrate"], os.environ | GOOD | {"DATABASE_URL": url})
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute("DROP DATABASE made_before WITH (FORCE)")
    assert refused.returncode == 1
    assert "made before 1.0.0" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_every_variable_is_documented_and_no_other() -> None:
    sources = [ROOT / name for name in ("blitzrocket/settings.py", "blitzrocket/logs.py", "blitzrocket/web_server.py")]
    readers = r"required|boolean|whole_number(?:_or_none)?|count_or_boolean|texts|choice|site_url|env\.str|environ\.get"
    asked = rf"""(?:{readers})\(\s*["']([A-Z_]+)["']"""
    used = {name for source in sources for name in re.findall(asked, source.read_text())}
    table = (ROOT / "docs" / "configuration.md").read_text()
    documented = {name for row in re.findall(r"^\| (`.*?) \|", table, re.M) for name in re.findall(r"`([A-Z_]+)`", row)}
    assert documented - {"DATA_DIR"} == used
    example = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M))
    assert example - {"POSTGRES_PASSWORD"} == used
