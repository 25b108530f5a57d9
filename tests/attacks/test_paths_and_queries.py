"""Paths that leave a folder, texts that end a statement, and line breaks that begin a line of a log or a header."""

import json
import logging
import re
from collections.abc import Iterator
from itertools import cycle, product
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from blitzrocket.logs import LineFormatter, TextFormatter, log_config
from tests.attacks.targets import all_rows, some
from tests.contests.rules_form import settings_form, url
from tests.purchases.privacy.planting import call
from tests.support import Shop, make_shop, record, reject, signed_in

PATHS = [
    "../../../../etc/passwd", "..%2f..%2f..%2fetc/passwd", "%2e%2e/%2e%2e/etc/passwd", "..%252f..%252fetc/passwd",
    "....//....//etc/passwd",
    "..\\..\\manage.py", "%5c..%5cmanage.py", "/etc/passwd", "//etc/passwd", "file:///etc/passwd",
    "..%00/manage.py", ".env", ".git/config",
    "..;/manage.py", "blitzrocket/../../../manage.py", "%c0%ae%c0%ae/manage.py", "staticfiles.json", "",
    "blitzrocket/", "~root/.ssh/id_rsa",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("folder", ["/static/", "/", "/admin/", "/api/docs/", "/static/admin/"])
def test_a_path_leaves_no_folder(db: None, folder: str, path: str) -> None:
    answer: Any = Client().get(f"{folder}{path}", follow=False)
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    for text in (b"root:", b"DJANGO_SETTINGS_MODULE", b"SECRET_KEY", b"[core]", settings.SECRET_KEY.encode()):
        assert text not in content
    assert answer.status_code in (200, 301, 302, 400, 404)
    assert b"Index of" not in content


SLUGS = [
    "../../x",
    'a"; filename="evil.exe',
    "a\r\nX-Evil: 1",
    "a/b\\c",
    "a;b",
    "%0d%0aX-Evil",
    "",
    "\u202efdp.exe",
    "a\0b",
]


@pytest.mark.parametrize("slug", SLUGS)
def test_no_slug_makes_a_path_of_the_name_of_a_download(shop: Shop, slug: str) -> None:
    client = signed_in(shop, "owner")
    client.post(url(shop, "change"), settings_form(shop, slug=slug))
    for view in some(("export_entries", "export_purchases", "export_ledger"), SLUGS.index(slug) % 3):
        header = client.get(url(shop, view)).headers["Content-Disposition"]
        assert re.fullmatch(r'attachment; filename="[a-z]+-[a-z]+-[0-9-]+\.csv"', header), header


INJECTIONS = [
    "'", '"', "' OR '1'='1", "1; DROP TABLE contests_entry --", "1) UNION SELECT secret FROM apikeys_apikey --",
    "'||pg_sleep(9)||'",
    "-points_since,(SELECT 1)", "id);--", "%27", "\\'", "$$;SELECT 1;$$", "{}", "%s", "%(x)s", "%", "_", "\\", "*",
    "(" * 200,
    "id__password__startswith", "team__memberships__user__password", "contest__team__apikeys__digest",
]  # fmt: skip


@pytest.fixture
def two_shops(db: None) -> tuple[Shop, Shop]:
    shops = make_shop("ada@example.com"), make_shop("eve@example.com", title="Their secret contest")
    for shop in shops:
        record(shop)
        reject(shop)
    return shops


LIST_NAMES = ("q", "o", "p", "sort", "position", "contest", "state", "created", "_to_field")
API_NAMES = (
    "limit",
    "cursor",
    "sort",
    "order",
    "status",
    "email",
    "entryId",
    "orderId",
    "from",
    "to",
    "filter",
    "fields",
)
LOOKUPS = (
    "team__name",
    "contest__team__name",
    "entry__email__startswith",
    "api_key__digest__startswith",
    "actor__password__startswith",
    "user__password__startswith",
    "memberships__user__password__startswith",
)


def by_turns(turns: int, *choices: Any) -> Iterator[tuple[Any, ...]]:
    """So many combinations of these values with an attack, another attack each time."""
    attacks = cycle(INJECTIONS)
    for _ in range(turns):
        for each in product(*choices):
            yield (*each, next(attacks))


def changelists() -> list[str]:
    return [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist") for model in admin.site._registry
    ]


def test_no_parameter_of_a_list_is_part_of_a_statement(two_shops: tuple[Shop, Shop]) -> None:
    """Sorting, filtering, searching and paging."""
    client, before = signed_in(two_shops[0], "owner"), all_rows()
    for path, name, text in some(by_turns(1, changelists(), LIST_NAMES), 0):
        answer = client.get(path, {name: text})
        assert answer.status_code in (200, 302, 400, 403), (path, name, text)
        assert b"Their secret contest" not in answer.content, (path, name, text)
    for text in INJECTIONS:
        assert b"eve@example.com" not in client.get(reverse("admin:purchases_purchase_desk"), {"q": text}).content
    assert all_rows() == before


def test_no_lookup_through_other_tables_in_a_list(two_shops: tuple[Shop, Shop]) -> None:
    """Django's lists filter by any field in the address unless they are told not to: a way to read it by guessing."""
    client = signed_in(two_shops[0], "owner")
    for path, lookup in zip(changelists(), cycle(LOOKUPS), strict=False):
        pages = [client.get(path, {lookup: value}, follow=True) for value in ("a", "b")]
        assert {page.status_code for page in pages} <= {200, 400, 403}, path
        assert len({len(page.content) for page in pages}) == 1 or pages[0].status_code == 400, (path, lookup)


def test_no_parameter_or_path_of_the_api_is_part_of_a_statement(two_shops: tuple[Shop, Shop]) -> None:
    own, foreign = two_shops
    contest = f"/contests/{own.contest.pk}"
    paths = ("/contests", f"{contest}/entries", f"{contest}/purchases", f"{contest}/refunds", f"{contest}/leaderboard")
    for path, name, text in by_turns(2, paths, API_NAMES):
        answer = call(own, "GET", f"{path}?{name}={quote(text)}")
        assert answer.status_code in (200, 400), (path, name, text)
        assert foreign.contest.pk not in answer.content.decode()
    for text in INJECTIONS:
        segment = quote(text, safe="")
        for path in (
            f"/contests/{segment}",
            f"/entries/{segment}",
            f"/entries/lookup?contestId={segment}&email=a@b.co",
        ):
            assert call(own, "GET", path).status_code in (400, 404), path


BREAKS = ["\n", "\r", "\r\n", "\x1b[2J", "\x00", "\x85", "\u2028", "\x0b", "\x1b]0;x\x07", "\u202e"]


@pytest.mark.parametrize("form", [LineFormatter, TextFormatter])
@pytest.mark.parametrize("control", BREAKS)
def test_no_text_begins_a_line_of_the_log(form: Any, control: str) -> None:
    forged = f"ok{control}2026-11-27 ERROR forged"
    record_ = logging.LogRecord("blitzrocket.requests", logging.INFO, "x", 1, "%s signed in", (forged,), None)
    record_.__dict__ |= {"path": forged, "address": forged, "request_id": forged, "method": forged, "status": 200}
    line = formatter(form).format(record_)
    assert not set(line) & set("\n\r\x1b\0\v\a")
    assert form is LineFormatter or len(line.splitlines()) == 1  # JSON may have U+0085 and U+2028 in a string


def formatter(form: Any) -> logging.Formatter:
    """As the web servers make it."""
    name = f"{form.__module__}.{form.__qualname__}"
    (options,) = (each for each in log_config()["formatters"].values() if each["()"] == name)
    log_formatter: logging.Formatter = form(**{key: value for key, value in options.items() if key != "()"})
    return log_formatter


@pytest.mark.parametrize("control", BREAKS)
def test_what_a_stranger_sends_is_in_the_log_without_its_control_characters(
    shop: Shop, caplog: pytest.LogCaptureFixture, control: str
) -> None:
    forged = f"ok{control}forged"
    headers = {
        "X-Request-Id": forged,
        "User-Agent": forged,
        "X-Forwarded-For": forged,
        "Referer": forged,
        "x-api-key": forged,
    }
    with caplog.at_level(logging.INFO):
        Client().get(f"/api/v1/contests/{quote(forged)}?x={quote(forged)}", headers=headers)
        Client().post("/admin/login/", {"username": forged, "password": "wrong"}, headers=headers)
        Client().get(f"/{quote(forged)}", headers=headers)
    for line in caplog.records:
        assert f"ok{control}forged" not in line.getMessage(), line.name
        json.dumps({name: str(value) for name, value in line.__dict__.items()})


@pytest.mark.parametrize("control", ["\r\nX-Evil: 1", "\nSet-Cookie: a=b", "\r", "\x00"])
def test_no_text_begins_a_header_of_an_answer(shop: Shop, control: str) -> None:
    headers = {
        "X-Request-Id": f"a{control}",
        "Origin": f"https://a{control}",
        "Access-Control-Request-Headers": f"x{control}",
    }
    client = signed_in(shop, "owner")
    answers = [
        client.options(f"/api/v1/contests/{shop.contest.pk}", headers=headers),
        client.get("/api/v1/key", headers=headers | {"x-api-key": shop.private_key}),
        client.get("/admin/login/", {"next": f"/admin/{control}"}, headers=headers),
        client.post("/admin/logout/", {"next": f"/admin/{control}"}, headers=headers),
        client.get(f"/admin{quote(control)}", headers=headers),
    ]
    for answer in answers:
        assert "X-Evil" not in answer.headers
        assert not set("".join(answer.headers.values())) & set("\r\n\x00")
        assert "a" not in answer.cookies
