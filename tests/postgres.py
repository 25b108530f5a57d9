"""A PostgreSQL of its own for the test run: named before Django reads its settings, started before the first test.

Its tables are made already, and the test database is a copy of them. With ``DATABASE_URL`` set, that server is used
instead. Each worker of pytest-xdist has a server of its own, so that what a test sees of the whole server (locks,
connections, transactions) is its own. Without ``fsync`` and what else survives a crash of the machine: a test ends
processes, never the machine. `make run`, whose database the tests kill, has its own settings.
"""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from blitzrocket.devserver import environment
from blitzrocket.devserver.embedded_postgres import DATABASE, EmbeddedPostgres
from tests.prepared import begin_to_make, folder_in_memory, prepare

SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

_database: EmbeddedPostgres | None = None

# Set beside DATABASE_URL where it is the server of the process that started this worker.
EMBEDDED = "TEST_DATABASE_IS_EMBEDDED"
if not os.environ.get("DATABASE_URL") or (EMBEDDED in os.environ and "PYTEST_XDIST_WORKER" in os.environ):
    _folder = Path(tempfile.mkdtemp(prefix="blitzrocket-test-", dir=folder_in_memory()))
    _folder.chmod(0o711)  # PostgreSQL may run as another user
    os.environ["DATA_DIR"] = str(_folder)
    _database = EmbeddedPostgres(_folder, report=environment.report, settings=SETTINGS)
    os.environ["DATABASE_URL"] = _database.url
    os.environ[EMBEDDED] = DATABASE
environment.set_defaults()


def server() -> EmbeddedPostgres | None:
    """The server of this process; None where DATABASE_URL names another."""
    return _database


def pytest_configure(config: pytest.Config) -> None:
    """Have its tables made while processes that run tests collect them."""
    if _database is not None and "PYTEST_XDIST_WORKER" not in os.environ:
        begin_to_make(at_the_end=config.add_cleanup)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Start it, but for a process that only hands out tests to others, or lists them."""
    options = session.config.option
    if _database is not None and not getattr(options, "numprocesses", None) and not options.collectonly:
        prepare(_database)
        _database.start()


def pytest_unconfigure() -> None:
    if _database is not None:
        _database.stop()
        shutil.rmtree(_database.folder, ignore_errors=True)
        shutil.rmtree(_database.data_dir, ignore_errors=True)
