"""The plugin that fails a test whose log has a secret: what it listens to, and what it finds."""

import logging
from pathlib import Path
from typing import Any

import pytest

from apikeys.models import ApiKey
from blitzrocket.accounts.models import Team, User
from purchases.stores.connections import create_connection
from tests import logs_without_secrets
from tests.blitzrocket.accounts.signing_in import Phone, make_member
from tests.logs_without_secrets import FORMS, LISTENER, SECRETS, Listener, Outputs
from tests.support import Shop, invite, signed_in

pytestmark = pytest.mark.django_db


def logged(message: str, *arguments: Any, **fields: Any) -> str:
    """What a listener keeps of a record, which goes to no other handler."""
    listener = Listener()
    record = logging.makeLogRecord({"name": "app", "msg": message, "args": arguments, **fields})
    listener.emit(record)
    return listener.lines[0][1]


def secrets_of(shop: Shop) -> dict[str, str]:
    user = make_member("mia", shop.team)
    phone = Phone.of(user)
    client = signed_in(shop, "owner")
    client.get("/admin/")
    create_connection(shop.contest, kind="custom", name="Form", secret="a-secret-of-a-store")
    return {
        "key": ApiKey(team=shop.team, kind="private", name="x").new_secret(),
        "password": "a long passphrase 1",
        "session": client.session.session_key or "",
        "authenticator": phone.secret,
        "recovery code": phone.recovery_codes[0],
        "store": "a-secret-of-a-store",
        "invitation": invite(shop.team)[1],
    }


def test_each_kind_of_secret_is_found_where_it_is_logged(shop: Shop) -> None:
    for kind, secret in secrets_of(shop).items():
        for text in (logged(f"in {secret}!"), logged("in %s", secret), logged("field", value={"x": [secret]})):
            assert SECRETS.found_in(text), kind


def test_a_secret_in_a_traceback_is_found(shop: Shop) -> None:
    with pytest.raises(ValueError, match="brk_priv") as raised:
        raise ValueError(shop.private_key)
    error = raised.value
    assert SECRETS.found_in(logged("failed", exc_info=(type(error), error, error.__traceback__)))


def test_the_plugin_is_attached_to_the_root(db: None) -> None:
    assert LISTENER in logging.getLogger().handlers
    assert not SECRETS.found_in(logged("a request of %s", User(username="mia"), team=Team(name="x")))


@pytest.mark.parametrize(
    "line",
    [
        "key brk_priv_0123456789abcdefghij",
        "GET /admin/password/new/?token=abcdefghijklmnopqrstuvwxyz",
        "Cookie: sessionid=abcdefghijklmnopqrstuvwxyz012345",
        "Authorization: Bearer abcdefgh",
        "secret whsec_abcdefghijklmnopqrst",
        "hash pbkdf2_sha256$1000000$salt$hash",
    ],
)
def test_forms_of_secrets_of_other_processes(line: str) -> None:
    assert FORMS.search(line)


@pytest.mark.parametrize("line", ["key=brk_priv_012345", "token expired", "GET /?token=short", "sessions ended: 3"])
def test_what_is_no_secret(line: str) -> None:
    assert not FORMS.search(line)


def test_what_a_program_prints_is_read_once(tmp_path: Path) -> None:
    log, outputs = tmp_path / "log", Outputs()
    log.write_text("before\n")
    outputs.read[log] = log.stat().st_size
    log.write_text("before\nafter\n")
    assert list(outputs.new_lines()) == [("log", "after")]
    assert list(outputs.new_lines()) == []


def test_programs_that_go_on_are_listened_to() -> None:
    assert logs_without_secrets.OUTPUTS is not None
    from tests.programs import Programs  # noqa: PLC0415

    assert Programs.start.__name__ == "start_and_read"
