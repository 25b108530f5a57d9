"""``python -m tests.simulation.story``: the days of the people, on a service that is harmed meanwhile.

Prints an event a line, as JSON. After the acts of a day it waits for a line of input: until then the service is harmed,
from then on it is left alone for the night.
"""

import argparse
import io
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "blitzrocket.settings")
django.setup()

from django.core.exceptions import ObjectDoesNotExist  # noqa: E402  (models need the settings)
from django.core.management import CommandError, call_command  # noqa: E402  (models need the settings)
from django.db import Error, connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from blitzrocket.jobs.models import Job  # noqa: E402
from contests.models import Contest, Entry  # noqa: E402
from purchases.models import OutgoingEvent, RejectedPurchase, StoreDelivery, WebhookEndpoint  # noqa: E402
from purchases.outgoing.endpoints import is_over  # noqa: E402
from tests.simulation.account import Order  # noqa: E402
from tests.simulation.calls import Api, Desk, Stores, Target, Tries, Unexpected  # noqa: E402
from tests.simulation.coverage import EVENT  # noqa: E402
from tests.simulation.evenings import acts_of_the_evening  # noqa: E402
from tests.simulation.people import Person, World  # noqa: E402
from tests.simulation.receiver import Receiver  # noqa: E402
from tests.simulation.rows import differences, row_count, told_differences  # noqa: E402
from tests.simulation.setting_up import HEIR, set_up  # noqa: E402
from tests.simulation.stores import signed_headers  # noqa: E402

T = TypeVar("T")
AT_A_TIME = 8
DAY = 86_400
HOUR = 3_600
QUIET_SECONDS = 120
SHOWN = 20


