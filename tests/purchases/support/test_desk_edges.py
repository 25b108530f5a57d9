"""Edge cases of the support desk, each of which failed once."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from blitzrocket.accounts.admin.team_scoped import change_url
from blitzrocket.accounts.models import Membership, Team, User
from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from blitzrocket.emails import Email
from contests.models import Contest, Entry
from contests.services import create_contest, create_entry
from contests.services.entry_search import MAX_RESULTS
from contests.services.preview import effects_of
from purchases.models import Purchase, RejectedPurchase
from purchases.services import (
    attach_purchase,
    changes_by_attaching,
    detach_purchase,
    move_purchase,
    record_statements,
    release_held_purchases,
)
from purchases.services import record as record_module
from purchases.support.search import SearchResults, SearchScope, search
from tests.purchases.orders import points_of
from tests.purchases.support.test_complaints import SupportDesk
from tests.support import Api, Shop, hold, make_shop, record, record_all

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def grace(shop: Shop) -> Entry:
    return create_entry(shop.contest, "grace@example.com")


@pytest.fixture
def desk(shop: Shop) -> SupportDesk:
    return SupportDesk(shop)


def look(shop: Shop, text: str, **options: Any) -> SearchResults:
    return search(
        text, SearchScope(Contest.objects.filter(team=shop.team), Team.objects.filter(pk=shop.team.pk)), **options
    )


def test_a_rejected_order_of_another_team_is_never_closed_with_the_purchase(api: Api, shop: Shop) -> None:
    stranger = make_shop("eve@example.com")
    api.record(stranger, stranger.order(orderId="1001"), contest_id=shop.contest.pk)
    for _ in range(2):
        record(shop, order_id="1001")
    rejected = RejectedPurchase.objects.get()
    assert (rejected.team, rejected.state, rejected.purchase) == (stranger.team, "rejected", None)
    page = SupportDesk(stranger).look_up("1001")
    assert "ada@example.com" not in page
    assert "for a contest that doesn't exist" in page


def test_all_purchases_cannot_be_voided_at_once(desk: SupportDesk, shop: Shop) -> None:
    record_all(shop, [f"#{number}" for number in range(101)])
    selection = {"action": "void_selected", "select_across": "1", "_selected_action": [Purchase.objects.first().pk]}  # type: ignore[union-attr]
    page = desk.client.post(reverse("admin:purchases_purchase_changelist"), selection, follow=True).content.decode()
    assert "Select at most 100 orders." in page
    assert not Purchase.objects.filter(status="voided").exists()


def test_a_detached_order_is_on_hold_and_its_pages_say_so(desk: SupportDesk, shop: Shop, grace: Entry) -> None:
    held = hold(shop, "aad@example.com", order_id="#7", amount=Decimal(10))
    desk.perform(held, "attach", near="", other="grace@example.com")
    desk.perform(held, "detach")
    assert "Tell us which email" in desk.reply("7")
    assert desk.client.get(reverse("admin:purchases_purchase_desk"), {"q": "7"})["Location"] == change_url(held)
    purchase = Purchase.objects.get()
    assert "Restore" not in desk.client.get(change_url(purchase)).content.decode()
    assert "Correct and record" not in desk.client.get(change_url(held)).content.decode()
    assert "Rejected order" in desk.client.get(change_url(purchase)).content.decode()
    desk.perform(held, "attach", near=shop.entry.pk)
    assert (points_of(shop.entry), points_of(grace)) == (10, 0)


def test_a_list_of_ids_is_searched_in_all_contests(shop: Shop) -> None:
    other = create_contest(shop.team, title="Other", slug="other", status="active")
    create_entry(other, shop.entry.email)
    ids = [f"L-{number:03}" for number in range(200)]
    for contest in (shop.contest, other):
        shop.contest = contest
        record_all(shop, ids[:120] if contest == other else ids, "1.00")
    results = look(shop, "\n".join(ids))
    assert results.missing == []
    assert [(term.text, term.order is not None, term.others) for term in results.terms] == [
        (order_id, True, int(order_id < "L-120")) for order_id in ids
    ]
    assert look(shop, "\n".join([*ids, "M-1"])).not_searched == 1


def test_an_order_id_may_have_a_comma(shop: Shop) -> None:
    record(shop, order_id="A,B")
    assert [order.order_id for order in look(shop, "a,b").orders] == ["A,B"]


def test_of_an_entrys_many_orders_the_newest_are_shown(shop: Shop) -> None:
    record_all(shop, [f"Z{number:04}" for number in range(MAX_RESULTS + 5)], "1.00")
    results = look(shop, shop.entry.email)
    assert (results.orders[0].order_id, len(results.orders), results.is_truncated) == ("Z0204", MAX_RESULTS, True)


def test_many_results_in_a_contest_do_not_hide_those_in_another(shop: Shop) -> None:
    record_all(shop, [f"Z{number:04}" for number in range(MAX_RESULTS + 5)], "1.00")
    other = create_contest(shop.team, title="Other", slug="other", status="active")
    create_entry(other, shop.entry.email)
    shop.contest = other
    record(shop, order_id="Z9")
    assert "Z9" in {order.order_id for order in look(shop, "z").orders}


def test_the_preview_of_an_attach_shows_also_the_earlier_entry(shop: Shop, grace: Entry, desk: SupportDesk) -> None:
    held = hold(shop, "aad@example.com", order_id="#7", amount=Decimal(10))
    desk.perform(held, "attach", near="", other="grace@example.com")
    desk.perform(held, "detach")
    effect = desk.preview(held, "attach", near=shop.entry.pk)
    assert "0 → 10" in effect
    assert "grace@example.com" in effect


def test_a_bulk_action_sent_again_acts_on_the_remaining_orders(desk: SupportDesk, shop: Shop) -> None:
    for number in range(3):
        record(shop, order_id=f"#{number}")
    ids = [str(pk) for pk in Purchase.objects.values_list("pk", flat=True)]
    url = f"{reverse('admin:purchases_purchase_changelist')}?status__exact=recorded"
    selection = {"action": "void_selected", "confirmed": "1", "reason": "A test", "request_id": "act_1"}
    desk.client.post(url, selection | {"_selected_action": ids[:1]})
    page = desk.client.post(url, selection | {"_selected_action": ids}, follow=True).content.decode()
    assert "Voided 2 orders." in page
    assert set(Purchase.objects.values_list("status", flat=True)) == {"voided"}


def test_an_order_recorded_in_another_contest_is_one_result(desk: SupportDesk, shop: Shop, api: Api) -> None:
    api.record(shop, shop.order(orderId="#10", amount=5), contest_id="spring")
    form = {"contest": shop.contest.pk, "email": "ada@example.com", "amount": "5", "currency": "USD"}
    desk.perform(RejectedPurchase.objects.get(), "record", **form, purchased_at="2026-11-01 10:00")
    results = look(shop, "10")
    assert results.only_result == Purchase.objects.get()
    assert "earned 5 points" in desk.reply("10")


def test_a_moved_order_is_found_by_its_earlier_entry(shop: Shop, grace: Entry) -> None:
    record(shop, order_id="#11")
    move_purchase(Purchase.objects.get(), grace, audit=AuditContext())
    assert [order.order_id for order in look(shop, "ada@example.com").orders] == ["#11"]


@pytest.mark.parametrize(
    "path",
    [
        "purchases/purchase/?contest=%00",
        "purchases/purchase/export/?status__exact=%00",
        "purchases/rejectedpurchase/?key=%00",
        "purchases/purchase/%00/change/",
        "audit/auditevent/?before=%00",
        "purchases/purchase/desk/?q=%00",
    ],
)
def test_a_nul_character_is_a_bad_request(desk: SupportDesk, path: str) -> None:
    assert desk.client.get(f"/admin/{path}").status_code == 400
    selection = {"action": "void_selected", "_selected_action": "\0"}
    assert desk.client.post(reverse("admin:purchases_purchase_changelist"), selection).status_code == 400


def test_a_used_request_id_is_refused_with_a_message(desk: SupportDesk, shop: Shop) -> None:
    for number in (1, 2):
        record(shop, order_id=f"#{number}")
    first, second = Purchase.objects.order_by("id")
    desk.perform(first, "void")
    used = AuditEvent.objects.filter(action="voided").get().pk
    for audit, fields in (("void", {}), ("refund", {"amount": "1"})):
        url = reverse(f"admin:purchases_purchase_{audit}", args=[change_url(second).split("/")[-3]])
        form = {"reason": "x", "request_id": used, "_form_submitted": "True"} | fields
        assert "This form was already submitted." in desk.client.post(url, form).content.decode()
    second.refresh_from_db()
    assert (second.status, second.refunded_amount) == ("recorded", Decimal(0))


def test_a_reopened_order_whose_entry_exists_is_recorded(desk: SupportDesk, shop: Shop) -> None:
    held = hold(shop, "late@example.com", order_id="#12")
    desk.perform(held, "dismiss")
    release_held_purchases(create_entry(shop.contest, "late@example.com"))
    assert not Purchase.objects.exists()
    desk.perform(held, "reopen")
    assert Purchase.objects.get().entry.email == "late@example.com"


def test_an_order_recorded_in_another_contest_is_held_when_received_again(
    desk: SupportDesk, shop: Shop, api: Api
) -> None:
    other = create_contest(shop.team, title="Other", slug="other", status="active")
    create_entry(other, "ada@example.com")
    held = hold(shop, "late@example.com", order_id="#13")
    form = {"contest": other.pk, "email": "ada@example.com", "amount": "5", "currency": "USD"}
    assert not desk.perform(held, "record", **form, purchased_at="2026-11-01 10:00")
    api.record(shop, shop.order(orderId="#13", email="late@example.com"))
    held.refresh_from_db()
    assert (held.state, held.times) == ("held", 2)


def test_a_held_order_that_cannot_be_recorded_does_not_stop_the_others(shop: Shop) -> None:
    for number in range(3):
        hold(shop, "late@example.com", order_id=f"#{number}")
    RejectedPurchase.objects.filter(order_id="#1").update(amount="unreadable")
    assert release_held_purchases(create_entry(shop.contest, "late@example.com")) == 2


def test_a_detached_order_is_not_closed_by_a_concurrent_duplicate(
    shop: Shop, grace: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = hold(shop, "aad@example.com", order_id="#14")
    attach_purchase(held, grace, audit=AuditContext())

    def detach() -> None:
        detach_purchase(held, audit=AuditContext())
        connection.close()

    def detach_and_close(contest_id: str, order_ids: Sequence[str]) -> None:
        with ThreadPoolExecutor(1) as another_user:
            another_user.submit(detach).result()
        close(contest_id, order_ids)

    close = record_statements.close_rejections
    monkeypatch.setattr(record_module, "close_rejections", detach_and_close)
    record(shop, order_id="#14", email=Email.parse("aad@example.com"))
    held.refresh_from_db()
    assert held.state == "held"


def test_an_effect_is_of_each_entry_once(shop: Shop) -> None:
    waiting = hold(shop, "aad@example.com", order_id="#15")
    attach_purchase(waiting, shop.entry, audit=AuditContext())
    detach_purchase(waiting, audit=AuditContext())
    waiting.refresh_from_db()
    effect = effects_of(changes_by_attaching(waiting, shop.entry))
    assert [(each.entry, each.points_before, each.points_after) for each in effect] == [(shop.entry, 0, 50)]


def test_an_unknown_email_has_its_own_reply(desk: SupportDesk) -> None:
    assert "The email x@example.com isn't registered" in desk.reply("x@example.com")


@pytest.mark.parametrize("order_id", ["#9001", "#abc1", "9001", "2026-9001", "SO-17", "shop_9", "S9001", "9f8a7c21"])
def test_an_unknown_order_id_has_a_reply(desk: SupportDesk, order_id: str) -> None:
    assert f"We haven't received order {order_id} yet." in desk.reply(order_id)


@pytest.mark.parametrize("text", ["John Smith", "Marai", "maria85", "@maria85", "Marai 85", "brk_priv_zzz1", "no@way"])
def test_what_is_no_order_id_has_no_reply(desk: SupportDesk, text: str) -> None:
    page = desk.look_up(text)
    assert "No results" in page
    assert "Check the spelling" in page
    assert "Copy reply" not in page


def test_an_order_id_that_starts_other_ids_can_be_searched(desk: SupportDesk, shop: Shop) -> None:
    for order_id in ("77", "77-A"):
        record(shop, order_id=order_id)
    assert "Orders with similar IDs" in desk.look_up("77")
    client: Client = desk.client
    page = client.get(reverse("admin:purchases_purchase_desk"), {"q": "77", "begins": "1"}).content.decode()
    assert "77-A" in page


def test_the_desk_is_for_owners_and_support_only(shop: Shop) -> None:
    user_client = Client()
    user_client.force_login(User.objects.create_user("nobody", is_staff=True))
    assert user_client.get(reverse("admin:purchases_purchase_desk"), {"q": "1"}).status_code == 403
    assert not Membership.objects.filter(user__username="nobody").exists()
