"""The doors: what pages may load, guessing passwords, cookies and headers of a production."""

import re
from typing import Any

import pytest
from django.test import Client

from blitzrocket.accounts.models import User
from tests.blitzrocket.test_settings import GOOD
from tests.programs import Programs

STRICT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def policy(answer: Any) -> dict[str, str]:
    parts = (part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
    return {part[0]: part[1] for part in parts}


@pytest.mark.parametrize("path", ["/", "/nothing", "/api/v1/nothing", "/api/schema"])
def test_pages_load_nothing_from_other_hosts_and_run_nothing_inline(db: None, client: Client, path: str) -> None:
    expected = dict(part.strip().split(" ", 1) for part in STRICT.split(";"))
    assert policy(client.get(path)) == expected


def test_the_admin_gets_what_its_library_needs_and_no_more(db: None, client: Client) -> None:
    directives = policy(client.get("/admin/login/"))
    assert directives["script-src"].split() == ["'self'", "'unsafe-eval'"]
    assert directives["style-src"].split() == ["'self'", "'unsafe-inline'"]
    assert directives["default-src"] == "'none'"


@pytest.mark.parametrize("path", ["/", "/admin/login/", "/api/docs"])
def test_no_page_has_a_script_in_it(db: None, client: Client, path: str) -> None:
    scripts = re.findall(r"<script([^>]*)>", client.get(path).content.decode())
    assert all("src=" in attributes or "json" in attributes for attributes in scripts)


def sign_in(client: Client, password: str, username: str = "ada") -> Any:
    return client.post("/admin/login/", {"username": username, "password": password, "next": "/admin/"})


def test_guessing_passwords_is_stopped(db: None, client: Client) -> None:
    User.objects.create_user("ada", password="right-one-1", is_staff=True)
    User.objects.create_user("grace", password="right-one-1", is_staff=True)
    for _ in range(4):
        assert sign_in(client, "wrong").status_code == 200
    stopped = sign_in(client, "wrong")
    assert (stopped.status_code, "Too many attempts" in stopped.content.decode()) == (429, True)
    assert sign_in(client, "right-one-1").status_code == 429
    assert sign_in(client, "right-one-1", "grace").status_code == 302


def test_a_page_has_security_headers(db: None, client: Client) -> None:
    headers = client.get("/admin/login/").headers
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    cookie = client.cookies["csrftoken"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


@pytest.mark.parametrize(("preload", "silenced"), [("true", 0), ("false", 1)])
def test_djangos_deployment_check_has_no_warnings(programs: Programs, preload: str, silenced: int) -> None:
    """Off the preload list, which takes months to leave, is a choice and no oversight: that one check is silenced."""
    environment = GOOD | {"SECRET_KEY": "a8$kz!" * 12, "PATH": "", "HSTS_PRELOAD": preload}
    checked = programs.run(["manage.py", "check", "--deploy", "--fail-level", "WARNING"], environment)
    assert checked.returncode == 0, checked.stderr
    assert f"no issues ({silenced} silenced)" in checked.stdout


@pytest.mark.parametrize(
    ("environment", "header"),
    [
        ({}, "max-age=31536000; includeSubDomains"),
        ({"HSTS_PRELOAD": "true"}, "max-age=31536000; includeSubDomains; preload"),
        ({"HSTS_INCLUDE_SUBDOMAINS": "no"}, "max-age=31536000"),
        ({"HSTS_SECONDS": "3600", "HSTS_INCLUDE_SUBDOMAINS": "0"}, "max-age=3600"),
        ({"HSTS_SECONDS": "0"}, "None"),
        ({"HTTPS": "false", "HSTS_PRELOAD": "true"}, "None"),
    ],
)
def test_hsts_follows_the_settings(programs: Programs, environment: dict[str, str], header: str) -> None:
    code = (
        "import django; django.setup(); from django.test import RequestFactory as F; "
        "from django.http import HttpResponse as R; from django.middleware.security import SecurityMiddleware as M; "
        "print(M(lambda r: R())(F(SERVER_NAME='shop.example').get('/', secure=True))"
        ".get('Strict-Transport-Security'))"
    )
    environment = GOOD | {"DJANGO_SETTINGS_MODULE": "blitzrocket.settings", "PATH": ""} | environment
    answer = programs.run(["-c", code], environment)
    assert answer.stdout.strip() == header, answer.stderr
