"""What null and empty text mean to the fields of a body: one rule, and its exceptions."""

from functools import partial
from typing import Any

import pytest
from rest_framework import serializers

from blitzrocket.api.fields import FlagField, StrictField, TextField
from contests.api.serializers import AddressField, WholeNumberField
from purchases.api.order_fields import AmountField, CurrencyCodeField, OrderIdField


def read(field: StrictField, *value: Any) -> Any:
    """What a serializer makes of the field's member: its value, “absent”, or the messages of why it is refused."""
    serializer = type("Body", (serializers.Serializer,), {"member": field})(data={"member": value[0]} if value else {})
    if serializer.is_valid():
        return serializer.validated_data.get("member", "absent")
    return [str(error) for error in serializer.errors["member"]]


OPTIONAL: list[Any] = [
    partial(TextField, max_length=5),
    partial(TextField, min_length=1, max_length=5),
    FlagField,
    AddressField,
    AmountField,
    partial(WholeNumberField, least=1, most=5),
]


@pytest.mark.parametrize("make", OPTIONAL)
@pytest.mark.parametrize("nothing", [None, "", " \n", "\ufeff", "\u200b\u00a0"])
class TestNothing:
    def test_null_and_empty_text_count_as_absent_where_optional(self, make: Any, nothing: Any) -> None:
        assert read(make(required=False), nothing) == "absent"

    def test_null_and_empty_text_count_as_missing_where_required(self, make: Any, nothing: Any) -> None:
        assert read(make(noun="it"), nothing) == read(make(noun="it")) == ["Send it."]

    def test_null_may_be_a_value_of_its_own(self, make: Any, nothing: Any) -> None:
        assert read(make(required=False, null="value"), nothing) is None

    def test_null_may_be_refused(self, make: Any, nothing: Any) -> None:
        assert read(make(noun="it", required=False, null="refused"), nothing) == ["Send it."]
        assert read(make(noun="it", required=False, null="refused")) == "absent"


@pytest.mark.parametrize("text", ["", " ", "\ufeff", "\u200b"])
def test_an_empty_currency_is_refused(text: str) -> None:
    assert "ISO 4217" in read(CurrencyCodeField(required=False), text)[0]
    assert read(CurrencyCodeField(required=False), None) == "absent"


@pytest.mark.parametrize("value", [1, 0, "true", "false", "1", [], 1.0])
def test_a_flag_is_a_json_boolean(value: Any) -> None:
    assert read(FlagField(), value) == ["The member must be true or false."]


@pytest.mark.parametrize("text", ["\ufe0f", "\u3164", "\u2800\u2800", "\U000e0041", "\u034f", "\u115f\u1160"])
def test_an_id_has_a_visible_character(text: str) -> None:
    assert read(OrderIdField(), text) == ["The member must hold something that can be seen."]
    assert read(TextField(max_length=5), text) == text


@pytest.mark.parametrize(("number", "text"), [(7, "7"), (-1, "-1"), (10**254, str(10**254)), (0, "0")])
def test_an_integer_is_accepted_as_an_id(number: int, text: str) -> None:
    assert read(OrderIdField(), number) == text
