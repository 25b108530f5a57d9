"""The description of the API that is served is valid, and true of the answers."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jsonschema
import pytest
import requests
from openapi_spec_validator import validate

from apikeys.models import ApiKey
from tests.support import ROOT, Api, Server, Shop, make_shop


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return make_shop()


@pytest.fixture
def description(api: Api) -> dict[str, Any]:
    answer = api.session.get(f"{api.base_url}/api/schema")
    assert answer.status_code == 200
    return dict(answer.json())


def test_the_description_is_valid_and_needs_no_key(description: dict[str, Any]) -> None:
    validate(description)
    assert description["openapi"].startswith("3.1")
    assert "/api/v1/contests/{contestId}/purchases" in description["paths"]


def test_responses_match_the_description(api: Api, shop: Shop, description: dict[str, Any]) -> None:
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
    statuses = {"200", "201", "400", "401", "403", "404", "405", "413", "415", "429", "500", "503"}
    assert set(operation["responses"]) == statuses


def test_its_example_records_a_purchase(api: Api, shop: Shop, description: dict[str, Any]) -> None:
    body = description["paths"]["/api/v1/contests/{contestId}/purchases"]["post"]["requestBody"]
    (example,) = body["content"]["application/json"]["examples"].values()
    assert api.record(shop, example["value"]).status_code == 201


def test_the_interactive_page_uses_no_other_host(api: Api) -> None:
    page = api.session.get(f"{api.base_url}/api/docs").text
    assert "swagger-ui" in page
    addresses = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert addresses
    assert all(address.startswith("/") and not address.startswith("//") for address in addresses)


def test_fresh_processes_answer_the_same_to_many_callers_at_once(server: Server) -> None:
    """It is built before the first request is taken: what loads lazily is not loaded by several threads at once."""
    server.renew_workers()
    addresses = [f"{server.base_url}{path}" for path in ("/api/schema", "/openapi.json", "/api/schema/", "/api/docs")]
    started = time.monotonic()
    with ThreadPoolExecutor(16) as callers:
        answers = list(callers.map(lambda number: requests.get(addresses[number % 4], timeout=60), range(80)))
    assert [answer.status_code for answer in answers] == [200] * 80
    documents = [answer for answer in answers if answer.url != addresses[3]]
    assert len({answer.content for answer in documents}) == 1
    assert len({answer.headers["ETag"].removeprefix("W/") for answer in documents}) == 1
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("path", ["/api/schema", "/openapi.json"])
@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_a_client_that_has_this_version_gets_no_body(server: Server, path: str, encoding: str) -> None:
    headers = {"Accept-Encoding": encoding}
    first = requests.get(f"{server.base_url}{path}", headers=headers, timeout=30)
    assert (first.status_code, first.headers["Cache-Control"]) == (200, "no-cache")
    etag = first.headers["ETag"]
    for known in (etag, f'"other", {etag}', "*", etag.removeprefix("W/")):
        answer = requests.get(f"{server.base_url}{path}", headers=headers | {"If-None-Match": known}, timeout=30)
        assert (answer.status_code, answer.content) == (304, b"")
    answer = requests.get(f"{server.base_url}{path}", headers=headers | {"If-None-Match": '"other"'}, timeout=30)
    assert (answer.status_code, answer.content) == (200, first.content)


@pytest.mark.parametrize("path", ["/api/schema", "/openapi.json"])
def test_the_description_is_only_read(server: Server, path: str) -> None:
    answer = requests.post(f"{server.base_url}{path}", json={}, timeout=30)
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert "GET" in answer.headers["Allow"]
    assert requests.head(f"{server.base_url}{path}", timeout=30).status_code == 200


def operations(description: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["operationId"]: each for path in description["paths"].values() for each in path.values()}


def test_every_property_and_parameter_is_described(description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"].items()
    properties = {(name, key): value for name, each in schemas for key, value in each.get("properties", {}).items()}
    parameters = {
        (name, parameter["name"]): parameter
        for name, each in operations(description).items()
        for parameter in each.get("parameters", [])
    }
    assert [key for key, value in (properties | parameters).items() if not value.get("description")] == []


def test_no_property_has_a_default(description: dict[str, Any]) -> None:
    """Generated clients send a default, or insist on a value: a refund would be in USD whatever its order is in."""
    schemas = description["components"]["schemas"].items()
    properties = [(name, key, value) for name, each in schemas for key, value in each.get("properties", {}).items()]
    assert [(name, key) for name, key, value in properties if "default" in value] == []


def test_the_codes_of_errors_are_those_of_the_docs(description: dict[str, Any]) -> None:
    codes = description["components"]["schemas"]["ApiError"]["properties"]["code"]["enum"]
    section = (ROOT / "docs" / "api.md").read_text().partition("\n## Failures\n")[2].partition("\n## ")[0]
    documented = set(re.findall(r"^\| `([a-z_]+)` \|", section, re.M))
    assert set(codes) == documented


def test_each_error_has_an_example_for_its_operation(description: dict[str, Any]) -> None:
    def codes(operation: str, status: int) -> set[str]:
        content = operations(description)[operation]["responses"][str(status)]["content"]["application/json"]
        values = [example["value"] for example in content["examples"].values()]
        for value in values:
            jsonschema.validate(value, content["schema"] | {"components": description["components"]})
        return {value["code"] for value in values}

    assert codes("adjustPoints", 409) == {"balance_too_low"}
    assert codes("updateEntry", 409) == {"email_taken", "phone_taken"}
    assert codes("refundOrder", 409) == {"refund_exceeds_purchase"}
    assert codes("getPurchase", 404) == {"contest_not_found", "purchase_not_found"}
    assert codes("getEntry", 404) == {"entry_not_found"}
    assert codes("recordPurchase", 400) == {"amount_not_positive", "invalid_request_body"}
    assert codes("getKey", 405) == {"method_not_allowed"}


def test_response_headers_are_described(api: Api, shop: Shop, description: dict[str, Any]) -> None:
    responses = operations(description)["recordPurchase"]["responses"]
    for status, response in responses.items():
        assert "X-Request-Id" in response["headers"], status
    assert "Retry-After" in responses["429"]["headers"]
    assert "Retry-After" in responses["503"]["headers"]
    assert "WWW-Authenticate" in responses["401"]["headers"]
    assert "Allow" in responses["405"]["headers"]
    ApiKey.objects.update(rate_limit=100)
    answer = api.record(shop)
    assert all(name in answer.headers for name in responses["201"]["headers"])


def test_each_operation_says_which_keys_it_takes(description: dict[str, Any]) -> None:
    def kinds(operation: str) -> list[str]:
        return [kind for option in operations(description)[operation]["security"] for kind in option]

    assert kinds("recordPurchase") == kinds("listPurchases") == kinds("createEntry") == ["privateKey"]
    assert kinds("getLeaderboard") == kinds("listEntries") == ["privateKey", "publicKey", "publicKeyInUrl"]


def test_the_description_names_the_server(description: dict[str, Any]) -> None:
    assert [server["url"] for server in description["servers"]] == ["/"]


def test_one_thing_has_one_name_in_every_path(description: dict[str, Any]) -> None:
    names = {name for path in description["paths"] for name in re.findall(r"{(\w+)}", path)}
    assert names == {"contestId", "entryId", "purchaseId"}
