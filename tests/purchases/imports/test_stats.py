"""Imported purchases are in no stats, recalculation or backtest, but count towards caps."""

from decimal import Decimal

import pytest

from blitzrocket.audit.context import AuditContext
from blitzrocket.jobs.queue import run_all_jobs
from contests.services import terms_as_edited
from purchases.models import DailyStat, RecalculatedAward
from purchases.services import void_purchase
from purchases.services.backtest import start_backtest
from purchases.services.recalculation import start_recalculation, undo_recalculation
from purchases.stats import catch_up_all, figures_of, prove
from tests.clock import Clock, clock  # noqa: F401  (a fixture)
from tests.purchases.imports.past_orders import imported, purchase_of, row, undone
from tests.purchases.orders import buy, faults, points_of, refund, status_and_points
from tests.support import Api, Shop, make_shop, record, set_rules

Figure = DailyStat.Figure


def test_no_figure_counts_imported_purchases_or_their_refunds(shop: Shop, clock: Clock) -> None:  # noqa: F811
    purchase_import = imported(shop.contest, row(), row("1002"), row("1003"))
    refund(purchase_of("1002"), "10.00")
    void_purchase(purchase_of("1003"), audit=AuditContext())
    record(shop, "30.00", order_id="here")
    record(shop, "30.00", order_id="1001")
    undone(purchase_import)

    def check() -> None:
        figures = figures_of([shop.contest.pk], 30)
        purchase = figures.of_key(Figure.PURCHASES)
        assert (purchase.count, purchase.amount) == (1, Decimal(30))
        assert [(code, data.count, data.amount) for code, data in figures.keys(Figure.REVENUE)] == [
            ("USD", 1, Decimal(30))
        ]
        assert [figures.of_key(Figure.LEDGER, kind).count for kind in ("earned", "refunded", "voided")] == [1, 0, 0]
        assert figures.of_key(Figure.DUPLICATES).count == 1, "sent again is sent again"

    catch_up_all()
    check()
    clock.go(days=2)
    catch_up_all()
    check()
    assert prove(shop.contest.pk) == []


def test_recalculation_and_backtest_skip_imported_purchases(shop: Shop) -> None:
    imported(shop.contest, row(), adds_points=True)
    buy(shop, "10.00")
    set_rules(shop.contest, {"points_per_unit": 2})
    job = start_backtest(shop.contest, terms_as_edited(shop.contest), days=0, by=None)
    run_all_jobs()
    job.refresh_from_db()
    assert (job.result["purchases"], job.result["points_before"], job.result["points_after"]) == (1, 10, 20)
    assert (job.done, job.total) == (1, 1)
    started = start_recalculation(shop.contest, shop.contest.current_rules(), days=0, audit=AuditContext(reason="?"))
    run_all_jobs()
    started.refresh_from_db()
    assert (started.scored_count, started.changed_count, started.points) == (1, 1, 10)
    assert status_and_points(purchase_of()) == ("recorded", 50)
    assert RecalculatedAward.objects.count() == 1
    undo_recalculation(started, audit=AuditContext(reason="?"))
    run_all_jobs()
    assert points_of(shop.entry) == 60
    assert faults() == []


@pytest.mark.parametrize(("cap", "points"), [(100, 50), (60, 10), (50, 0), (40, 0), (1000, 200)])
def test_imported_purchases_count_towards_the_cap_of_later_rules(shop: Shop, cap: int, points: int) -> None:
    first = buy(shop, "5.00")
    imported(shop.contest, row())
    second = buy(shop, "200.00")
    set_rules(shop.contest, {}, cap_per_entry=cap)
    room = min(points, max(0, cap - 5 - 50))
    job = start_backtest(shop.contest, terms_as_edited(shop.contest), days=0, by=None)
    run_all_jobs()
    job.refresh_from_db()
    assert job.result["points_after"] == 5 + room
    start_recalculation(shop.contest, shop.contest.current_rules(), days=0, audit=AuditContext(reason="?"))
    run_all_jobs()
    assert [status_and_points(purchase)[1] for purchase in (first, second, purchase_of())] == [5, room, 50]
    assert faults() == []


@pytest.mark.django_db(transaction=True)
def test_imported_purchases_over_the_api(api: Api) -> None:
    shop = make_shop()
    imported(shop.contest, row())
    path = f"/contests/{shop.contest.pk}"
    second_import = api.record(shop, shop.order(orderId="1001"), params={"explain": "true"})
    assert second_import.status_code == 200
    assert second_import.json()["data"]["explanation"]["history"] is True
    purchase = api.call(shop, "GET", f"{path}/purchases/{purchase_of().pk}").json()["data"]
    assert (purchase["pointsAwarded"], purchase["pointsNow"], purchase["recalculation"]) == (50, 50, None)
    explanation = purchase["explanation"]
    assert (explanation["history"], explanation["ruleSet"], explanation["rules"]) == (True, None, [])
    assert "imported from another service with 50 points" in explanation["sentence"]
    body = {"orderId": "1001", "refundId": "r1", "amount": 20}
    refunded = api.call(shop, "POST", f"{path}/refunds", body)
    assert (refunded.status_code, refunded.json()["data"]["pointsReversed"]) == (201, 21)
    figures = api.call(shop, "GET", f"{path}/analytics").json()["data"]["purchases"]
    assert figures == {"count": 0, "refunded": 0, "pointsAwarded": 0, "revenue": {}}
    assert api.record(shop, shop.order(orderId="new")).json()["data"]["pointsAwarded"] == 50
