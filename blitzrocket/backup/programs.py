"""PostgreSQL's own programs: where they are, and running one on a database without showing its password."""

import os
import pwd
import re
import shutil
import signal
import subprocess
from collections import deque
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import psycopg.conninfo

LAST_LINES = 5  # of what a program says, in which its error is looked for

Report = Callable[[str], None]


class BackupError(Exception):
    """A backup could not be made, restored or checked; the message says why and what to do."""


def program(name: str) -> str:
    """The path of one of PostgreSQL's programs.

    Raises:
        BackupError: it is not installed.
    """
    path = shutil.which(name) or shutil.which(name, path=_folder_of_the_server())
    if path is None:
        raise BackupError(f"{name} is not on PATH: install PostgreSQL's programs of the server's version there.")
    return path


@cache
def _folder_of_the_server() -> str:
    """Where Debian and others put the programs of the server, which are not on PATH."""
    pg_config = shutil.which("pg_config")
    if pg_config is None:
        return os.pathsep.join(map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)))
    return subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=True).stdout.strip()


def major_version_of(name: str) -> int:
    """The major version of a program, such as 18."""
    output = subprocess.run([program(name), "--version"], capture_output=True, text=True, check=True).stdout
    version = re.search(r"(\d+)[.\d]*", output)
    if version is None:
        raise BackupError(f"{name} does not say its version: {output.strip()}")
    return int(version[1])


def connection_values(database: Mapping[str, Any]) -> dict[str, str]:
    """What PostgreSQL's library needs to connect to one of Django's databases, such as host and password."""
    keywords = {option.keyword.decode() for option in psycopg.pq.Conninfo.get_defaults()}
    own = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    values = {keyword: str(database[name]) for keyword, name in own.items() if database.get(name)}
    options = {name: str(value) for name, value in database.get("OPTIONS", {}).items() if name in keywords}
    return options | values


def values_of_url(url: str) -> dict[str, str]:
    """The same of an address such as that of `--server`.

    Raises:
        BackupError: it is none.
    """
    try:
        values = psycopg.conninfo.conninfo_to_dict(url)
    except psycopg.Error as error:
        raise BackupError(f"The address of the server is wrong: {' '.join(str(error).split())}") from None
    return {name: str(value) for name, value in values.items()}


def environment_of(values: Mapping[str, str]) -> dict[str, str]:
    """The same as environment variables, which other users of the machine cannot read, as they can arguments."""
    names = {
        option.keyword.decode(): option.envvar.decode()
        for option in psycopg.pq.Conninfo.get_defaults()
        if option.envvar is not None
    }
    return os.environ | {names[keyword]: value for keyword, value in values.items() if keyword in names}


def url_of(values: Mapping[str, str]) -> str:
    """The same as a value for ``DATABASE_URL``."""
    user, password = quote(values.get("user", ""), safe=""), quote(values.get("password", ""), safe="")
    login = f"{user}:{password}@" if password else f"{user}@" if user else ""
    others = {name: value for name, value in values.items() if name not in ("user", "password", "dbname")}
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in others.items())
    return f"postgresql://{login}/{quote(values['dbname'], safe='')}?{query}"


def run(
    name: str,
    *arguments: str,
    environment: Mapping[str, str],
    report: Report = lambda line: None,
    user: int | None = None,
) -> None:
    """Run one of PostgreSQL's programs, and report each line that it says.

    Raises:
        BackupError: it is not installed, or failed; with the last lines that it printed.
    """
    command = [program(name), *arguments]
    status, last_lines = follow(command, environment=environment, report=report, user=user)
    if status:
        problems = [line for line in last_lines if "error" in line.lower() or "fatal" in line.lower()]
        end = f"it was ended by {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
        raise BackupError(f"{name} failed: {' / '.join(problems or [end])}")


def follow(
    command: list[str], *, environment: Mapping[str, str], report: Report, user: int | None = None
) -> tuple[int, list[str]]:
    """Run a program and report each line that it says; returns its exit status and the last lines."""
    last_lines: deque[str] = deque(maxlen=LAST_LINES)
    with subprocess.Popen(
        command,
        env=dict(environment) | {"LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        user=user,
        group=None if user is None else pwd.getpwuid(user).pw_gid,
        extra_groups=None if user is None else [],
    ) as process:
        try:
            for line in process.stdout or ():
                last_lines.append(line.strip())
                report(line.rstrip())
        except BaseException:
            process.terminate()
            raise
    return process.returncode, list(last_lines)


def server_version(connection: "psycopg.Connection[Any]") -> int:
    """The major version of a server."""
    return connection.info.server_version // 10_000


def require_version(name: str, server: int) -> None:
    """Refuse a program that is older than the server.

    Raises:
        BackupError: it is.
    """
    version = major_version_of(name)
    if version < server:
        raise BackupError(
            f"{program(name)} is of PostgreSQL {version} and the server of {server}: put the programs of PostgreSQL "
            f"{server} first on PATH."
        )
