"""Keys: where they may stand, what they may do, when they open nothing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.admin.utils import quote
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apikeys.models import ApiKey, kind_of
from blitzrocket.audit.models import AuditEvent
from blitzrocket.tokens import digest_of
from tests.support import Api, Server, Shop, make_shop, signed_in, wait_for_blocked


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return make_shop()


def test_only_a_digest_of_a_key_is_stored(shop: Shop) -> None:
    key = shop.keys["private"]
    assert shop.private_key.startswith("brk_priv_")
    assert shop.public_key.startswith("brk_pub_")
    assert key.digest == digest_of(shop.private_key)
    row = str(ApiKey.objects.filter(pk=key.pk).values().get())
    assert shop.private_key not in row
    assert shop.private_key[9 + 6 :] not in row
    assert shop.private_key.startswith(key.prefix)


@pytest.mark.parametrize(
    "text", ["", "brk_priv_", "brk_priv_" + "x" * 31, "brk_pub_" + "é" * 32, "BRK_PUB_" + "x" * 32]
)
def test_other_texts_are_not_keys(text: str) -> None:
    assert kind_of(text) is None


@pytest.mark.parametrize("key", ["", "x", "brk_priv_" + "a" * 32, "brk_pub_" + "b" * 32])
def test_a_missing_or_unknown_key_is_401(api: Api, shop: Shop, key: str) -> None:
    answer = api.record(shop, headers={"x-api-key": key})
    body = answer.json()
    assert (answer.status_code, body["error"]) == (401, "Missing or invalid API key")
    assert body["code"] == ("invalid_api_key" if key else "missing_api_key")
    assert answer.headers["WWW-Authenticate"].startswith("ApiKey ")
    assert "RateLimit" not in answer.headers


def test_revoking_works_at_once(api: Api, shop: Shop) -> None:
    assert api.record(shop).status_code == 201
    shop.keys["private"].revoke()
    assert api.record(shop).json()["code"] == "invalid_api_key"


def test_two_owners_revoking_a_key_at_once_are_one_event(shop: Shop) -> None:
    key = shop.keys["private"]
    pages = [signed_in(shop, "owner") for _ in range(2)]
    with ThreadPoolExecutor(len(pages)) as pool:
        with transaction.atomic():
            ApiKey.objects.select_for_update().get(pk=key.pk)
            answers = [pool.submit(revoke, page, key) for page in pages]
            wait_for_blocked(len(pages))
        urls = [answer.result(60) for answer in answers]
    messages = [
        str(message) for page, url in zip(pages, urls, strict=True) for message in page.get(url).context["messages"]
    ]
    assert sorted(messages) == ["Already done: this key was revoked before.", "Key revoked."]
    assert AuditEvent.objects.about(key).filter(action="revoked").count() == 1


def revoke(owner: Client, key: ApiKey) -> str:
    """Revoke a key by its dialog, and return the address that follows."""
    dialog = reverse("admin:apikeys_apikey_revoke", args=[quote(key.pk)])
    try:
        return owner.post(dialog, {"_form_submitted": "True"}).headers["HX-Redirect"]
    finally:
        connection.close()


def test_a_key_expires(api: Api, shop: Shop) -> None:
    now = timezone.now()
    ApiKey.objects.update(expires_at=now + timedelta(minutes=1))
    assert api.record(shop).status_code == 201
    ApiKey.objects.update(expires_at=now)
    assert api.record(shop).json()["code"] == "invalid_api_key"


def test_two_keys_overlap_for_a_rotation(api: Api, shop: Shop) -> None:
    new = ApiKey(team=shop.team, kind=ApiKey.Kind.PRIVATE, name="new")
    secret = new.new_secret()
    new.save()
    assert [api.record(shop, key=key).status_code for key in (shop.private_key, secret)] == [201, 201]


def test_a_public_key_does_not_write(api: Api, shop: Shop) -> None:
    answer = api.record(shop, key=shop.public_key)
    assert answer.status_code == 403
    assert answer.json() | {"requestId": ""} == {
        "success": False,
        "error": "Private key required",
        "message": "This endpoint requires a private API key",
        "code": "private_key_required",
        "requestId": "",
    }


def test_only_a_public_key_is_accepted_in_the_url(api: Api, shop: Shop) -> None:
    private = api.record(shop, headers={"x-api-key": None}, params={"apiKey": shop.private_key})
    public = api.record(shop, headers={"x-api-key": None}, params={"apiKey": shop.public_key})
    both = api.record(shop, params={"apiKey": shop.private_key})
    assert [answer.json()["code"] for answer in (private, public, both)] == [
        "private_key_in_url",
        "private_key_required",
        "private_key_in_url",
    ]


def test_no_key_is_logged(api: Api, server: Server, shop: Shop) -> None:
    api.record(shop)
    api.record(shop, headers={"x-api-key": None}, params={"apiKey": shop.public_key})
    log = Path(server.log).read_text()
    assert shop.contest.pk in log
    assert shop.private_key not in log
    assert shop.public_key not in log


def test_last_use_is_written_at_most_once_a_minute(api: Api, shop: Shop) -> None:
    def last_used() -> object:
        return ApiKey.objects.get(pk=shop.keys["private"].pk).last_used_at

    assert last_used() is None
    api.record(shop)
    first = last_used()
    assert first is not None
    api.record(shop)
    assert last_used() == first
    earlier = timezone.now() - timedelta(seconds=61)
    ApiKey.objects.update(last_used_at=earlier)
    api.record(shop)
    assert last_used() != earlier