class Story:
    """The people, the clients and the clock."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options, self.shift, self.tries = options, 0, Tries()
        self.receiver = Receiver()
        self.target: Target = set_up(f"http://127.0.0.1:{options.port}", self.receiver)
        self.contest = Contest.objects.get(pk=self.target.contest_id)
        self.world = World(
            api=self.of_thread("api", lambda: Api(self.target, self.tries)),
            desk=self.of_thread("desk", lambda: Desk(self.target, self.tries)),
            stores=self.of_thread("stores", lambda: Stores(self.target, self.tries, self.sign)),
            receiver=self.receiver,
            rejected_id=self.rejected_id,
            local_time=lambda: f"{timezone.now():%Y-%m-%d %H:%M}",
        )
        self.world.people += [
            Person(self.world, number, options.seed, enters_on(number, options.days))
            for number in range(1, options.people + 1)
        ]
        self.problems: list[str] = []

    def of_thread(self, name: str, make: Callable[[], T]) -> Callable[[], T]:
        """A client for each thread, whose connections stay open."""
        local = threading.local()

        def client() -> T:
            if not hasattr(local, name):
                setattr(local, name, make())
            client_of_thread: T = getattr(local, name)
            return client_of_thread

        return client

    def sign(self, kind: str, topic: str, body: bytes) -> dict[str, str]:
        return signed_headers(kind, topic, body, time.time() + self.shift)

    def rejected_id(self, order_id: str) -> str:
        def ask() -> str:
            return str(RejectedPurchase.objects.get(contest=self.contest, order_id=order_id).pk)

        return until_answered(ask)

    def set_clock(self, seconds: int) -> None:
        self.shift = seconds
        unfinished = self.options.clock.with_suffix(".new")
        unfinished.write_text(str(seconds))
        unfinished.replace(self.options.clock)

    def tell(self) -> None:
        self.begin()
        for day in range(self.options.days):
            self.set_clock(day * DAY)
            say(event="day", day=day + 1)
            self.live(day)
            say(event="evening")
            sys.stdin.readline()
            connection.close()  # PostgreSQL was killed since
            self.wait_until_done(day, hour=12)
            self.in_the_evening(day)
            self.wait_until_done(day, hour=16)
            self.problems += self.differences()[:SHOWN]
            self.problems += ledger_problems()
            self.say_what_the_day_came_to(day)
            if self.problems:
                break
        self.say_what_was_exercised()

    def differences(self) -> list[str]:
        stored = differences(self.contest, self.world.accounts(), self.world.events)
        told = told_differences(self.contest, self.world.accounts(), self.receiver.received)
        return [*stored, *told]

    def say_what_was_exercised(self) -> None:
        coverage = self.tries.coverage
        for kind in self.receiver.received.kinds():
            coverage.add(EVENT, kind)
        say(event="coverage", rows=list(coverage.rows()))

    def begin(self) -> None:
        """The heir has bought something, so that nothing is their first purchase later."""
        order = Order(0, "order-0", "api", Decimal(10), "USD")
        body = {"email": HEIR, "orderId": order.order_id, "amount": 10, "currency": "USD"}
        self.world.api().post("/contests/:contest/purchases", body)
        self.world.heir.buy(order, 1)

    def live(self, day: int) -> None:
        with ThreadPoolExecutor(AT_A_TIME) as pool:
            for future in [pool.submit(self.live_one, person, day) for person in self.world.people]:
                future.result()

    def live_one(self, person: Person, day: int) -> None:
        try:
            person.live(day)
        except (Unexpected, LookupError, TypeError, ValueError) as problem:  # the latter: an answer has another form
            self.problems.append(f"{person.account.email}: {problem!r}")
        finally:
            connection.close()

    def in_the_evening(self, day: int) -> None:
        for act in acts_of_the_evening(day, self.options.days):
            self.world.count(act.__name__)
            try:
                act(self.world, self.contest)
            except (Unexpected, LookupError, TypeError, ValueError, ObjectDoesNotExist) as problem:
                self.problems.append(f"{act.__name__}: {problem!r}")

    def wait_until_done(self, day: int, hour: int) -> None:
        """Move the clock on, and wait until the background process has done what was interrupted."""
        self.set_clock(day * DAY + hour * HOUR)
        until = time.monotonic() + QUIET_SECONDS
        while left := still_to_be_done(self.contest):
            if time.monotonic() > until:
                self.problems.append(f"The day was over, and this was not done: {left}")
                return
            time.sleep(0.2)

    def say_what_the_day_came_to(self, day: int) -> None:
        tries = self.tries
        say(
            event="row",
            day=day + 1,
            calls=tries.calls.total(),
            acts=sum(self.world.acts.values()),
            unanswered=tries.unanswered,
            unavailable=tries.statuses[503],
            errors=tries.statuses[500],
            rows=row_count(self.world.accounts()),
            problems=self.problems,
        )


def enters_on(number: int, days: int) -> int | None:
    """Most people are there from the first day, some come later, some never."""
    if number % 10 == 0:
        return None
    return number % days if number % 5 == 0 else 0


def until_answered(ask: Callable[[], T]) -> T:
    """Ask the database, which may be down."""
    while True:
        try:
            return ask()
        except Error:
            connection.close()
            time.sleep(0.2)


def still_to_be_done(contest: Contest) -> list[str]:
    """Open jobs, unfinished deliveries, held orders whose person has an entry by now, ends and events not yet told.

    The last two of all contests of the team: the copy of the contest has nothing but its end.
    """
    deliveries = StoreDelivery.objects.filter(contest=contest, state=StoreDelivery.State.RECEIVED)
    held = RejectedPurchase.objects.filter(contest=contest, state=RejectedPurchase.State.HELD)
    entries = Entry.objects.filter(contest=contest).values("email_key")
    endpoints = WebhookEndpoint.objects.filter(contest__team=contest.team_id).select_related("contest")
    events = OutgoingEvent.objects.filter(contest__team=contest.team_id, state=OutgoingEvent.State.PENDING)
    return [
        *Job.objects.open().values_list("kind", flat=True),
        *deliveries.values_list("topic", flat=True),
        *held.filter(email_key__in=entries).values_list("order_id", flat=True),
        *[each.name for each in endpoints if each.is_end_told != is_over(each.contest, timezone.now())],
        *events.values_list("kind", flat=True),
    ]


def ledger_problems() -> list[str]:
    try:
        call_command("check_ledger", stdout=io.StringIO())
    except (CommandError, SystemExit) as problem:
        return [f"check_ledger: {problem}"]
    return []


def say(**event: Any) -> None:
    print(json.dumps(event), flush=True)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--clock", type=Path, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--days", type=int, required=True)
    parser.add_argument("--people", type=int, required=True)
    Story(parser.parse_args(arguments)).tell()


if __name__ == "__main__":
    main(sys.argv[1:])
