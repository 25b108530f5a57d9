"""A PostgreSQL cluster with the product's tables, made once for a state of the code and copied for each server.

Making one takes four seconds of a processor, copying it a tenth of one into memory and most of one onto a disk, and a
run of the suite starts fifteen. The product's own command makes it. It is kept beside pytest's cache, so the next run
on the same code has it already. What a fresh folder gets is tested in `tests/blitzrocket/devserver/test_serve.py`,
without this.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psutil

from blitzrocket.devserver.embedded_postgres import EmbeddedPostgres
from tests.programs import ROOT, forking_programs

MAKE_SECONDS = 600
CACHE = ROOT / ".pytest_cache" / "clusters"
MEMORY = Path("/dev/shm")  # noqa: S108  (new folders in it are private)
LEAST_ROOM = 4 << 30  # for the servers of all processes of a run
APPS = ("apikeys", "blitzrocket", "contests", "purchases")
# A test run's own settings, which are not those of `make run`.
NOT_INHERITED = (
    "ALLOWED_HOSTS",
    "DATABASE_URL",
    "DJANGO_SETTINGS_MODULE",
    "HTTPS",
    "LOG_FORMAT",
    "MAKELEVEL",
    "SECRET_KEY",
    "SERVER",
)


def plain_environment() -> dict[str, str]:
    """The environment of somebody who has configured nothing."""
    return {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}


@cache
def folder_in_memory() -> str | None:
    """Where servers' files are, if there is much room: making one there takes a tenth of the time. Else None.

    Programs may not be run from it: in a container, none can.
    """
    if not os.access(MEMORY, os.W_OK) or shutil.disk_usage(MEMORY).free < LEAST_ROOM:
        return None
    return str(MEMORY) if psutil.virtual_memory().available > 2 * LEAST_ROOM else None


@contextmanager
def new_folder() -> Iterator[Path]:
    """A folder that PostgreSQL's user can enter, as a clone is; pytest's own are private to their owner."""
    with tempfile.TemporaryDirectory(prefix="blitzrocket-serve-", dir=folder_in_memory()) as name:
        Path(name).chmod(0o711)
        yield Path(name)


def prepare(database: EmbeddedPostgres) -> None:
    """Give a database that was never started a cluster whose tables are made."""
    _copy(_made_once(), database.cluster)


def begin_to_make(at_the_end: Callable[[Callable[[], None]], None]) -> None:
    """Have the cluster made where it is missing, while this process goes on; `prepare` waits for it."""
    if not (CACHE / _state_of_the_code()).exists():
        making = subprocess.Popen([sys.executable, "-m", "tests.prepared"], cwd=ROOT)

        def wait() -> None:
            making.wait()

        at_the_end(wait)


def _made_once() -> Path:
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "making").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # Race: several test processes begin at once.
        cluster = CACHE / _state_of_the_code()
        if not cluster.exists():
            _make(cluster)
    return cluster


def _state_of_the_code() -> str:
    """What a cluster and its tables are made by: our code and the versions of the libraries."""
    state = hashlib.sha256(sys.version.encode())
    for path in [ROOT / "requirements-dev.txt", *(path for app in APPS for path in sorted((ROOT / app).rglob("*.py")))]:
        state.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return state.hexdigest()[:16]


def _make(cluster: Path) -> None:
    for old in CACHE.iterdir():
        if old.is_dir():
            shutil.rmtree(old)
    with new_folder() as folder:
        database = EmbeddedPostgres(folder / "data")
        command = ["-m", "blitzrocket.devserver", "migrate", "--verbosity=0"]
        environment = plain_environment() | {"DATA_DIR": str(database.data_dir)}
        try:
            log = folder / "log"
            assert forking_programs().start(command, environment, log).wait(MAKE_SECONDS) == 0, log.read_text()
            unfinished = cluster.with_name("unfinished")
            _copy(database.cluster, unfinished)
            unfinished.rename(cluster)
        finally:
            shutil.rmtree(database.folder, ignore_errors=True)  # it may lie elsewhere


def _copy(cluster: Path, target: Path) -> None:
    """With owner and permissions, which PostgreSQL insists on."""
    subprocess.run(["cp", "-a", cluster, target], check=True)


if __name__ == "__main__":
    _made_once()
