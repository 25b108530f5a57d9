"""Secrets of connections at rest: encrypted, and moved from one key to the next without a gap."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from blitzrocket.audit.context import AuditContext
from purchases.management.commands import reencrypt_store_secrets
from purchases.models import StoreConnection, WebhookEndpoint
from purchases.outgoing.endpoints import add_endpoint
from purchases.stores import secrets
from purchases.stores.connections import create_connection, replace_secret, secrets_of
from purchases.stores.secrets import SecretUnreadable
from tests.purchases.stores.deliveries import SECRET
from tests.support import Shop, make_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(db: None) -> Shop:
    return make_shop()


def connect(shop: Shop) -> StoreConnection:
    return create_connection(shop.contest, kind="shopify", name="German shop", secret=SECRET)


def read_again(connection: StoreConnection) -> StoreConnection:
    return StoreConnection.objects.get(contest=connection.contest_id, pk=connection.pk)


def test_a_key_is_replaced_without_a_gap(shop: Shop, settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    now = timezone.now()
    settings.STORE_SECRET_KEYS = []  # without it, the key is SECRET_KEY
    connection = connect(shop)
    replace_secret(connection, "newer", now)
    assert SECRET not in connection.previous_secret
    settings.STORE_SECRET_KEYS = ["new key", settings.SECRET_KEY]
    assert secrets_of(connection, now) == ["newer", SECRET]
    call_command("reencrypt_store_secrets")
    assert capsys.readouterr().out == "Encrypted the secrets of 1 store connection.\n"
    settings.STORE_SECRET_KEYS = ["new key"]
    assert secrets_of(read_again(connection), now) == ["newer", SECRET]
    with pytest.raises(SecretUnreadable):
        secrets_of(connection, now)


def test_the_command_says_how_far_it_is(
    shop: Shop, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        connect(shop)
    call_command("reencrypt_store_secrets")
    assert capsys.readouterr().err.splitlines() == [
        "Store connections: 2 read",
        "Webhooks: 0 read",
        "Authenticator apps: 0 read",
    ]
    monkeypatch.setattr(reencrypt_store_secrets, "TELL_SECONDS", 0)
    call_command("reencrypt_store_secrets")
    assert "Store connections: 1 read\nStore connections: 2 read\n" in capsys.readouterr().err


def test_a_secret_that_no_key_fits_is_named_and_stays(shop: Shop, settings: Any) -> None:
    settings.STORE_SECRET_KEYS = ["lost key"]
    connection = connect(shop)
    settings.STORE_SECRET_KEYS = ["new key"]
    readable = create_connection(shop.contest, kind="stripe", name="Stripe", secret=SECRET)
    with pytest.raises(CommandError, match=f"No key fits the secrets of {connection.pk}. Add the key"):
        call_command("reencrypt_store_secrets")
    assert read_again(connection).secret == connection.secret
    assert secrets_of(read_again(readable), timezone.now()) == [SECRET]


def test_a_secret_key_that_is_replaced_still_decrypts(shop: Shop, settings: Any) -> None:
    settings.STORE_SECRET_KEYS = []
    connection = connect(shop)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new secret key", [settings.SECRET_KEY]
    assert secrets_of(connection, timezone.now()) == [SECRET]


def stored(shop: Shop) -> tuple[StoreConnection, WebhookEndpoint]:
    audit = AuditContext()
    endpoint, _secret = add_endpoint(
        shop.contest, name="CRM", url="https://example.com", kinds=["entry.created"], audit=audit
    )
    return connect(shop), endpoint


def test_the_keys_that_are_needed_are_counted(shop: Shop, settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    settings.STORE_SECRET_KEYS = ["old key"]
    call_command("check_secrets")
    connection, endpoint = stored(shop)
    settings.STORE_SECRET_KEYS = ["new key", "old key"]
    connect(shop)
    call_command("check_secrets")
    assert capsys.readouterr().out == (
        "No secrets are stored.\n       1 secrets with key 1\n       2 secrets with key 2, an older one\n"
    )
    settings.STORE_SECRET_KEYS = ["new key"]
    with pytest.raises(CommandError, match=f"fits the secrets of {connection.pk}, {endpoint.pk}. Set"):
        call_command("check_secrets")


def test_an_interrupted_re_encryption_goes_on(
    shop: Shop, settings: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.STORE_SECRET_KEYS = ["old key"]
    for _ in range(3):
        connect(shop)
    settings.STORE_SECRET_KEYS = ["new key", "old key"]
    done: list[str] = []

    def reencrypt_one(text: str) -> str:
        if done:
            raise KeyboardInterrupt
        done.append(text)
        return secrets.secret_box.reencrypt(text)

    with monkeypatch.context() as patch:
        patch.setattr(secrets, "reencrypt", reencrypt_one)
        with pytest.raises(KeyboardInterrupt):
            call_command("reencrypt_store_secrets")
    call_command("reencrypt_store_secrets")
    call_command("reencrypt_store_secrets")
    assert capsys.readouterr().out == (
        "Encrypted the secrets of 2 store connections.\nEncrypted the secrets of 0 store connections.\n"
    )
