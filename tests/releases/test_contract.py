"""What the description of the API promised in a release, it promises still."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from tests.openapi import description
from tests.releases.contract import broken_promises, contract_of
from tests.releases.versions import FOLDER, releases_with

Schemas = dict[str, Any]


@pytest.mark.parametrize("version", releases_with("contract.txt"))
def test_no_promise_of_a_release_is_broken(version: str) -> None:
    promised = (FOLDER / f"{version}.contract.txt").read_text(encoding="utf-8").splitlines()
    assert broken_promises(promised, contract_of(description())) == []


BREAKING: dict[str, Callable[[Schemas], Any]] = {
    "gone: Purchase.amount is number": lambda schemas: schemas["Purchase"]["properties"].pop("amount"),
    "gone: Purchase always has email": lambda schemas: schemas["Purchase"]["required"].remove("email"),
    "gone: Purchase.email is string": lambda schemas: schemas["Purchase"]["properties"]["email"].update(
        type=["string", "null"]
    ),
    "gone: Purchase.status enum voided": lambda schemas: schemas["Purchase"]["properties"]["status"]["enum"].remove(
        "voided"
    ),
    "RecordPurchase must have currency": lambda schemas: schemas["RecordPurchase"]["required"].append("currency"),
    "gone: RecordPurchase.currency may be null": lambda schemas: schemas["RecordPurchase"]["properties"][
        "currency"
    ].update(type="string"),
}
COMPATIBLE: list[Callable[[Schemas], Any]] = [
    lambda schemas: schemas["Purchase"]["properties"].update(note={"type": "string"}),
    lambda schemas: schemas["Purchase"]["required"].append("note"),
    lambda schemas: schemas["Purchase"]["properties"]["email"].update(description="Other words."),
    lambda schemas: schemas["RecordPurchase"]["properties"].update(note={"type": "string"}),
    lambda schemas: schemas["RecordPurchase"]["required"].remove("amount"),
    lambda schemas: schemas["RecordPurchase"]["properties"]["email"].update(type=["string", "null"]),
    lambda schemas: schemas.update(Invented={"type": "object", "required": ["note"]}),
]


def after(change: Callable[[Schemas], Any]) -> list[str]:
    changed = deepcopy(description())
    change(changed["components"]["schemas"])
    return broken_promises(contract_of(description()), contract_of(changed))


@pytest.mark.parametrize("promise", BREAKING)
def test_a_broken_promise_is_named(promise: str) -> None:
    assert promise in after(BREAKING[promise])


@pytest.mark.parametrize("number", range(len(COMPATIBLE)))
def test_what_only_adds_breaks_no_promise(number: int) -> None:
    assert after(COMPATIBLE[number]) == []


def test_a_new_operation_may_have_what_it_must() -> None:
    changed = deepcopy(description())
    changed["paths"]["/api/v1/key"]["post"] = deepcopy(description()["paths"]["/api/v1/contests/{contestId}"]["get"])
    assert broken_promises(contract_of(description()), contract_of(changed)) == []


def test_a_removed_operation_or_parameter_is_named() -> None:
    changed = deepcopy(description())
    del changed["paths"]["/api/v1/key"]
    changed["paths"]["/api/v1/contests"]["get"]["parameters"].pop()
    broken = broken_promises(contract_of(description()), contract_of(changed))
    assert "gone: /api/v1/key get operationId getKey" in broken
    assert any(line.startswith("gone: /api/v1/contests get parameters ") for line in broken)
