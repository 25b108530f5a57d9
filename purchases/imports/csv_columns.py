"""Past orders in a CSV file: the headings of its columns, and how a row is read.

Headings may be the usual ones in several languages, the names of the API, or those of our own export.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from blitzrocket.emails import Email, InvalidEmail
from blitzrocket.spreadsheets.csv_table import Vocabulary
from blitzrocket.spreadsheets.dates import InvalidDate, parse_local_datetime
from blitzrocket.spreadsheets.values import InvalidNumber, is_empty, parse_money, parse_whole_number
from blitzrocket.text import has_visible
from contests.imports.csv_columns import EMAIL
from contests.money import MAX_AMOUNT, MINOR_DIGITS, InvalidCurrency, in_minor_units, read_currency
from contests.scoring import MAX_PER_PURCHASE
from purchases.models import MAX_ORDER_ID_LENGTH

SPELLINGS = {
    "order_id": (
        ("order id", "order", "order no", "order nr", "order number", "bestellnummer", "bestell-id", "auftragsnummer",
         "numéro de commande", "commande", "número de pedido", "pedido", "numero ordine", "ordine", "número do pedido",
         "ordernummer", "bestelnummer", "numer zamówienia", "номер заказа", "注文番号", "订单号"),
        ("external order id", "external id", "transaction id", "shop order id"),
    ),
    "email": EMAIL,
    "amount": (
        ("amount", "order amount", "purchase amount", "amount paid", "betrag", "montant", "importe", "importo", "valor",
         "bedrag", "kwota", "сумма", "金額", "金额"),
        ("total", "order total", "total price", "grand total", "gesamtbetrag", "gesamtsumme", "total amount"),
        ("price", "value", "order value", "summe", "revenue"),
    ),
    "currency": (
        ("currency", "currency code", "order currency", "währung", "devise", "moneda", "divisa", "valuta", "moeda",
         "waluta", "валюта", "通貨", "货币"),
    ),
    "purchased_at": (
        ("purchased at", "purchase date", "date of purchase", "purchased", "kaufdatum", "date d'achat",
         "fecha de compra", "data di acquisto", "data da compra", "aankoopdatum"),
        ("order date", "date of order", "ordered at", "ordered on", "bestelldatum", "date de commande",
         "fecha de pedido", "fecha del pedido", "data ordine", "data do pedido", "besteldatum", "注文日"),
        ("paid at", "payment date"),
        ("created at", "created", "date created", "order created at", "erstellt am"),
        ("date", "datum", "date and time", "fecha", "data", "timestamp", "time", "дата", "日付"),
    ),
    "points": (
        ("points given", "points awarded", "points earned", "awarded points", "earned points"),
        ("points", "order points", "reward points", "punkte", "puntos", "punti", "pontos", "punten", "punkty", "баллы",
         "ポイント", "积分"),
    ),
    # Columns of our own export: with them, the amount and points above are those before refunds.
    "refunded": (("refunded", "refunded amount"),),
    "points_now": (("points now",),),
    "status": (("status",),),
}  # fmt: skip
VOCABULARY = Vocabulary(
    SPELLINGS,
    required=[("order_id",), ("email",), ("amount",), ("currency",), ("purchased_at",), ("points",)],
    example="order id,email,amount,currency,purchased at,points given",
)
COLUMNS = tuple(SPELLINGS)
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)  # older dates are a spreadsheet's 0 or a typing error
CLOCK_GRACE = timedelta(minutes=5)
REVERSED = ("refunded", "voided")
FURTHEST_ZONE = timedelta(hours=14)
THREE_DIGITS = 3
_shortened = re.compile(r"\d([.,]\d+)?E\+\d+", re.IGNORECASE | re.ASCII)
_one_separator = re.compile(r"\D*\d{1,3}([.,])\d{3}\D*", re.ASCII)
_code = re.compile(r"[A-Z]{3}")


class InvalidOrder(ValueError):
    """The row can't be imported, for the reason in the message."""


