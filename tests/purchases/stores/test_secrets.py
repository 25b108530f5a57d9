"""Secrets of connections at rest: encrypted, and moved from one key to the next without a gap."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from purchases.models import StoreConnection
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
