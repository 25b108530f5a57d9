"""The body of a record call, checked as FastAPI services check theirs."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, to_lower=True, max_length=254, pattern=r"^[^@\s]{1,64}@[^@\s]+\.[^@\s]+$"),
]
OrderId = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)]
Currency = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, pattern=r"^\s*[A-Za-z]{3}\s*$")]


def _in_cents(amount: Decimal) -> Decimal:
    rounded = amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
    if rounded <= 0:
        raise ValueError("The amount must be greater than 0.")
    return rounded


Amount = Annotated[Decimal, Field(gt=0, le=999_999_999_999, allow_inf_nan=False), AfterValidator(_in_cents)]


class PurchaseBody(BaseModel):
    """What a store sends."""

    model_config = ConfigDict(extra="ignore")

    email: Email
    orderId: OrderId  # noqa: N815  (the API's name)
    amount: Amount
    currency: Currency = "USD"
