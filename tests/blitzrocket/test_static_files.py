"""Static files of a production and long answers of the API: small on the wire, kept by browsers."""

import gzip
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from django.conf import settings

from tests.programs import Programs
from tests.support import Server, Shop, record, running, test_database_url

A_YEAR = 365 * 24 * 3600


@pytest.fixture(scope="module")
def collected(programs: Programs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("static")
    environment = os.environ | {"STATIC_ROOT": str(folder)}
    collecting = programs.run(["manage.py", "collectstatic", "--noinput", "--verbosity", "0"], environment)
    assert collecting.returncode == 0, collecting.stderr
    return folder


@pytest.fixture(scope="module")
def of_collected(django_db_setup: None, collected: Path) -> Iterator[Server]:
    log = collected.parent / "log"
    with running(Server(test_database_url(), log, WEB_CONCURRENCY="1", STATIC_ROOT=str(collected))) as server:
        yield server


@pytest.fixture
def production(of_collected: Server, transactional_db: None) -> Server:
    return of_collected


@pytest.mark.parametrize("path", ["/", "/admin/login/", "/api/docs"])
def test_every_file_of_a_page_is_cached_for_a_year(production: Server, path: str) -> None:
    html = requests.get(production.base_url + path, timeout=10).text
    files = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', html))
    assert files
    for file in files:
        answer = requests.get(production.base_url + file, timeout=10)
        assert answer.status_code == 200, file
        max_age = re.fullmatch(r"max-age=(\d+), public, immutable", answer.headers["Cache-Control"])
        assert max_age, file
        assert int(max_age[1]) >= A_YEAR, file
        if file.endswith((".js", ".css")) and len(answer.content) > 500:
            assert answer.headers["Content-Encoding"] == "gzip", file


def test_the_bundles_of_the_admin_have_a_digest_in_their_names(production: Server, collected: Path) -> None:
    names = json.loads((collected / "staticfiles.json").read_text())["paths"]
    for bundle, parts in settings.STATIC_BUNDLES.items():
        answer = requests.get(f"{production.base_url}/static/{names[bundle]}", timeout=10)
        assert re.search(r"\.[0-9a-f]{12}\.", names[bundle])
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["Content-Encoding"] == "gzip"
        assert all((collected / part).read_text() in answer.text for part in parts if part.endswith(".js"))


def test_the_api_reference_loads_less_than_a_megabyte(production: Server) -> None:
    html = requests.get(f"{production.base_url}/api/docs", timeout=10).text
    files = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', html))
    sent = [requests.get(production.base_url + file, timeout=10).headers["Content-Length"] for file in files]
    assert sum(map(int, sent)) < 1_000_000


def raw(server: Server, shop: Shop, encoding: str, limit: int) -> tuple[requests.Response, bytes]:
    answer = requests.get(
        f"{server.base_url}/api/v1/contests/{shop.contest.pk}/purchases?limit={limit}",
        headers={"x-api-key": shop.private_key, "Accept-Encoding": encoding},
        stream=True,
        timeout=10,
    )
    return answer, answer.raw.read(decode_content=False)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("encoding", "limit", "compressed"),
    [("gzip", 100, True), ("gzip, br", 100, True), ("br", 100, False), ("identity", 100, False), ("gzip", 1, False)],
)
def test_long_responses_are_compressed_on_request(
    server: Server, shop: Shop, encoding: str, limit: int, compressed: bool
) -> None:
    for _ in range(8):
        record(shop)
    answer, body = raw(server, shop, encoding, limit)
    assert answer.headers.get("Content-Encoding") == ("gzip" if compressed else None)
    text = gzip.decompress(body) if compressed else body
    assert text.startswith(b'{"success":true')
    assert "Accept-Encoding" in answer.headers["Vary"]


def test_pages_of_the_admin_are_not_compressed(server: Server, transactional_db: None) -> None:
    """They hold a token and text of others; their length would tell it bit by bit (BREACH)."""
    answer = requests.get(f"{server.base_url}/admin/login/", headers={"Accept-Encoding": "gzip"}, timeout=10)
    assert "Content-Encoding" not in answer.headers
