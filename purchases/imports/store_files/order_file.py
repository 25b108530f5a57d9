"""What a store's own export of orders has, and how its rows are read: the same for each store but for the columns.

A row is read as its connection's deliveries are: the same order id, the same amount, and nothing for orders that are
not paid, are cancelled or a test.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar, Protocol

from blitzrocket.emails import Email
from blitzrocket.spreadsheets.csv_table import CsvTable, FileRow, UnreadableFile, Vocabulary
from blitzrocket.spreadsheets.values import InvalidNumber, is_empty
from contests.money import MAX_AMOUNT, in_minor_units
from purchases.imports.csv_columns import (
    InvalidOrder,
    read_email,
    read_money,
    read_order_id,
    read_purchased_at,
    read_row_currency,
)
from purchases.services import NewPurchase
from purchases.stores.events import StoreOrder
from purchases.stores.provider import Options

ZERO = Decimal(0)
NO_EMAIL = Email("", "")
NOT_PAID = "Not paid"
CANCELLED = "Cancelled"
REFUNDED_IN_FULL = "Refunded in full"
TEST = "A test order"
NO_AMOUNT = "The amount is 0"
Values = Mapping[str, str]


class SkippedOrder(Exception):
    """The order earns no points, for the reason in the message."""


class OrderTable(Protocol):
    """The rows of a file, by the meanings of a store's vocabulary."""

    @property
    def encoding(self) -> str: ...

    @property
    def ignored_headings(self) -> list[str]: ...

    def rows(self) -> Iterator[FileRow]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOrder:
    """A paid order of a store's file, with all that was refunded of it."""

    store_order: StoreOrder
    email: Email
    amount: Decimal
    currency: str
    refunded: Decimal
    purchased_at: datetime
    names_zone: bool

    def as_purchase(self, order_id: str) -> NewPurchase:
        return NewPurchase(
            email=self.email,
            order_id=order_id,
            amount=self.amount,
            currency=self.currency,
            purchased_at=self.purchased_at,
        )


class OrderFile:
    """A store's export of orders. Subclasses name its columns, and say what a row means."""

    vocabulary: ClassVar[Vocabulary]
    name: ClassVar[str]  # completes “This should be …”
    help_text: ClassVar[str]  # where the store makes it
    total: ClassVar[str] = "total"  # the meaning of its column with the order's amount

    def parse(self, data: bytes) -> OrderTable:
        """The file's rows.

        Raises:
            UnreadableFile: it can't be read, or lacks a column; the message says what the file should be.
        """
        try:
            return CsvTable.parse(data, self.vocabulary)
        except UnreadableFile as error:
            raise UnreadableFile(f"{error} This should be {self.name}. {self.help_text}") from None

    def rows(self, table: OrderTable) -> Iterator[FileRow]:
        """One row an order."""
        above: Values = {}
        for row in table.rows():
            if not self.continues(row.values, above):
                above = row.values
                yield row

    def continues(self, values: Values, above: Values) -> bool:
        """Whether the row belongs to the order above it."""
        return False

    def facts(self, values: Values, options: Options) -> dict[str, str]:
        """The order as the import takes it: order_id, name, payment_ids, other_ids, email, currency, purchased_at."""
        raise NotImplementedError

    def check(self, values: Values, options: Options) -> None:
        """Whether the order earns points.

        Raises:
            SkippedOrder: it does not.
        """
        raise NotImplementedError

    def earning(self, total: Decimal, values: Values, currency: str, options: Options) -> Decimal:
        """The part of the total that earns points, by the connection's options.

        Raises:
            InvalidOrder: a cell is no amount.
        """
        return total

    def read(self, values: Values, options: Options) -> dict[str, str]:
        """The order as the import saves it: its `facts`, and the amounts.

        Raises:
            SkippedOrder: it earns no points.
            InvalidOrder: a cell is invalid.
        """
        self.check(values, options)
        facts = self.facts(values, options)
        currency = read_row_currency(facts.get("currency", ""))
        total = total_money(values, self.total, currency)
        amount = in_minor_units(self.earning(total, values, currency, options), currency)
        if amount == 0:
            raise SkippedOrder(NO_AMOUNT)
        if amount < 0:
            raise InvalidOrder("Shipping and tax are more than the total.")
        given_back = cell_money(values, "refunded", currency)
        refunded = in_minor_units(given_back * amount / total, currency)  # its share of what earned
        if refunded >= amount:
            raise SkippedOrder(REFUNDED_IN_FULL)
        return facts | {"amount": f"{amount:f}"} | ({"refunded": f"{refunded:f}"} if refunded else {})


def read_saved(values: Values, *, day_first: bool | None, now: datetime) -> FileOrder:
    """An order that `OrderFile.read` has read.

    Raises:
        InvalidOrder: its id, email or time is invalid.
    """
    email, currency = values.get("email", ""), read_row_currency(values.get("currency", ""))
    purchased_at, names_zone = read_purchased_at(values.get("purchased_at", ""), day_first, now)
    return FileOrder(
        store_order=StoreOrder(
            order_id=read_order_id(values.get("order_id", "")),
            name=values.get("name", ""),
            payment_ids=tuple(values.get("payment_ids", "").split()),
            other_ids=tuple(values.get("other_ids", "").split()),
        ),
        email=NO_EMAIL if is_empty(email) else read_email(email),
        amount=Decimal(values.get("amount", "0")),
        currency=currency,
        refunded=Decimal(values.get("refunded", "0")),
        purchased_at=min(purchased_at, now),
        names_zone=names_zone,
    )


def total_money(values: Values, name: str, currency: str) -> Decimal:
    """An amount that each order has.

    Raises:
        InvalidOrder: it is missing, no amount, or negative.
    """
    if is_empty(values.get(name, "")):
        raise InvalidOrder(f"{_label(name)}: the row has no amount.")
    return cell_money(values, name, currency)


def cell_money(values: Values, name: str, currency: str) -> Decimal:
    """An amount that is 0 where the cell is empty.

    Raises:
        InvalidOrder: it is no amount, or negative.
    """
    text = values.get(name, "")
    if is_empty(text):
        return ZERO
    try:
        amount = read_money(text, currency)
    except InvalidNumber as error:
        raise InvalidOrder(f"{_label(name)}: “{text[:100]}” is not an amount: {error}.") from None
    if amount < 0:
        raise InvalidOrder(f"{_label(name)}: “{text[:100]}” is negative.")
    if amount > MAX_AMOUNT:
        raise InvalidOrder(f"{_label(name)}: “{text[:100]}” is more than {MAX_AMOUNT:,}.")
    return amount


def without_parts(total: Decimal, shipping: Decimal, values: Values, currency: str, options: Options) -> Decimal:
    """The total without what the connection's option “amount” leaves out; ``shipping`` is with its tax.

    Raises:
        InvalidOrder: a cell is no amount.
    """
    match options["amount"]:
        case "without_shipping":
            return total - shipping
        case "without_tax_and_shipping":
            return total - cell_money(values, "shipping", currency) - cell_money(values, "tax", currency)
    return total


def first_of(values: Values, *names: str) -> str:
    """The first of these cells that is filled."""
    return next(filter(None, (values.get(name, "") for name in names)), "")


def plain(text: str) -> str:
    """A status for comparison: “Partially refunded” and “partially_refunded” are the same."""
    return text.strip().casefold().replace(" ", "_").replace("-", "_")


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()
