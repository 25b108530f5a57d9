"""Trials and recalculations as an owner begins them, and what stops them."""

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from blitzrocket.audit.context import AuditContext
from blitzrocket.jobs.models import Job
from blitzrocket.jobs.queue import run_all_jobs
from purchases.models import Purchase, Recalculation
from purchases.services.recalculation import start_recalculation, undo_recalculation
from tests.contests.rules_form import form, url
from tests.purchases.orders import buy, points_of
from tests.support import Shop, make_shop, set_rules, signed_in


def test_a_backtest_uses_the_rules_in_the_form(shop: Shop) -> None:
    buy(shop, "30.00")
    client = signed_in(shop, "owner")
    page = client.post(url(shop, "backtest"), form(shop, {"points_per_unit": "2"}, days="30")).content.decode()
    assert "Waiting" in page
    run_all_jobs()
    content = client.get(url(shop, "job", Job.objects.get().pk)).content.decode()
    assert "<strong>60</strong>" in content
    assert "instead of 30 points." in content
    assert ("ada@example.com" in content, "hx-get" in content) == (True, False)
    assert Purchase.objects.get().points_now == 30


def test_a_backtest_of_invalid_rules_shows_their_errors(shop: Shop) -> None:
    page = signed_in(shop, "owner").post(url(shop, "backtest"), form(shop, {"points_per_unit": "-1"}, days="30"))
    assert "greater than or equal to 0" in page.content.decode()
    assert not Job.objects.exists()


def past_recalculations(client: Client, shop: Shop) -> str:
    return client.get(url(shop, "history"), {"show": "recalculations"}).content.decode()


def test_a_recalculation_is_previewed_started_and_undone(shop: Shop) -> None:
    buy(shop, "30.00")
    set_rules(shop.contest, {"points_per_unit": 2})
    client = signed_in(shop, "owner")
    preview = client.post(url(shop, "recalculate"), {"look": "1", "days": "0"})
    run_all_jobs()
    page = client.get(preview["Location"]).content.decode()
    assert "instead of 30 points." in page
    backtest = Job.objects.get().pk
    form = {"confirm": "1", "backtest": backtest, "request_id": "act_one", "reason": ""}
    assert "This field is required." in client.post(url(shop, "recalculate"), form).content.decode()
    for _ in range(2):
        client.post(url(shop, "recalculate"), form | {"reason": "As announced"})
    run_all_jobs()
    assert points_of(shop.entry) == 60
    assert "1 of 1 order changed, +30 points" in past_recalculations(client, shop)
    recalculation = Recalculation.objects.get()
    undo = url(shop, "recalculated", recalculation.pk)
    assert client.get(undo).status_code == 200
    for _ in range(2):
        client.post(undo, {"reason": "A mistake", "request_id": "act_two", "undo": "1"})
    run_all_jobs()
    assert points_of(shop.entry) == 30
    assert "Undone" in past_recalculations(client, shop)


def test_a_recalculation_needs_a_preview_of_the_current_rules(shop: Shop) -> None:
    buy(shop, "30.00")
    set_rules(shop.contest, {"points_per_unit": 2})
    client = signed_in(shop, "owner")
    client.post(url(shop, "recalculate"), {"look": "1", "days": "0"})
    run_all_jobs()
    set_rules(shop.contest, {"points_per_unit": 3})
    form = {"confirm": "1", "backtest": Job.objects.get().pk, "request_id": "act_one", "reason": "?"}
    assert "The rules have changed since this preview." in client.post(url(shop, "recalculate"), form).content.decode()
    assert not Recalculation.objects.exists()


def test_a_recalculation_needs_a_recent_preview(shop: Shop) -> None:
    buy(shop, "30.00")
    set_rules(shop.contest, {"points_per_unit": 2})
    client = signed_in(shop, "owner")
    client.post(url(shop, "recalculate"), {"look": "1", "days": "0"})
    run_all_jobs()
    Job.objects.update(finished_at=timezone.now() - timedelta(hours=2))
    form = {"confirm": "1", "backtest": Job.objects.get().pk, "request_id": "act_one", "reason": "?"}
    assert "This preview is more than an hour old." in client.post(url(shop, "recalculate"), form).content.decode()
    assert not Recalculation.objects.exists()


def test_an_interrupted_undo_is_shown_and_can_be_continued(shop: Shop) -> None:
    buy(shop, "30.00")
    set_rules(shop.contest, {"points_per_unit": 2})
    audit = AuditContext(reason="As announced")
    recalculation = start_recalculation(shop.contest, shop.contest.current_rules(), days=0, audit=audit)
    run_all_jobs()
    client = signed_in(shop, "owner")
    client.post(url(shop, "recalculated", recalculation.pk), {"reason": "?", "request_id": "act_two"})
    recalculation.refresh_from_db()
    assert recalculation.undo_job is None
    undo_recalculation(recalculation, audit=AuditContext(reason="A mistake"))
    Job.objects.get(kind="undo_recalculation").cancel()
    page = past_recalculations(client, shop)
    assert "Undoing: Cancelled, 0 of 1" in page
    assert "Continue or undo" not in page
    assert url(shop, "recalculated", recalculation.pk) in page
    assert url(shop, "recalculated", recalculation.pk) not in past_recalculations(signed_in(shop, "support"), shop)


def test_only_owners_recalculate(shop: Shop) -> None:
    other = make_shop("eve@example.com")
    assert signed_in(shop, "support").post(url(shop, "recalculate"), {"look": "1", "days": "0"}).status_code == 403
    assert signed_in(shop, "owner").post(url(other, "recalculate"), {"look": "1", "days": "0"}).status_code == 403
    assert not Job.objects.exists()
