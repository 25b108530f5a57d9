import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.db.models.signals import post_save

from blitzrocket.audit.models import AuditEvent
from blitzrocket.audit.sentences import SENTENCES
from blitzrocket.web_server import COMMANDS
from tests.profiles import IS_LONG
from tests.programs import Programs, forking_programs
from tests.support import SHARED, Api, Server, Shop, make_shop, running, test_database_url
from tests.tables import disconnect

StartServer = Callable[[str], Server]
ModuleRows = Callable[[], AbstractContextManager[None]]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not IS_LONG:
        left_out = {item for item in items if item.get_closest_marker("long")}
        config.hook.pytest_deselected(items=[*left_out])
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    """pytest-django's: the database of the tests."""
    yield
    disconnect()


@pytest.fixture(scope="session", autouse=True)
def _each_event_has_a_sentence() -> None:
    """Whatever a test does in the admin or by a service, the activity log has a sentence for it."""
    post_save.connect(_check_sentence, sender=AuditEvent, dispatch_uid="sentences")


def _check_sentence(instance: AuditEvent, **_: object) -> None:
    kind = (instance.object_type, str(instance.action))
    assert kind in SENTENCES, f"The activity log has no sentence for {kind}: see blitzrocket/audit/sentences.py."


@pytest.fixture
def shop(db: None) -> Shop:
    return make_shop()


@pytest.fixture(scope="module")
def module_rows(django_db_setup: None, django_db_blocker: Any) -> Iterator[ModuleRows]:
    """A transaction for what a module's tests all begin with, made in ``with module_rows():``.

    What each test does, with ``db``, is a savepoint in it: a module that has it has no test that commits. It is rolled
    back after the last test. Tests get copies of the objects, since they change them.
    """
    rows = transaction.atomic()
    rows._from_testcase = True  # type: ignore[attr-defined]  # so a durable transaction may begin in it
    with django_db_blocker.unblock():
        rows.__enter__()
    yield django_db_blocker.unblock
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        rows.__exit__(None, None, None)


@pytest.fixture(scope="session")
def programs() -> Programs:
    return forking_programs()


@pytest.fixture(scope="session")
def start_server(
    django_db_setup: None, django_db_blocker: object, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StartServer]:
    """Starts a web server with two worker processes on the test run's database, once; its tests commit."""
    with ExitStack() as stack:

        @cache
        def start(name: str) -> Server:
            log = tmp_path_factory.mktemp(name) / "log"
            server = Server(test_database_url(), log, SERVER=name, WEB_CONCURRENCY="2", LOG_FORMAT="json")
            return stack.enter_context(running(server))

        yield start


@pytest.fixture(scope="session")
def server(start_server: StartServer) -> Server:
    """The web server that is the default."""
    return start_server("gunicorn")


@pytest.fixture(params=COMMANDS)
def each_server(request: pytest.FixtureRequest, start_server: StartServer) -> Server:
    """Each web server that can be chosen."""
    return start_server(request.param)


@pytest.fixture
def api(server: Server, transactional_db: None) -> Api:
    return Api(server.base_url)


@pytest.fixture(scope="session")
def corpora() -> Path:
    """Hostile input that lies beside the project where it is checked, and is required there."""
    return _beside_the_project("corpora")


@pytest.fixture(scope="session")
def samples() -> Path:
    """Deliveries as stores send them, in the same way."""
    return _beside_the_project("samples")


def _beside_the_project(name: str) -> Path:
    folder = SHARED / name
    if not folder.is_dir():
        if os.environ.get("REQUIRE_CORPORA"):
            pytest.fail(f"REQUIRE_CORPORA is set and {folder} is missing")
        pytest.skip(f"the {name} are not beside this checkout (../shared/{name})")
    return folder
