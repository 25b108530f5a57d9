"""``python -m bench.product ENTRIES``: the contest of the benchmark in a database of the product, as owners make it.

Runs on the database of ``DATABASE_URL`` and prints the contest's id and the key as JSON.
"""

import json
import os
import sys
from dataclasses import asdict

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "blitzrocket.settings")
django.setup()

from django.core.management import call_command  # noqa: E402  (models need the settings)
from django.db import connection, transaction  # noqa: E402

from apikeys.models import ApiKey  # noqa: E402
from bench.deliveries import SECRET  # noqa: E402
from bench.orders import Target  # noqa: E402
from bench.workload import ENTRIES, RULES, entry_email  # noqa: E402
from blitzrocket.accounts.models import Team  # noqa: E402
from blitzrocket.audit.context import AuditContext  # noqa: E402
from contests.models import Contest, PointRule  # noqa: E402
from contests.services import create_contest, create_entry, publish_rules  # noqa: E402
from purchases.models import EventKind  # noqa: E402
from purchases.outgoing.endpoints import add_endpoint  # noqa: E402
from purchases.stores.connections import create_connection  # noqa: E402

# Never reached, but counted: a key without a limit would save the statement that counts its calls.
CALLS_PER_MINUTE = 100_000_000


def main(entries: int) -> None:
    call_command("migrate", verbosity=0)
    target = create_target(entries)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
    print(json.dumps(asdict(target)))


def create_target(entries: int = ENTRIES) -> Target:
    """Create a team with the contest, its rules, so many entries and a key."""
    team = Team.objects.create(name="Benchmark")
    contest, subscribed = create_contest_of(team, "benchmark", entries), create_contest_of(team, "subscribed", entries)
    # No background process runs, so nothing is sent to it.
    add_endpoint(
        subscribed, name="CRM", url="https://hooks.example.com/", kinds=[EventKind.RECORDED], audit=AuditContext()
    )
    key = ApiKey(team=team, kind=ApiKey.Kind.PRIVATE, name="Benchmark", rate_limit=CALLS_PER_MINUTE)
    secret = key.new_secret()
    key.save()
    shop = create_connection(contest, kind="shopify", name="Benchmark", secret=SECRET)
    return Target(contest_id=contest.pk, key=secret, connection_id=shop.pk, subscribed_contest_id=subscribed.pk)


def create_contest_of(team: Team, slug: str, entries: int) -> Contest:
    contest = create_contest(team, title="Benchmark", slug=slug, status=Contest.Status.ACTIVE, is_evergreen=True)
    contest.rules.all().delete()
    for points_per_unit, fixed_points, currency, amount_from in RULES:
        PointRule.objects.create(
            contest=contest,
            points_per_unit=points_per_unit,
            fixed_points=fixed_points,
            currency=currency,
            amount_from=amount_from or None,
        )
    publish_rules(contest)
    with transaction.atomic():
        for number in range(entries):
            create_entry(contest, entry_email(number))
    return contest


if __name__ == "__main__":
    main(int(sys.argv[1]))
