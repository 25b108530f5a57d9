"""Data for load tests: a contest with a given number of entries, purchases and held orders.

Every row is as the services would have written it: points are scored by the contest's rules, ledger lines add up,
refunds and voids have their lines and audit events. All variation comes from a seed, so that runs have equal orders.
"""

import random
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import accumulate
from typing import Any

import msgspec
from django.db import ProgrammingError, connection
from django.utils import timezone

from apikeys.models import ApiKey
from blitzrocket.accounts.models import Team
from blitzrocket.audit.models import AuditEvent
from blitzrocket.bulk_copy import CopyTarget, escaped
from blitzrocket.emails import Email
from blitzrocket.ids import RANDOM_BITS, id_digits
from contests.models import Contest, Entry, NameWord, PointTransaction
from contests.models.rule_cache import published_rules
from contests.scoring import points_that_stay, score
from contests.services import create_contest
from contests.stored_scoring import scoring_json
from purchases.models import Purchase, Refund, RejectedPurchase
from purchases.services.order_scoring import Conditions, EntryTotals, NewPurchase, facts_of, state_of

Status = Purchase.Status
Progress = Callable[[str], None]

TEAM = "Load test"
FIRST_NAMES = (
    "Ada", "Alan", "Anna", "Barbara", "Carlos", "Chen", "Dina", "Edsger", "Fatima", "Grace", "Hans", "Ines", "Ivan",
    "Jean", "Kofi", "Lena", "Linus", "Maria", "Niklaus", "Olga", "Pedro", "Radia", "Sam", "Tim", "Uma", "Yuki",
)  # fmt: skip
LAST_NAMES = (
    "Abel", "Bauer", "Costa", "Diaz", "Engel", "Fischer", "Garcia", "Hopper", "Ito", "Jansen", "King", "Lovelace",
    "Moreau", "Novak", "Okafor", "Perlman", "Quinn", "Rossi", "Schmidt", "Turing", "Weber", "Young", "Zhang",
)  # fmt: skip
DOMAINS = ("example.com", "example.org", "mail.test", "shop.test")
PRICES = tuple(Decimal(199 + 97 * number).scaleb(-2) for number in range(500))
# Per 100,000 purchases; one currency is as rare as a shop's test orders.
CURRENCIES = {"USD": 90_000, "EUR": 9_000, "GBP": 990, "CHF": 10}
OUTCOMES = {Status.RECORDED: 940, Status.PARTIALLY_REFUNDED: 30, Status.REFUNDED: 20, Status.VOIDED: 10}
ONE_UNCONFIRMED_IN, ONE_DISQUALIFIED_IN, ONE_REFERRED_IN = 33, 200, 20
LONGEST_BEFORE_RECORDING = 50_000  # seconds between purchase and recording
ORDERS_PER_HELD_ADDRESS = 2
FIRST_ORDER_NUMBER = 100_001
FIRST_HELD_NUMBER = 1_000_000_001
SECOND = 1_000_000  # in microseconds
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MIX = 0x9E3779B97F4A7C15F39CC0605CEDC835 | 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Numbers of rows, and the number of days over which they are spread, up to now."""

    purchases: int
    entries: int
    held: int
    days: int = 365


@dataclass(frozen=True, slots=True)
class LoadData:
    """The contest's id and its keys, which have no rate limit."""

    contest_id: str
    private_key: str
    public_key: str


@dataclass(frozen=True, slots=True)
class PricedPurchase:
    """What all purchases of one price and currency share, first purchases apart."""

    amount: Decimal
    half: Decimal
    points: int
    points_after_half: int
    scoring: str


@dataclass(slots=True)
class Plan:
    """Who buys what: a few bytes per purchase, read again for each table."""

    entry: array = field(default_factory=lambda: array("L"))
    price: array = field(default_factory=lambda: array("H"))
    currency: array = field(default_factory=lambda: array("B"))
    outcome: array = field(default_factory=lambda: array("B"))
    seconds_before: array = field(default_factory=lambda: array("H"))


