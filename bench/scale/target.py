"""What a row's requests are made of: the contest of a size, with some of what is in it."""

from dataclasses import dataclass

# Added to the load data.
RARE_NAME, RARE_EMAIL = "Zebulon Quagga", "zebulon.quagga@rare.test"
MIXED_CASE_ORDER = "Mixed-Case-1"


@dataclass(frozen=True, kw_only=True)
class Target:
    """A contest with its keys, an owner's session cookie, and samples spread over its rows."""

    purchases: int
    contest_id: str
    private_key: str
    public_key: str
    cookie: str
    order_ids: list[str]  # of purchases without refunds
    purchase_ids: list[str]  # of the same
    purchased_at: str  # of the one in the middle, in ISO 8601
    hour_later: str
    emails: list[str]  # of entries that are not disqualified
    entry_ids: list[str]
    held_order_ids: list[str]
    held_ids: list[str]
    unused_currency: str
