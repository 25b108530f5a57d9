"""The work that all contenders do: a contest with 1,000 entries and three rules, and the orders that are sent."""

from decimal import ROUND_HALF_UP, Decimal

ENTRIES = 1000
PRICES = tuple(Decimal(1050 + 937 * number).scaleb(-2) for number in range(20))
CURRENCY = "USD"
# As columns of ours and of the peers alike: points per 1.00, fixed points, currency (empty: any), amount from.
RULES: tuple[tuple[Decimal, int, str, Decimal], ...] = (
    (Decimal(1), 0, "", Decimal(0)),
    (Decimal(0), 5, CURRENCY, Decimal(0)),
    (Decimal("0.5"), 0, "", Decimal(100)),
)


def entry_email(number: int) -> str:
    return f"entry-{number:04}@example.com"


def absent_email(number: int) -> str:
    """An address that no entry has, so that the order is held."""
    return f"later-{number:04}@example.com"


def price_of(order_number: int) -> Decimal:
    return PRICES[order_number % len(PRICES)]


def expected_points(amount: Decimal) -> int:
    """The points of an order, calculated apart from every contender."""
    exact = sum(
        (
            amount * rate + fixed
            for rate, fixed, currency, least in RULES
            if currency in ("", CURRENCY) and amount >= least
        ),
        Decimal(0),
    )
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))
