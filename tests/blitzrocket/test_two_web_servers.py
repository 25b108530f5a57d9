"""Two web servers on one database: they know nothing of each other, and each order and call counts once."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import pytest
from django.core.management import call_command

from apikeys.models import ApiKey
from contests.models import PointTransaction
from purchases.models import Purchase
from tests.profiles import times
from tests.support import Api, Server, Shop, make_shop, running, test_database_url

ORDERS = times(40, 300)
LIMIT = 60


@pytest.fixture(scope="module")
def servers(start_server: object, tmp_path_factory: pytest.TempPathFactory, server: Server) -> Iterator[list[Server]]:
    """The one of all tests, and another."""
    log = tmp_path_factory.mktemp("other") / "log"
    with running(Server(test_database_url(), log, WEB_CONCURRENCY="2")) as other:
        yield [server, other]


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return make_shop()


def test_the_same_order_sent_to_both_is_one_purchase(servers: list[Server], shop: Shop) -> None:
    orders = [shop.order() for _ in range(ORDERS)]

    def send(call: tuple[dict[str, object], Server]) -> tuple[object, int, str]:
        order, server = call
        answer = Api(server.base_url).record(shop, order)
        return order["orderId"], answer.status_code, answer.json()["data"]["purchaseId"]

    with ThreadPoolExecutor(16) as callers:
        answers = list(callers.map(send, product(orders, 2 * servers)))
    by_order: dict[object, Counter[tuple[int, str]]] = defaultdict(Counter)
    for order_id, status, purchase_id in answers:
        by_order[order_id][status, purchase_id] += 1
    ids = dict(Purchase.objects.values_list("order_id", "pk"))
    assert by_order == {order_id: {(201, pk): 1, (200, pk): 3} for order_id, pk in ids.items()}
    assert len(ids) == ORDERS
    assert PointTransaction.objects.filter(contest=shop.contest).count() == ORDERS
    call_command("check_ledger")


def test_a_keys_limit_is_exact_over_both(servers: list[Server], shop: Shop) -> None:
    ApiKey.objects.filter(pk=shop.keys["private"].pk).update(rate_limit=LIMIT)

    def calls(server: Server) -> list[int]:
        api = Api(server.base_url)
        return [api.record(shop, b"{}").status_code for _ in range(LIMIT // 6)]

    with ThreadPoolExecutor(12) as callers:
        statuses = Counter(status for batch in callers.map(calls, 6 * servers) for status in batch)
    assert statuses == {400: LIMIT, 429: LIMIT}
