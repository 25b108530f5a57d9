"""``python -m bench.scale.product PURCHASES``: a database of the product with load data, for the rows to be measured.

Runs on the database of ``DATABASE_URL`` and prints the target as JSON.
"""

import json
import os
import sys
from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal
from io import StringIO

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "blitzrocket.settings")
django.setup()

from django.conf import settings  # noqa: E402  (models need the settings)
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from apikeys.models import ApiKey  # noqa: E402
from bench.scale.target import MIXED_CASE_ORDER, RARE_EMAIL, RARE_NAME, Target  # noqa: E402
from blitzrocket.accounts.models import Membership, User  # noqa: E402
from blitzrocket.devserver.load_data import FIRST_ORDER_NUMBER  # noqa: E402
from blitzrocket.emails import Email  # noqa: E402
from contests.models import Contest  # noqa: E402
from contests.services import create_entry  # noqa: E402
from purchases.models import Purchase, RejectedPurchase  # noqa: E402
from purchases.services import NewPurchase, record_purchase  # noqa: E402
from purchases.stores.connections import create_connection  # noqa: E402

PURCHASES_PER_ENTRY = PURCHASES_PER_HELD_ORDER = PURCHASES_PER_DELIVERY = 5
SAMPLES = 200
UNUSED_CURRENCY = "SEK"


def main(purchases: int) -> None:
    call_command("migrate", verbosity=0)
    print(json.dumps(asdict(create_target(purchases))))


def create_target(purchases: int) -> Target:
    """Generate the data, with an owner of its team and an entry whose name no other has."""
    output, entries = StringIO(), max(1, purchases // PURCHASES_PER_ENTRY)
    held = max(1, purchases // PURCHASES_PER_HELD_ORDER)
    call_command("generate_load_data", purchases=purchases, entries=entries, held=held, stdout=output)
    load_data = json.loads(output.getvalue())
    contest = Contest.objects.get(pk=load_data["contestId"])
    create_entry(contest, RARE_EMAIL, name=RARE_NAME)
    record_mixed_case_order(contest)
    add_deliveries(contest, max(1, purchases // PURCHASES_PER_DELIVERY))
    return target_of(contest, purchases, load_data["privateKey"], load_data["publicKey"])


def target_of(contest: Contest, purchases: int, private_key: str, public_key: str) -> Target:
    step = max(1, purchases // SAMPLES)
    order_ids = [f"#{FIRST_ORDER_NUMBER + number}" for number in range(0, purchases, step)]
    of_contest = Purchase.objects.filter(contest=contest, status=Purchase.Status.RECORDED)
    sample = list(of_contest.filter(order_id__in=order_ids).select_related("entry").order_by("pk"))
    entries = {purchase.entry.pk: purchase.entry for purchase in sample if not purchase.entry.is_disqualified}
    purchased_at = sample[len(sample) // 2].purchased_at
    held = list(RejectedPurchase.objects.filter(team=contest.team_id, contest=contest).order_by("pk")[:SAMPLES])
    return Target(
        purchases=purchases,
        contest_id=contest.pk,
        private_key=private_key,
        public_key=public_key,
        cookie=owner_cookie(contest),
        order_ids=[purchase.order_id for purchase in sample],
        purchase_ids=[purchase.pk for purchase in sample],
        purchased_at=purchased_at.isoformat(),
        hour_later=(purchased_at + timedelta(hours=1)).isoformat(),
        emails=[entry.email for entry in entries.values()],
        entry_ids=list(entries),
        held_order_ids=[rejected.order_id for rejected in held],
        held_ids=[rejected.pk for rejected in held],
        unused_currency=UNUSED_CURRENCY,
    )


def record_mixed_case_order(contest: Contest) -> None:
    now, key = timezone.now(), ApiKey.objects.get(team=contest.team, kind=ApiKey.Kind.PRIVATE)
    order = NewPurchase(
        email=Email.parse(RARE_EMAIL),
        order_id=MIXED_CASE_ORDER,
        amount=Decimal("49.99"),
        currency="USD",
        purchased_at=now,
    )
    record_purchase(contest.pk, order, api_key=key, received_at=now)


def add_deliveries(contest: Contest, count: int) -> None:
    """Deliveries of a store over the last year, one in a thousand of which failed."""
    store = create_connection(contest, kind="shopify", name="Shop", secret="")
    with connection.cursor() as cursor:
        cursor.execute(_DELIVERIES, [contest.pk, store.pk, FIRST_ORDER_NUMBER, count, count])
        cursor.execute("ANALYZE purchases_storedelivery")


_DELIVERIES = """
    INSERT INTO purchases_storedelivery (
        id, contest_id, connection_id, provider_id, topic, state, message, order_id, waits_for, headers, body, times,
        received_at, finished_at
    )
    SELECT
        'delivery_' || lpad(number::text, 26, '0'), %s, %s, 'webhook-' || number,
        CASE number %% 20 WHEN 0 THEN 'refunds/create' ELSE 'orders/paid' END,
        CASE number %% 1000 WHEN 0 THEN 'failed' ELSE 'done' END, '', '#' || %s + number, '[]', '{}',
        repeat('x', 4000)::bytea, 1, at, at
    FROM generate_series(0, %s - 1) AS number, LATERAL (SELECT now() - (number * '365 days'::interval / %s) AS at) AS _
"""


def owner_cookie(contest: Contest) -> str:
    """The session cookie of an owner of the contest's team."""
    user = User.objects.create_user("owner", is_staff=True)
    Membership.objects.create(team=contest.team, user=user, role=Membership.Role.OWNER)
    client = Client()
    client.force_login(user)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


if __name__ == "__main__":
    main(int(sys.argv[1]))
