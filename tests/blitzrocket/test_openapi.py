"""The description of the API that is served is valid, and true of the answers."""

import re
from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import validate

from tests.support import Api, Shop, make_shop


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return make_shop()


@pytest.fixture
def description(api: Api) -> dict[str, Any]:
    answer = api.session.get(f"{api.base_url}/api/schema")
    assert answer.status_code == 200
    return dict(answer.json())


def test_it_is_valid_and_needs_no_key(description: dict[str, Any]) -> None:
    validate(description)
    assert description["openapi"].startswith("3.1")
    assert "/api/v1/contests/{contestId}/purchases" in description["paths"]


def test_answers_are_as_it_says(api: Api, shop: Shop, description: dict[str, Any]) -> None:
    operation = description["paths"]["/api/v1/contests/{contestId}/purchases"]["post"]
    order = shop.order()
    answers = [
        api.record(shop, order, params={"explain": "true"}),
        api.record(shop, order | {"amount": 1}),
        api.record(shop, {}),
        api.record(shop, key="x"),
        api.record(shop, key=shop.public_key),
        api.record(shop, contest_id="none"),
        api.record(shop, b"x" * 70_000),
        api.record(shop, b"x", headers={"Content-Type": "text/plain"}),
    ]
    assert [answer.status_code for answer in answers] == [201, 200, 400, 401, 403, 404, 413, 415]
    for answer in answers:
        schema = operation["responses"][str(answer.status_code)]["content"]["application/json"]["schema"]
        jsonschema.validate(answer.json(), schema | {"components": description["components"]})
    assert set(operation["responses"]) == {"200", "201", "400", "401", "403", "404", "413", "415", "429", "500", "503"}


def test_its_example_records(api: Api, shop: Shop, description: dict[str, Any]) -> None:
    body = description["paths"]["/api/v1/contests/{contestId}/purchases"]["post"]["requestBody"]
    (example,) = body["content"]["application/json"]["examples"].values()
    assert api.record(shop, example["value"]).status_code == 201


def test_the_interactive_page_asks_no_foreign_host(api: Api) -> None:
    page = api.session.get(f"{api.base_url}/api/docs").text
    assert "swagger-ui" in page
    addresses = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert addresses
    assert all(address.startswith("/") and not address.startswith("//") for address in addresses)
