"""What a load balancer asks, with neither the site's host name nor HTTPS."""

from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

WRITING = {"options": "-c default_transaction_read_only=off"}


@pytest.fixture
def probe(settings: Any) -> Client:
    settings.ALLOWED_HOSTS = ["points.example.com"]
    settings.HTTPS = settings.SECURE_SSL_REDIRECT = True
    return Client(SERVER_NAME="127.0.0.1")


def test_a_running_server_is_alive_and_ready(transactional_db: None, probe: Client) -> None:
    for path, text in (("/healthz", b"ok\n"), ("/readyz", b"ready\n")):
        answer = probe.get(path)
        assert (answer.status_code, answer.content) == (200, text)
    assert probe.get("/").status_code == 400


def test_missing_migrations_are_not_ready(transactional_db: None, probe: Client) -> None:
    applied = MigrationRecorder.Migration.objects.filter(app="contests").latest("id")
    applied.delete()
    answer = probe.get("/readyz")
    applied.save(force_insert=True)
    assert (answer.status_code, answer.content) == (503, b"migrations are missing\n")


def set_read_only(value: str) -> None:
    """For all sessions that begin from now on."""
    name = connection.settings_dict["NAME"]
    with psycopg.connect(**connection.get_connection_params() | WRITING, autocommit=True) as session:
        session.execute(f"ALTER DATABASE {name} {value}")
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]  # of PostgreSQL's wrapper


def test_a_database_that_takes_no_writes_is_not_ready(transactional_db: None, probe: Client) -> None:
    set_read_only("SET default_transaction_read_only = on")
    try:
        answer = probe.get("/readyz")
        assert probe.get("/healthz").status_code == 200
    finally:
        set_read_only("RESET default_transaction_read_only")
    assert (answer.status_code, answer.content) == (503, b"the database takes no writes\n")
    assert probe.get("/readyz").status_code == 200


def test_without_a_database_the_process_is_alive_but_not_ready(probe: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OperationalError

    monkeypatch.setattr(connection, "ensure_connection", refuse)
    assert probe.get("/healthz").status_code == 200
    assert probe.get("/readyz").status_code == 503
