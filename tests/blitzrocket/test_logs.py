"""The log: one format for every process, a line a request with its fields, and no traceback for a client's fault."""

import json
import logging
import os
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from pythonjsonlogger.json import JsonFormatter

from blitzrocket.logs import LineFormatter, QuietBadRequests, TextFormatter, log_config
from tests.conftest import StartServer
from tests.programs import Programs
from tests.support import ROOT, Api, Server, Shop, running, test_database_url, wait_for


def lines_of(log: Path) -> list[dict[str, Any]]:
    """Every line of a log is a JSON object."""
    return [json.loads(line) for line in log.read_text().splitlines()]


@pytest.fixture(scope="module")
def one_log(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("logged") / "log"
    with running(Server(test_database_url(), log, WEB_CONCURRENCY="1", LOG_FORMAT="json")) as server:
        yield server


@pytest.fixture
def logged(one_log: Server, transactional_db: None) -> Server:
    return one_log


@pytest.mark.parametrize(("name", "logger"), [("gunicorn", "gunicorn.error"), ("granian", "_granian")])
def test_the_web_servers_lines_have_our_format(
    start_server: StartServer, transactional_db: None, name: str, logger: str
) -> None:
    server = start_server(name)
    requests.get(f"{server.base_url}/only-one-line?query-in-no-line", timeout=10)
    wait_for(lambda: "only-one-line" in server.log.read_text(), "the line")
    lines = lines_of(server.log)
    assert {logger, "blitzrocket.requests"} <= {line["name"] for line in lines}
    assert len([line for line in lines if "only-one-line" in str(line)]) == 1
    assert "query-in-no-line" not in server.log.read_text()


def test_a_request_leaves_its_fields(logged: Server, shop: Shop) -> None:
    Api(logged.base_url).record(shop, headers={"X-Request-Id": "find-me"})
    wait_for(lambda: "find-me" in logged.log.read_text(), "the line")
    line = next(line for line in lines_of(logged.log) if line["request_id"] == "find-me")
    assert {name: line[name] for name in ("method", "path", "status", "key", "team", "contest", "address")} == {
        "method": "POST",
        "path": f"/api/v1/contests/{shop.contest.pk}/purchases",
        "status": 201,
        "key": shop.keys["private"].prefix,
        "team": shop.team.pk,
        "contest": shop.contest.pk,
        "address": "127.0.0.1",
    }
    assert line["duration_ms"] > 0
    assert shop.private_key not in logged.log.read_text()


@pytest.mark.parametrize(
    ("request_id", "host"), [*enumerate(["evil.example", "evil.example:8000", "a b", "[::1", "x" * 300])]
)
def test_an_unknown_host_is_one_warning(logged: Server, request_id: int, host: str) -> None:
    """Or none, where gunicorn refused it before Django."""
    headers = {"Host": host, "X-Request-Id": f"host-{request_id}"}
    answer = requests.get(f"{logged.base_url}/admin/login/", headers=headers, timeout=10)
    assert answer.status_code == 400
    assert "Traceback" not in logged.log.read_text()
    lines = [line for line in lines_of(logged.log) if line["name"].startswith("django.security")]
    assert {line["levelname"] for line in lines} <= {"WARNING"}
    assert all(re.fullmatch(r"host-[0-4]", line["request_id"]) for line in lines)
    assert len({line["request_id"] for line in lines}) == len(lines)


def record_with(**extra: Any) -> logging.LogRecord:
    record = logging.getLogger("jobs").makeRecord("jobs", logging.INFO, "f", 1, "job failed", (), None, extra=extra)
    record.request_id = "-"
    return record


def format_with(formatter: logging.Formatter, **extra: Any) -> str:
    return formatter.format(record_with(**extra))


@pytest.mark.parametrize(
    ("extra", "end"),
    [
        ({}, "[-] job failed"),
        ({"job": "job_1"}, "[-] job failed job=job_1"),
        ({"status": 404, "path": "/x"}, "[-] job failed status=404 path=/x"),
        ({"error": "a b"}, "[-] job failed error=a b"),
        ({"chore": "catch_up"}, "[-] job failed chore=catch_up"),
        ({"request": object()}, "[-] job failed"),
    ],
)
def test_text_shows_extra_fields(extra: dict[str, Any], end: str) -> None:
    assert format_with(TextFormatter(), **extra).endswith(end)


@pytest.mark.parametrize(
    "extra",
    [
        {},
        {"method": "POST", "path": "/api/x%0Ay", "status": 201, "duration_ms": 3.2, "address": None},
        {"error": "“é” \n \u2028 \ud800", "request": object()},
        {"job": {"id": 1, "names": ["a", None]}, "at": datetime(2026, 11, 22, tzinfo=UTC), "what": object},
    ],
)
def test_a_json_line_has_what_the_library_writes(extra: dict[str, Any]) -> None:
    config = log_config()["formatters"]["json"]
    options = {name: value for name, value in config.items() if name != "()"}
    record = record_with(**extra)
    line, expected = (json.loads(formatter(**options).format(record)) for formatter in (LineFormatter, JsonFormatter))
    assert line == expected
    assert list(line) == list(expected)
    assert "request" not in line


def raise_key_error() -> None:
    raise KeyError("ours")


def test_tracebacks_of_our_errors_are_logged() -> None:
    try:
        raise_key_error()
    except KeyError:
        record = logging.LogRecord("django.request", logging.ERROR, "f", 1, "x", (), sys.exc_info())
    QuietBadRequests().filter(record)
    assert record.exc_info is not None


def test_the_background_process_logs_its_start(programs: Programs, transactional_db: None, tmp_path: Path) -> None:
    environment = os.environ | {"DATABASE_URL": test_database_url(), "LOG_FORMAT": "json"}
    log = tmp_path / "log"
    process = programs.start(["manage.py", "run_jobs"], environment, log)
    try:
        wait_for(lambda: "\n" in log.read_text(), "its first line")
    finally:
        process.terminate()
        process.wait(30)
    line = json.loads(log.read_text().splitlines()[0])
    assert (line["message"], line["pid"]) == ("background process started", process.pid)


def test_no_process_has_a_format_of_its_own() -> None:
    config = log_config()
    assert set(config["handlers"]) == {"console"}
    assert all(not logger.get("handlers") for logger in config["loggers"].values())
    assert re.search(r"logconfig_dict = log_config\(\)", (ROOT / "gunicorn.conf.py").read_text())
