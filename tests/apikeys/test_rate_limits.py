"""A key makes so many calls a minute, counted exactly over all processes."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest
from django.db.models import F
from django.utils import timezone

from apikeys.models import ApiKey, CallWindow
from contests.services import create_entry
from tests.support import Api, Server, Shop, make_shop, test_database_url, wait_for


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return make_shop()


def limit(shop: Shop, calls: int, kind: str = "private") -> None:
    ApiKey.objects.filter(pk=shop.keys[kind].pk).update(rate_limit=calls)


def test_every_response_has_the_limits_headers(api: Api, shop: Shop) -> None:
    limit(shop, 6000)
    answers = [api.record(shop), api.record(shop, b"{"), api.record(shop, contest_id="none")]
    assert [answer.headers["RateLimit-Policy"] for answer in answers] == ['"default";q=6000;w=60'] * 3
    assert [answer.headers["RateLimit"] for answer in answers] == [
        f'"default";r={left};t=60' for left in (5999, 5998, 5997)
    ]


def test_a_403_has_the_limits_headers_too(api: Api, shop: Shop) -> None:
    limit(shop, 100, "public")
    assert api.record(shop, key=shop.public_key).headers["RateLimit"] == '"default";r=99;t=60'


def test_a_call_beyond_the_limit_is_429(api: Api, shop: Shop) -> None:
    limit(shop, 2)
    answers = [api.record(shop) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [201, 201, 429, 429]
    refused = answers[2]
    body = refused.json()
    assert (body["error"], body["code"]) == ("Rate limit exceeded", "rate_limit_exceeded")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.headers["RateLimit"].startswith('"default";r=0;t=')


def test_a_new_minute_starts_with_its_first_call(api: Api, shop: Shop) -> None:
    limit(shop, 1)
    assert [api.record(shop).status_code for _ in range(2)] == [201, 429]
    CallWindow.objects.update(started_at=F("started_at") - timedelta(seconds=59))
    assert api.record(shop).status_code == 429
    CallWindow.objects.update(started_at=F("started_at") - timedelta(seconds=1))
    assert [api.record(shop).status_code for _ in range(2)] == [201, 429]


def test_the_limit_is_exact_over_processes(server: Server, shop: Shop) -> None:
    limit(shop, 100)

    def calls(_: int) -> list[int]:
        api = Api(server.base_url)
        return [api.record(shop, b"{}").status_code for _ in range(25)]

    with ThreadPoolExecutor(16) as pool:
        statuses = Counter(status for batch in pool.map(calls, range(16)) for status in batch)
    assert statuses == {400: 100, 429: 300}


def test_each_key_has_its_own_limit(api: Api, shop: Shop) -> None:
    other = make_shop()
    limit(shop, 1)
    limit(other, 1)
    assert [api.record(each).status_code for each in (shop, other, shop, other)] == [201, 201, 429, 429]


def test_only_calls_of_valid_keys_are_counted(api: Api, shop: Shop) -> None:
    limit(shop, 10)
    assert api.record(shop, key="brk_priv_" + "a" * 32).status_code == 401
    shop.keys["private"].revoke()
    assert api.record(shop).status_code == 401
    ApiKey.objects.update(revoked_at=None, expires_at=timezone.now())
    assert api.record(shop).status_code == 401
    assert CallWindow.objects.count() == 0
    ApiKey.objects.update(expires_at=None)
    assert api.record(shop).headers["RateLimit"] == '"default";r=9;t=60'


def test_a_call_does_not_wait_for_another_of_its_key(server: Server, api: Api, shop: Shop) -> None:
    """The count is committed before the work: no call holds it while it waits, here for an entry."""
    limit(shop, 10)
    other = create_entry(shop.contest, "other@example.com")
    with psycopg.connect(test_database_url()) as keeper, ThreadPoolExecutor(1) as callers:
        keeper.execute("SELECT 1 FROM contests_entry WHERE id = %s FOR UPDATE", [shop.entry.pk])
        waiting = callers.submit(lambda: Api(server.base_url).record(shop))
        wait_for(lambda: CallWindow.objects.filter(calls=1).exists(), "the call to be counted")
        assert api.record(shop, shop.order(email=other.email)).status_code == 201
        assert not waiting.done()
        keeper.rollback()
        assert waiting.result().status_code == 201


def test_a_key_may_have_no_limit(api: Api, shop: Shop) -> None:
    answer = api.record(shop)
    assert answer.status_code == 201
    assert "RateLimit" not in answer.headers
    assert CallWindow.objects.count() == 0
