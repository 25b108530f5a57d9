"""The orders of a run and the HTTP requests that send them, ready but for the order ids."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from bench.workload import CURRENCY, ENTRIES, absent_email, entry_email, price_of

NUMBER = "00000000"  # an order id ends with eight digits, which the load generator fills in
REQUESTS = 1000  # different ones; order numbers of a run begin at a multiple of it
BATCH_REQUESTS = 20
ORDERS_IN_BATCH = 500
_SEED = 13


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where a contender takes purchases."""

    contest_id: str
    key: str
    connection_id: str = ""  # of a store
    subscribed_contest_id: str = ""  # a contest like the other, with a webhook

    def path(self, *, is_subscribed: bool = False) -> str:
        contest_id = self.subscribed_contest_id if is_subscribed else self.contest_id
        return f"/api/v1/contests/{contest_id}/purchases"


@dataclass(frozen=True, kw_only=True)
class Orders:
    """Orders with ids of a prefix and a number; ``email_of_place`` draws the participant of each request's place."""

    prefix: str
    first: int
    email_of_place: Callable[[random.Random], str]
    in_one: int = 1
    requests: int = REQUESTS
    is_subscribed: bool = False  # in the contest with a webhook

    @cached_property
    def emails(self) -> list[list[str]]:
        numbers = random.Random(_SEED)  # noqa: S311  (the same orders in each run)
        return [[self.email_of_place(numbers) for _ in range(self.in_one)] for _ in range(self.requests)]

    def order_id(self, number: int) -> str:
        return f"{self.prefix}{number:08}"

    def email(self, number: int) -> str:
        """The participant of an order."""
        request, place = divmod(number - self.first, self.in_one)
        return self.emails[request % self.requests][place]

    def amount(self, number: int) -> Decimal:
        return price_of(number)

    def request_parts(self, target: Target) -> list[list[str]]:
        """Each request as the texts around the numbers."""
        return [self._request(target, index, emails) for index, emails in enumerate(self.emails)]

    def _request(self, target: Target, index: int, emails: list[str]) -> list[str]:
        orders = [
            self._order(email, self.amount(self.first + index * self.in_one + place))
            for place, email in enumerate(emails)
        ]
        body, path = orders[0], target.path(is_subscribed=self.is_subscribed)
        if self.in_one > 1:
            body, path = '{"purchases": [' + ", ".join(orders) + "]}", f"{path}/batch"
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nx-api-key: {target.key}\r\n"
            f"Content-Type: application/json\r\nAccept: */*\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return (head + body).split(NUMBER)

    def _order(self, email: str, amount: Decimal) -> str:
        order = {"email": email, "orderId": f"{self.prefix}{NUMBER}", "amount": float(amount), "currency": CURRENCY}
        return json.dumps(order)


def any_entry(numbers: random.Random) -> str:
    return entry_email(numbers.randrange(ENTRIES))


def one_entry(numbers: random.Random) -> str:
    return entry_email(0)


def no_entry(numbers: random.Random) -> str:
    return absent_email(numbers.randrange(ENTRIES))
