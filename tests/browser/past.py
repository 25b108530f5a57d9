"""Six weeks in which a shop sold something, for the pictures: recorded by the services, by a clock that is set back."""

import time
from datetime import timedelta
from decimal import Decimal
from random import Random

from django.utils import timezone

from apikeys.models import ApiKey
from blitzrocket.audit.context import AuditContext
from blitzrocket.emails import Email
from contests.models import Contest, Entry
from contests.services import create_entry, publish_rules
from purchases.models import Purchase
from purchases.services import NewPurchase, record_purchase, refund_purchase
from purchases.stats import catch_up_all
from tests.clock import Clock

DAYS = 42
PEOPLE = ("barbara", "edsger", "donald", "margaret", "katherine", "dorothy", "alan", "hedy")


def fill_past() -> None:
    random, real_now, real_time = Random(7), timezone.now, time.time_ns
    clock = Clock(timezone.now() - timedelta(days=DAYS))
    timezone.now, time.time_ns = clock.now, clock.nanoseconds
    try:
        contest = Contest.objects.select_related("rule_set").get()
        for name in PEOPLE:
            create_entry(contest, f"{name}@example.com", name=name.title())
        for day in range(DAYS):
            clock.go(days=1)
            for number in range(random.randrange(4, 9 + day // 4)):
                record_one(contest, random, f"#{day:02}-{number:02}")
        contest.rules.create(points_per_unit=0, fixed_points=10, amount_from=Decimal(50))
        publish_rules(contest)
    finally:
        timezone.now, time.time_ns = real_now, real_time
    catch_up_all()


def record_one(contest: Contest, random: Random, order_id: str) -> None:
    entry = random.choice(list(Entry.objects.filter(contest=contest).order_by("pk")))
    now = timezone.now()
    amount, currency = Decimal(random.randrange(500, 15000)) / 100, random.choice(["USD", "USD", "USD", "EUR"])
    order = NewPurchase(
        email=Email.parse(entry.email), order_id=order_id, amount=amount, currency=currency, purchased_at=now
    )
    recorded = record_purchase(contest.pk, order, api_key=ApiKey.objects.get(kind="private"), received_at=now)
    if random.random() < 1 / 15:
        purchase = Purchase.objects.get(pk=recorded.purchase_id)
        refund_purchase(purchase, refund_id="r1", audit=AuditContext(reason="Sent back"), received_at=now)