def make_load_data(sizes: Sizes, *, team_name: str = TEAM, seed: int = 1, progress: Progress) -> LoadData:
    """Create a team with a contest of these sizes; each table is written in several transactions."""
    now = timezone.now()
    team = Team.objects.create(name=team_name)
    contest = create_contest(team, title="Load", slug="load", status=Contest.Status.ACTIVE, is_evergreen=True)
    Contest.objects.filter(pk=contest.pk).update(created_at=now - timedelta(days=sizes.days))
    keys = {kind: ApiKey(team=team, kind=kind, name=f"Load, {kind}") for kind in ApiKey.Kind}
    secrets = {kind: key.new_secret() for kind, key in keys.items()}
    ApiKey.objects.bulk_create(keys.values())
    generator = Generator(contest, keys[ApiKey.Kind.PRIVATE], sizes, now, random.Random(seed))  # noqa: S311
    with without_triggers():
        for name, rows in generator.tables():
            progress(f"{rows():>10,} {name}")
    return LoadData(contest.pk, secrets[ApiKey.Kind.PRIVATE], secrets[ApiKey.Kind.PUBLIC])


@contextmanager
def without_triggers() -> Iterator[None]:
    """Switch off the checks of foreign keys row by row, where the database allows this user to."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
    except ProgrammingError:
        yield  # slower, with the same result
        return
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = DEFAULT")


class Generator:
    """Writes the rows of each table from one plan."""

    def __init__(self, contest: Contest, api_key: ApiKey, sizes: Sizes, now: datetime, numbers: random.Random) -> None:
        self.contest, self.api_key, self.sizes = contest, api_key, sizes
        self.end = (now - _EPOCH) // timedelta(microseconds=1)
        self.span = sizes.days * 86_400 * SECOND
        self.near_domain = [Email.parse(f"x@{domain}").near_key.partition("@")[2] for domain in DOMAINS]
        self.plan = make_plan(sizes, numbers)
        self.priced: dict[tuple[int, int, bool], PricedPurchase] = {}
        self.entry_ids = [f"entry_{digits(self.entry_time(number), number)}" for number in range(sizes.entries)]

    def tables(self) -> Iterator[tuple[str, Callable[[], int]]]:
        """The tables in the order of their foreign keys, each with the function that writes it."""
        yield "entries", self.copy_entries
        yield "words of names", self.copy_words
        yield "purchases", self.copy_purchases
        yield "ledger lines", self.copy_ledger
        yield "refunds", self.copy_refunds
        yield "audit events", self.copy_audit_events
        yield "held orders", self.copy_held

    # Times, in microseconds since 1970

    def entry_time(self, number: int) -> int:
        return self.end - self.span + self.span * number // max(1, self.sizes.entries)

    def recording_time(self, number: int) -> int:
        return self.end - self.span + self.span * (number + 1) // (self.sizes.purchases + 1)

    # Entries

    def address(self, number: int) -> tuple[str, str]:
        first, last = _name(number)
        return f"{first.lower()}.{last.lower()}{number}", DOMAINS[number % len(DOMAINS)]

    def copy_entries(self) -> int:
        target = CopyTarget(
            Entry,
            ["id", "email", "email_key", "near_key", "name", "referral_code", "email_confirmed", "is_disqualified",
             "points", "line_count", "points_since", "referred_by_id", "created_at"],
            contest_id=self.contest.pk,
        )  # fmt: skip
        points, lines, since = self._balances()
        return target.copy(self._entry(number, points, lines, since) for number in range(self.sizes.entries))

    def _entry(self, number: int, points: array, lines: array, since: array) -> tuple[Any, ...]:
        local, domain = self.address(number)
        address = f"{local}@{domain}"
        at = self.entry_time(number)
        return (
            self.entry_ids[number],
            address,
            address,
            f"{local.replace('.', '')}@{self.near_domain[number % len(DOMAINS)]}",
            " ".join(_name(number)),
            f"r{number:09}",
            "t" if number % ONE_UNCONFIRMED_IN else "f",
            "f" if number % ONE_DISQUALIFIED_IN else "t",
            points[number],
            lines[number],
            datetime_text(since[number] or at),
            r"\N" if number % ONE_REFERRED_IN or not number else self.entry_ids[number // 2],
            datetime_text(at),
        )

    def copy_words(self) -> int:
        target = CopyTarget(NameWord, ["entry_id", "word"], contest_id=self.contest.pk)
        return target.copy(
            (self.entry_ids[number], word.lower()) for number in range(self.sizes.entries) for word in _name(number)
        )

    def _balances(self) -> tuple[array, array, array]:
        """Points, number of ledger lines and the time of the last one, by entry."""
        points, lines, since = (array("q", bytes(8 * self.sizes.entries)) for _ in range(3))
        for number, owner, priced in self._purchases():
            for _kind, change in lines_of(priced, self.outcome(number)):
                points[owner] += change
                lines[owner] += 1
            since[owner] = self.recording_time(number)
        return points, lines, since

    # Purchases

    def outcome(self, number: int) -> Status:
        outcome: Status = _OUTCOMES[self.plan.outcome[number]]
        return outcome

    def _purchases(self) -> Iterator[tuple[int, int, PricedPurchase]]:
        """Each purchase's number, its entry's number, and what it shares with others of its price."""
        plan, has_bought = self.plan, bytearray(self.sizes.entries)
        for number in range(self.sizes.purchases):
            owner = plan.entry[number]
            key = (plan.price[number], plan.currency[number], not has_bought[owner])
            has_bought[owner] = 1
            yield number, owner, self.priced.get(key) or self._price(key)

    def _price(self, key: tuple[int, int, bool]) -> PricedPurchase:
        """Score an order of this price as recording does."""
        price, currency, is_first = key
        amount, rule_set = PRICES[price], self.contest.current_rules()
        order = NewPurchase(
            email=Email.parse("x@example.com"),
            order_id="",
            amount=amount,
            currency=_CURRENCIES[currency],
            purchased_at=timezone.now(),
        )
        conditions = Conditions(published_rules(self.contest.pk, rule_set.pk), state_of(self.contest))
        entry = EntryTotals("", 0, 0, is_disqualified=False, has_purchases=not is_first, purchase_points=0)
        facts = facts_of(order, entry, conditions)
        result = score(rule_set.terms, facts)
        half = (amount / 2).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
        priced = self.priced[key] = PricedPurchase(
            amount,
            half,
            result.points,
            points_that_stay(result.points, rule_set.terms, facts, amount - half),
            escaped(scoring_json(facts, result)),
        )
        return priced

    def copy_purchases(self) -> int:
        target = CopyTarget(
            Purchase,
            ["id", "entry_id", "order_id", "order_key", "email", "email_key", "amount", "currency", "purchased_at",
             "status", "points_awarded", "points_now", "points_at_void", "refunded_amount", "scoring",
             "created_at"],
            contest_id=self.contest.pk, rule_set_id=self.contest.current_rules().pk, api_key_id=self.api_key.pk,
        )  # fmt: skip
        return target.copy(self._purchase(*purchase) for purchase in self._purchases())

    def _purchase(self, number: int, owner: int, priced: PricedPurchase) -> tuple[Any, ...]:
        at, outcome = self.recording_time(number), self.outcome(number)
        purchased_at = datetime_at(at - self.plan.seconds_before[number] * SECOND)
        order, address = str(FIRST_ORDER_NUMBER + number), "@".join(self.address(owner))
        return (
            f"purchase_{digits(at, number)}",
            self.entry_ids[owner],
            f"#{order}",
            order,
            address,
            address,
            priced.amount,
            _CURRENCIES[self.plan.currency[number]],
            purchased_at.isoformat(),
            outcome.value,
            priced.points,
            sum(change for _kind, change in lines_of(priced, outcome)),
            priced.points if outcome == Status.VOIDED else r"\N",
            refunded_amount(priced, outcome),
            priced.scoring,
            datetime_text(at),
        )

    def copy_ledger(self) -> int:
        target = CopyTarget(
            PointTransaction,
            ["id", "entry_id", "number", "purchase_id", "kind", "points", "balance", "occurred_at", "created_at"],
            contest_id=self.contest.pk,
        )
        return target.copy(self._ledger())

    def _ledger(self) -> Iterator[tuple[Any, ...]]:
        balance, lines = (array("q", bytes(8 * self.sizes.entries)) for _ in range(2))
        for number, owner, priced in self._purchases():
            at = self.recording_time(number)
            purchased_at = at - self.plan.seconds_before[number] * SECOND
            for step, (kind, change) in enumerate(lines_of(priced, self.outcome(number))):
                balance[owner] += change
                lines[owner] += 1
                yield (
                    f"points_{digits(at + step, number)}",
                    self.entry_ids[owner],
                    lines[owner],
                    f"purchase_{digits(at, number)}",
                    kind.value,
                    change,
                    balance[owner],
                    datetime_text(at if step else purchased_at),
                    datetime_text(at + step),
                )

    # Refunds and voids

    def _changed_purchases(self) -> Iterator[tuple[int, int, PricedPurchase, Status]]:
        for number, owner, priced in self._purchases():
            if (outcome := self.outcome(number)) != Status.RECORDED:
                yield number, owner, priced, outcome

    def copy_refunds(self) -> int:
        target = CopyTarget(
            Refund,
            ["id", "purchase_id", "order_id", "refund_id", "refund_key", "amount", "currency", "points_reversed",
             "received_at", "created_at"],
            contest_id=self.contest.pk, reason="Sent back", api_key_id=self.api_key.pk,
        )  # fmt: skip
        return target.copy(
            (
                f"refund_{digits(self.recording_time(number) + 1, number)}",
                f"purchase_{digits(self.recording_time(number), number)}",
                f"#{FIRST_ORDER_NUMBER + number}",
                f"refund-{number}",
                f"REFUND-{number}",
                refunded_amount(priced, outcome),
                _CURRENCIES[self.plan.currency[number]],
                -lines_of(priced, outcome)[1][1],
                datetime_text(self.recording_time(number) + 1),
                datetime_text(self.recording_time(number) + 1),
            )
            for number, _owner, priced, outcome in self._changed_purchases()
            if outcome != Status.VOIDED
        )

    def copy_audit_events(self) -> int:
        target = CopyTarget(
            AuditEvent,
            ["id", "action", "object_id", "before", "after", "created_at"],
            team_id=self.contest.team_id, contest_id=self.contest.pk, object_type="purchase", reason="Sent back",
            api_key_id=self.api_key.pk,
        )  # fmt: skip
        return target.copy(self._audit_event(*change) for change in self._changed_purchases())

    def _audit_event(self, number: int, owner: int, priced: PricedPurchase, outcome: Status) -> tuple[Any, ...]:
        at, entry = self.recording_time(number), self.entry_ids[owner]
        points_left = sum(change for _kind, change in lines_of(priced, outcome))
        action = AuditEvent.Action.VOIDED if outcome == Status.VOIDED else AuditEvent.Action.REFUNDED
        money = refunded_amount(priced, outcome)
        return (
            f"event_{digits(at + 1, number)}",
            action.value,
            f"purchase_{digits(at, number)}",
            f'{{"status":"recorded","entry":"{entry}","points":{priced.points},"refunded":0}}',
            f'{{"status":"{outcome.value}","entry":"{entry}","points":{points_left},"refunded":{money}}}',
            datetime_text(at + 1),
        )

    # Held orders

    def copy_held(self) -> int:
        target = CopyTarget(
            RejectedPurchase,
            ["id", "order_id", "order_key", "email", "email_key", "amount", "purchased_at", "first_received_at",
             "last_received_at"],
            team_id=self.contest.team_id, contest_id=self.contest.pk, contest_sent=self.contest.pk,
            code=RejectedPurchase.Code.ENTRY.value, state=RejectedPurchase.State.HELD.value, currency="USD",
            rule_set_id=self.contest.current_rules().pk, api_key_id=self.api_key.pk,
            contest_state=msgspec.to_builtins(state_of(self.contest)),
        )  # fmt: skip
        return target.copy(map(self._held, range(self.sizes.held)))

    def _held(self, number: int) -> tuple[Any, ...]:
        at = self.end - self.span + self.span * (number + 1) // (self.sizes.held + 1)
        order, received_at = str(FIRST_HELD_NUMBER + number), datetime_text(at)
        address = f"waiting{number // ORDERS_PER_HELD_ADDRESS}@example.com"
        return (
            f"rejected_{digits(at, number)}",
            f"#{order}",
            order,
            address,
            address,
            PRICES[number % len(PRICES)],
            received_at,
            received_at,
            received_at,
        )


def make_plan(sizes: Sizes, numbers: random.Random) -> Plan:
    """Draw each purchase; early entries get more, because they have had more time."""
    plan = Plan()
    entries = max(1, sizes.entries)
    for number in range(sizes.purchases):
        entries_so_far = max(1, entries * number // sizes.purchases)
        plan.entry.append(int(numbers.random() * entries_so_far))
        plan.price.append(int(numbers.random() * len(PRICES)))
        plan.currency.append(_draw(numbers, _CURRENCY_BOUNDS))
        plan.outcome.append(_draw(numbers, _OUTCOME_BOUNDS))
        plan.seconds_before.append(int(numbers.random() * LONGEST_BEFORE_RECORDING))
    return plan


def lines_of(priced: PricedPurchase, outcome: Status) -> list[tuple[PointTransaction.Kind, int]]:
    """The ledger lines of a purchase: points earned, and points reversed."""
    earned = (PointTransaction.Kind.EARNED, priced.points)
    match outcome:
        case Status.RECORDED:
            return [earned]
        case Status.PARTIALLY_REFUNDED:
            return [earned, (PointTransaction.Kind.REFUNDED, priced.points_after_half - priced.points)]
        case Status.REFUNDED:
            return [earned, (PointTransaction.Kind.REFUNDED, -priced.points)]
        case _:
            return [earned, (PointTransaction.Kind.VOIDED, -priced.points)]


def refunded_amount(priced: PricedPurchase, outcome: Status) -> Decimal:
    """The amount refunded of a purchase."""
    amounts = {Status.PARTIALLY_REFUNDED: priced.half, Status.REFUNDED: priced.amount}
    return amounts.get(outcome, Decimal(0))


def digits(microseconds: int, number: int) -> str:
    """The digits of an id: they look random, and are the same for the same number."""
    return id_digits(microseconds, (number + 1) * _MIX & (1 << RANDOM_BITS) - 1)


def datetime_at(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)


def datetime_text(microseconds: int) -> str:
    return datetime_at(microseconds).isoformat()


def _name(number: int) -> tuple[str, str]:
    return FIRST_NAMES[number % len(FIRST_NAMES)], LAST_NAMES[number // len(FIRST_NAMES) % len(LAST_NAMES)]


def _draw(numbers: random.Random, bounds: list[int]) -> int:
    draw = numbers.random() * bounds[-1]
    return next(index for index, bound in enumerate(bounds) if draw < bound)


_CURRENCIES, _CURRENCY_BOUNDS = list(CURRENCIES), list(accumulate(CURRENCIES.values()))
_OUTCOMES, _OUTCOME_BOUNDS = list(OUTCOMES), list(accumulate(OUTCOMES.values()))
