"""``python -m faults.acts KIND CONTEST``: acts of people in the admin, by the same services, until a line is read.

``recalculate`` scores all purchases again and again, in the background; ``move`` moves those of two entries between
them. Prints how many acts had which outcome, as JSON.
"""

import json
import os
import random
import select
import sys
import time
from collections import Counter
from collections.abc import Callable

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "blitzrocket.settings")
django.setup()

from django.db import Error, connection  # noqa: E402  (models need the settings)

from bench.workload import entry_email  # noqa: E402
from blitzrocket.audit.context import AuditContext  # noqa: E402
from blitzrocket.jobs.models import Job  # noqa: E402
from blitzrocket.jobs.queue import ContestBusy  # noqa: E402
from contests.models import Contest, Entry  # noqa: E402
from purchases.models import Purchase  # noqa: E402
from purchases.services import PurchaseVoided, move_purchase  # noqa: E402
from purchases.services.recalculation import start_recalculation  # noqa: E402

RETRY_SECONDS = 0.2
LAST_JOB_SECONDS = 120


def main(kind: str, contest_id: str) -> None:
    counts: Counter[str] = Counter()
    contest = Contest.objects.get(pk=contest_id)
    counts[ACTS[kind](contest)] += 1
    print("ready", flush=True)
    while not select.select([sys.stdin], [], [], 0)[0]:
        counts[ACTS[kind](contest)] += 1
    print(json.dumps(dict(counts) | (outcome_of_jobs(contest) if kind == "recalculate" else {})))


def recalculate(contest: Contest) -> str:
    try:
        start_recalculation(contest, contest.current_rules(), days=0, audit=AuditContext(reason="Faults"))
    except ContestBusy:
        time.sleep(RETRY_SECONDS)
        return "busy"
    except Error:
        connection.close()
        time.sleep(RETRY_SECONDS)
        return "away"
    return "started"


def move(contest: Contest) -> str:
    entries = list(Entry.objects.filter(contest=contest, email__in=[entry_email(0), entry_email(1)]))
    ids = Purchase.objects.filter(contest=contest, entry__in=entries).values_list("pk", flat=True)[:500]
    purchase_ids = list(ids)
    if not purchase_ids:
        time.sleep(RETRY_SECONDS)
        return "nothing"
    purchase = Purchase.objects.get(contest=contest, pk=random.choice(purchase_ids))
    try:
        move_purchase(purchase, random.choice(entries), audit=AuditContext(reason="Faults"))
    except PurchaseVoided:
        return "voided"
    return "moved"


def outcome_of_jobs(contest: Contest) -> dict[str, int]:
    """Wait for the last job; how many jobs ended in which state."""
    deadline = time.monotonic() + LAST_JOB_SECONDS
    while Job.objects.filter(contest_id=contest.pk).open().exists() and time.monotonic() < deadline:
        time.sleep(RETRY_SECONDS)
    states = Job.objects.filter(contest_id=contest.pk).values_list("state", flat=True)
    return {f"job {state}": count for state, count in Counter(states).items()}


ACTS: dict[str, Callable[[Contest], str]] = {"recalculate": recalculate, "move": move}

if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
