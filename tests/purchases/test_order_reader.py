"""Orders are read without making a serializer for each; the serializer, which OpenAPI describes, reads the same."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from blitzrocket import strict_json
from blitzrocket.api.exceptions import ApiError
from blitzrocket.api.fields import FlagField, MoneyField, TextField
from blitzrocket.api.serializers import BodySerializer
from purchases.api.batch_serializers import OrderToReconcileSerializer
from purchases.api.orders import read_order
from purchases.api.refund_serializers import RefundOrderSerializer
from purchases.api.serializers import RecordPurchaseSerializer
from purchases.services import NewPurchase

NOW = datetime(2026, 11, 22, 18, tzinfo=UTC)
CONTEXT = {"received_at": NOW}
READERS = [RecordPurchaseSerializer, RefundOrderSerializer, OrderToReconcileSerializer]

texts = st.one_of(
    st.text(max_size=10),
    st.text(st.characters(categories=["Cc", "Cf", "Zs", "Cs"]), max_size=4),
    st.sampled_from(["", " ", "\ufeff", "\u200b\t", "\0", "\ud800", "a" * 255, "a" * 256, " 1001\n", "ſek"]),
)
numbers = st.one_of(
    st.integers(),
    st.integers(min_value=10**11),
    st.decimals(allow_nan=False, allow_infinity=False, places=3),
    st.sampled_from([Decimal("0.004"), Decimal("999999999999.999"), Decimal("1E+308"), Decimal("1E-308"), 0, -1]),
)
times = st.one_of(
    st.datetimes(timezones=st.just(UTC), min_value=datetime(2026, 8, 1), max_value=datetime(2027, 1, 1)).map(
        datetime.isoformat
    ),
    st.sampled_from(
        [f"{NOW + timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%SZ}" for minutes in (4, 6, -129_599, -129_601)]
    ),
)
emails = st.one_of(
    st.emails(),
    st.sampled_from(
        ["ada@example.com", " Ada@EXAMPLE.com\u200b", "a..b@docomo.ne.jp", "@", "a@b", "ß@straße.de", "a@b.onion"]
    ),
)
currencies = st.sampled_from(["USD", "usd ", "JPY", "KWD", "XAU", "XXX", "HRK", "dollars"])
strange = st.one_of(
    st.none(),
    st.booleans(),
    texts,
    numbers,
    emails,
    currencies,
    times,
    st.lists(st.none(), max_size=2),
    st.dictionaries(texts, st.none(), max_size=2),
    st.just(strict_json.Unusable("is given twice in one object; send it once.", "x")),
)
bodies = st.fixed_dictionaries(
    {},
    optional={
        "email": emails | strange,
        "orderId": texts | strange,
        "refundId": texts | strange,
        "amount": numbers | strange,
        "currency": currencies | strange,
        "purchasedAt": times | strange,
        "reason": texts | strange,
        "other": strange,
    },
)


def outcome(read: Any) -> Any:
    """The values, or the errors with their codes, in their order."""
    try:
        values = read()
    except ValidationError as error:
        detail: Any = error.detail
        return [(name, [(str(each), each.code) for each in errors]) for name, errors in detail.items()]
    return list(values.items())


@pytest.mark.parametrize("reader", READERS)
@given(body=bodies)
@example(body={"email": "ada@example.com", "orderId": "1", "amount": 5})
@example(
    body={"email": "ada@example.com", "orderId": 1, "amount": Decimal("49.99"), "currency": "eur", "purchasedAt": ""}
)
@example(body={"email": "ada@example.com", "orderId": "1", "amount": Decimal("0.001")})
@example(body={"email": "ada@example.com", "orderId": "1", "refundId": "2", "amount": 10**12, "currency": "USD"})
@example(body={})
def test_a_body_is_read_as_its_serializer_reads_it(reader: type[BodySerializer], body: dict[str, Any]) -> None:
    read = outcome(lambda: reader.read(body, CONTEXT))
    assert read == outcome(lambda: reader(context=CONTEXT).run_validation(body))


def order_or_error(read: Any) -> Any:
    try:
        return read()
    except ApiError as error:
        return type(error), error.body("req")


def order_of_serializer(body: dict[str, Any]) -> NewPurchase:
    serializer = RecordPurchaseSerializer(data=body, context=CONTEXT)
    serializer.is_valid(raise_exception=True)
    values: Any = serializer.validated_data
    return NewPurchase(
        email=values["email"],
        order_id=values["orderId"],
        amount=values["amount"],
        currency=values["currency"],
        purchased_at=values.get("purchasedAt", NOW),
        is_time_sent="purchasedAt" in values,
    )


@given(body=bodies)
def test_an_order_or_its_error_is_that_of_the_serializer(body: dict[str, Any]) -> None:
    assert order_or_error(lambda: read_order(body, NOW)) == order_or_error(lambda: order_of_serializer(body))


def test_bodies_do_not_change_what_they_share() -> None:
    """One after the other, and with another time of receipt."""
    sent = {"email": "ada@example.com", "orderId": "1", "amount": 5, "purchasedAt": "2026-11-22T18:00:00Z"}
    with pytest.raises(ApiError):
        read_order(sent, NOW - timedelta(days=1))
    with pytest.raises(ApiError):
        read_order({}, NOW)
    assert read_order(sent, NOW).is_time_sent
    assert not read_order(sent | {"purchasedAt": None}, NOW).is_time_sent


class WithMethod(BodySerializer):
    name = TextField(max_length=10)

    def validate_name(self, name: str) -> str:
        return name.upper()


class WithOtherName(BodySerializer):
    other = FlagField(source="is_on")


class WithOtherField(BodySerializer):
    amount = MoneyField()


class WithValidator(BodySerializer):
    name = TextField(max_length=10, validators=[serializers.ValidationError])


@pytest.mark.parametrize("reader", [WithMethod, WithOtherName, WithOtherField, WithValidator])
def test_a_serializer_that_needs_more_of_drf_cannot_be_read_this_way(reader: type[BodySerializer]) -> None:
    with pytest.raises(TypeError):
        reader.read({"name": "x"}, {})