class ReversedOrder(InvalidOrder):
    """The order was refunded in full or voided."""

    def __init__(self) -> None:
        super().__init__("Refunded or voided in the other service, so not imported.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PastOrder:
    """A row that can be imported."""

    order_id: str
    email: Email
    amount: Decimal
    currency: str
    purchased_at: datetime
    points: int
    names_zone: bool

    @classmethod
    def parse(cls, values: dict[str, str], *, day_first: bool | None, now: datetime) -> "PastOrder":
        """Read a row's cells.

        Raises:
            ReversedOrder: it was refunded in full or voided.
            InvalidOrder: for the first invalid cell.
        """
        order_id = read_order_id(values.get("order_id", ""))
        if values.get("status", "").casefold() in REVERSED:
            raise ReversedOrder
        email = read_email(values.get("email", ""))
        currency = read_row_currency(values.get("currency", ""))
        purchased_at, names_zone = read_purchased_at(values.get("purchased_at", ""), day_first, now)
        return cls(
            order_id=order_id,
            email=email,
            amount=_amount_left(values.get("amount", ""), values.get("refunded", ""), currency),
            currency=currency,
            purchased_at=purchased_at,
            points=_points(values.get("points_now") or values.get("points", "")),
            names_zone=names_zone,
        )


def read_order_id(text: str) -> str:
    """An order id, by the API's rules.

    Raises:
        InvalidOrder: it breaks them, or a spreadsheet shortened it.
    """
    if not has_visible(text):
        raise InvalidOrder("The row has no order ID.")
    if len(text) > MAX_ORDER_ID_LENGTH or any(unicodedata.category(character) == "Cc" for character in text):
        raise InvalidOrder(f"The order ID has more than {MAX_ORDER_ID_LENGTH} characters, or a control character.")
    if _shortened.fullmatch(text):
        message = "A spreadsheet shortened the order ID to “%(text)s”. Format the column as text and save it again."
        raise InvalidOrder(message % {"text": text})
    return text


def read_email(text: str) -> Email:
    """An email.

    Raises:
        InvalidOrder: there is none, or it is invalid.
    """
    if not text:
        raise InvalidOrder("The row has no email.")
    try:
        return Email.parse(text)
    except InvalidEmail as error:
        message = "“%(text)s” is not a valid email: %(why)s"
        raise InvalidOrder(message % {"text": text[:100], "why": error}) from None


def read_row_currency(text: str) -> str:
    """A currency's code.

    Raises:
        InvalidOrder: it is none.
    """
    try:
        return read_currency(text)
    except InvalidCurrency as error:
        message = "“%(text)s” is not a currency: %(why)s"
        raise InvalidOrder(message % {"text": text[:100], "why": error}) from None


def _amount(text: str, currency: str) -> Decimal:
    try:
        amount = read_money(text, currency)
    except InvalidNumber as error:
        message = "“%(text)s” is not an amount: %(why)s."
        raise InvalidOrder(message % {"text": text[:100], "why": error}) from None
    amount = in_minor_units(amount, currency) if amount <= MAX_AMOUNT else amount
    if not 0 < amount <= MAX_AMOUNT:
        message = "The amount must be more than 0 and at most %(most)s, also rounded to the minor unit of %(currency)s."
        raise InvalidOrder(message % {"most": f"{MAX_AMOUNT:,}", "currency": currency})
    return amount


def _amount_left(text: str, refunded: str, currency: str) -> Decimal:
    """The amount less the refunded amount."""
    amount = _amount(text, currency)
    if is_empty(refunded):
        return amount
    try:
        refunded_amount = read_money(refunded, currency)
    except InvalidNumber as error:
        message = "“%(text)s” is not a refunded amount: %(why)s."
        raise InvalidOrder(message % {"text": refunded[:100], "why": error}) from None
    if not 0 <= refunded_amount <= MAX_AMOUNT:
        message = "The refunded amount must be from 0 to %(most)s."
        raise InvalidOrder(message % {"most": f"{MAX_AMOUNT:,}"})
    left = amount - in_minor_units(refunded_amount, currency)
    if left <= 0:
        raise ReversedOrder
    return left


def read_money(text: str, currency: str) -> Decimal:
    """An amount in this currency. With three decimals, a dot before three digits is the decimal point.

    Raises:
        InvalidNumber: it is not a number, is ambiguous, or names another currency.
    """
    if any(code != currency for code in _code.findall(text.upper()) if code in MINOR_DIGITS):
        raise InvalidNumber(f"the column “currency” says {currency}")
    separated = _one_separator.fullmatch(text)
    if separated is None or MINOR_DIGITS[currency] < THREE_DIGITS:
        return parse_money(text)
    if separated[1] == ",":
        raise InvalidNumber("it can be read in two ways: write it with a dot before the decimals")
    return Decimal(re.sub(r"[^\d.]", "", text))


def read_purchased_at(text: str, day_first: bool | None, now: datetime) -> tuple[datetime, bool]:
    """The time of purchase, and whether the text names its zone.

    Raises:
        InvalidOrder: it is no time, or lies in the future or before 1970.
    """
    if not text:
        raise InvalidOrder("The row does not say when the order was purchased.")
    try:
        moment, names_zone = parse_local_datetime(text, day_first=day_first)
    except InvalidDate as error:
        message = "“%(text)s” cannot be read as a date: %(why)s."
        raise InvalidOrder(message % {"text": text[:100], "why": error}) from None
    if not names_zone and now < moment <= now + FURTHEST_ZONE:
        moment = now  # a clock east of UTC, written without its zone
    if moment > now + CLOCK_GRACE:
        raise InvalidOrder(f"“{text[:100]}” lies in the future.")
    if moment < EARLIEST:
        raise InvalidOrder(f"“{text[:100]}” is before 1970.")
    return moment, names_zone


def _points(text: str) -> int:
    if is_empty(text):
        raise InvalidOrder("The row does not say how many points were given; write 0 for none.")
    try:
        points = parse_whole_number(text)
    except InvalidNumber as error:
        message = "“%(text)s” is not a number of points: %(why)s."
        raise InvalidOrder(message % {"text": text[:100], "why": error}) from None
    if not 0 <= points <= MAX_PER_PURCHASE:
        message = "The points given must be a whole number from 0 to %(most)s."
        raise InvalidOrder(message % {"most": f"{MAX_PER_PURCHASE:,}"})
    return points
