"""The first receipt of an order decides its time and rules, also where two calls meet."""

from datetime import timedelta
from threading import Event, Thread

import pytest
from django.db import connection, transaction
from django.utils import timezone

from blitzrocket.emails import Email
from blitzrocket.postgres.statements import pipelined_transaction
from contests.models import Contest
from contests.models.rule_cache import published_rules
from purchases.models import Purchase, RejectedPurchase
from purchases.services import NewPurchase, Recorded, preview_purchase, record_purchase
from purchases.services.holding import hold_orders
from purchases.services.order_scoring import Conditions, state_of
from purchases.services.record_statements import Call
from tests.support import Shop, make_shop, wait_for_blocked

pytestmark = pytest.mark.django_db(transaction=True)


def order(email: str, days_ago: int) -> NewPurchase:
    at = timezone.now() - timedelta(days=days_ago)
    fields = {"order_id": "meeting", "amount": 20, "currency": "USD"}
    return NewPurchase(email=Email.parse(email), purchased_at=at, **fields)  # type: ignore[arg-type]


def hold_until(shop: Shop, contest: Contest, is_held: Event, may_commit: Event) -> None:
    call = Call(contest.pk, shop.team.pk, shop.keys["private"], timezone.now())
    conditions = Conditions(published_rules(contest.pk, contest.current_rules().pk), state_of(contest))
    with transaction.atomic():
        with pipelined_transaction() as commit:
            hold_orders(call, [order("late@example.com", 5)], conditions, commit)
        is_held.set()
        may_commit.wait(30)
    connection.close()


@pytest.mark.parametrize("is_preview", [False, True])
def test_the_first_receipt_decides_also_for_concurrent_calls(is_preview: bool) -> None:
    shop = make_shop()
    contest = Contest.objects.for_recording(shop.team.pk).get(pk=shop.contest.pk)
    is_held, may_commit = Event(), Event()
    holder = Thread(target=hold_until, args=[shop, contest, is_held, may_commit])
    holder.start()
    assert is_held.wait(30)
    answers: list[Recorded] = []

    def record_it() -> None:
        new_order, now = order("ada@example.com", 1), timezone.now()
        if is_preview:
            answers.append(preview_purchase(contest.pk, new_order, api_key=shop.keys["private"], received_at=now))
        else:
            answers.append(record_purchase(contest.pk, new_order, api_key=shop.keys["private"], received_at=now))
        connection.close()

    recorder = Thread(target=record_it)
    recorder.start()
    wait_for_blocked()
    may_commit.set()
    recorder.join(30)
    holder.join(30)
    assert set(answers[0].differences) == {"purchasedAt"}
    if not is_preview:
        held = RejectedPurchase.objects.get()
        assert (held.state, Purchase.objects.get().purchased_at) == ("recorded", held.purchased_at)
