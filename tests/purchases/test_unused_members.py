"""Only the used members of a body are validated; an invalid row of a batch affects no other."""

import json
from typing import Any

import pytest

from contests.models import Entry
from purchases.models import Purchase, RejectedPurchase
from tests.support import Api, Shop, make_shop

# JSON that no field could store, or that two readers may understand differently.
JUNK = [
    rb'"\ud83d"',
    rb'["\udfff", {"a\u0000b": "\ud800\u0000"}]',
    rb'"\u0000"',
    rb'{"\ud83d": 1, "\ud83d": 2}',
    b'{"email": 1, "email": 2, "orderId": {"orderId": 1, "orderId": 1}}',
    b"1" * 300,
    b"-" + b"9" * 50_000,
    b"0." + b"1" * 50_000,
    b"1e99999",
    b"-1E-99999999999999999999999999",
    b"[" * 997 + b"]" * 997,
    b'{"a":' * 997 + b"0" + b"}" * 997,
    b"[" + b"[]," * 10_000 + b"[]]",
    "\"\u202e\ufeff\U000e0001 � ﷽\"".encode(),
]  # fmt: skip


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return make_shop()


def order_with(member: bytes, **fields: Any) -> bytes:
    fields = {"email": "ada@example.com", "orderId": "order-1", "amount": 5} | fields
    return json.dumps(fields).encode()[:-1] + b", " + member + b"}"


def junk_members() -> list[bytes]:
    named = [b'"note": ' + junk for junk in JUNK]
    return [*named, b'"note": 1, "note": 2', rb'"\ud83d": 1', rb'"Email": "x", "ORDERID": 1, "email ": 2']


@pytest.mark.parametrize("member", junk_members(), ids=range(len(junk_members())))
class TestUnusedMembers:
    def test_unused_members_do_not_reject_an_order(self, api: Api, shop: Shop, member: bytes) -> None:
        assert api.record(shop, order_with(member)).status_code == 201

    def test_a_rejected_order_with_unused_members_is_saved(self, api: Api, shop: Shop, member: bytes) -> None:
        response = api.record(shop, order_with(member, amount="5"))
        assert [detail["field"] for detail in response.json()["details"]] == ["amount"]
        rejected = RejectedPurchase.objects.get()
        assert (rejected.order_id, rejected.email, rejected.amount) == ("order-1", "ada@example.com", '"5"')

    def test_unused_members_do_not_reject_rows_of_a_batch(self, api: Api, shop: Shop, member: bytes) -> None:
        rows = [order_with(member, orderId="junk"), order_with(b'"a": 1', orderId="plain")]
        response = send_batch(api, shop, b'{"purchases": [%s], %s}' % (b", ".join(rows), member))
        assert response["counts"] == {"recorded": 2, "duplicate": 0, "rejected": 0}


# Values of members that are used, as JSON text; each is refused under the member's name.
UNUSABLE = [
    ("email", rb'"a\ud83d@example.com"'),
    ("email", rb'"ada@example.com\u0000"'),
    ("email", rb'["\ud83d"]'),
    ("email", b"1" * 300),
    ("amount", b"1" * 300),
    ("amount", b"5." + b"0" * 300),
    ("amount", b"1e99999"),
    ("amount", b"1e-99999"),
    ("amount", rb'"\ud83d"'),
    ("currency", rb'"US\ud83d"'),
    ("currency", rb'"USD\u0000"'),
    ("currency", rb'{"\u0000": "\udfff"}'),
    ("currency", b"1e99999"),
    ("purchasedAt", rb'"\ud83d"'),
    ("purchasedAt", rb'"2026-11-22T18:00:00Z\u0000"'),
    ("purchasedAt", b"9" * 300),
    ("purchasedAt", b"[" * 900 + b"]" * 900),
    ("email", b"[" * 900 + b"]" * 900),
    ("amount", b'{"a":' * 900 + b"1" + b"}" * 900),
    ("currency", b"[" * 900 + b"]" * 900),
]


def body_with(field: str, value: bytes, order_id: str = "order-1") -> bytes:
    fields = {"email": "ada@example.com", "orderId": order_id, "amount": 5}
    fields.pop(field, None)
    return order_body(fields, b'"%s": %s' % (field.encode(), value))


def order_body(fields: dict[str, Any], member: bytes) -> bytes:
    return json.dumps(fields).encode()[:-1] + b", " + member + b"}"


@pytest.mark.parametrize(("field", "value"), UNUSABLE)
def test_an_invalid_member_is_refused_by_name_and_the_order_saved(
    api: Api, shop: Shop, field: str, value: bytes
) -> None:
    response = api.record(shop, body_with(field, value))
    assert (response.status_code, response.json()["code"]) == (400, "invalid_request_body")
    (detail,) = response.json()["details"]
    assert detail["field"] == field
    rejected = RejectedPurchase.objects.get()
    assert rejected.order_id == "order-1"
    assert rejected.details == [detail]


@pytest.mark.parametrize("field", ["email", "amount", "currency", "purchasedAt"])
@pytest.mark.parametrize("value", [b'"x"', b"7", b"null", rb'"\ud83d"'])
def test_a_member_given_twice_is_refused_and_the_order_saved(api: Api, shop: Shop, field: str, value: bytes) -> None:
    fields: dict[str, Any] = {"email": "ada@example.com", "amount": 5, "currency": "USD", "purchasedAt": None}
    body = order_body(fields | {"orderId": "order-1"}, b'"%s": %s' % (field.encode(), value))
    (detail,) = api.record(shop, body).json()["details"]
    assert detail == {"field": field, "message": f"The {field} is given twice in one object; send it once."}
    assert RejectedPurchase.objects.get().order_id == "order-1"


def test_a_member_given_twice_with_escapes_or_the_same_value_is_refused(api: Api, shop: Shop) -> None:
    for member in (rb'"\u0061mount": 7', rb'"amoun\u0074": 5', b'"amount": 5'):
        response = api.record(shop, order_with(member))
        assert response.json()["details"][0]["field"] == "amount", member


def test_an_order_id_given_twice_is_no_order_id(api: Api, shop: Shop) -> None:
    response = api.record(shop, order_with(b'"orderId": "order-1"'))
    assert [detail["field"] for detail in response.json()["details"]] == ["orderId"]
    assert not RejectedPurchase.objects.exists()


def test_each_faulty_row_of_a_batch_has_its_result(api: Api, shop: Shop) -> None:
    rows = [body_with(field, value, f"order-{number}") for number, (field, value) in enumerate(UNUSABLE)]
    rows += [rb'{"orderId": "\ud83d", "amount": 5}', b"7", b"1e99999", rb'"\ud83d"', b'{"orderId": 1, "orderId": 1}']
    rows += [order_with(b'"note": 1', orderId="good")]
    response = send_batch(api, shop, b'{"purchases": [%s]}' % b", ".join(rows))
    results = response["results"]
    assert [row["index"] for row in results] == list(range(len(rows)))
    assert [row["status"] for row in results] == ["rejected"] * (len(rows) - 1) + ["recorded"]
    assert response["counts"] == {"recorded": 1, "duplicate": 0, "rejected": len(rows) - 1}
    for row, (field, _) in zip(results, UNUSABLE, strict=False):
        assert [detail["field"] for detail in row["details"]] == [field]
        assert row["code"] == "invalid_request_body"
    assert all(row["details"] for row in results[:-1])
    assert [row["orderId"] for row in results[len(UNUSABLE) : -1]] == ["�", None, None, None, None]
    assert RejectedPurchase.objects.count() == len(UNUSABLE)
    assert Purchase.objects.get().order_id == "good"


@pytest.mark.parametrize(
    "body",
    [
        b'{"purchases": [{}], "purchases": [{}]}',
        b'{"purchases": [{"email": NaN}]}',
        b'{"purchases": [' + b"[" * 1000 + b"]" * 1000 + b"]}",
        b'{"purchases": [{"orderId": "a"}',
        b'{"purchases": 1e99999}',
        b"1e99999",
    ],
)
def test_a_batch_that_cannot_be_read_as_a_whole_is_refused(api: Api, shop: Shop, body: bytes) -> None:
    response = api.post(
        f"/api/v1/contests/{shop.contest.pk}/purchases/batch",
        data=body,
        headers={"x-api-key": shop.private_key, "Content-Type": "application/json"},
    )
    assert (response.status_code, response.json()["code"]) == (400, "invalid_request_body")


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/contests/{contest}/entries", rb'{"email": "new@example.com", "note": "\ud83d", "note": 1e99999}', 201),
        ("/contests/{contest}/entries", rb'{"email": "new@example.com", "name": "\ud83d"}', 400),
        ("/contests/{contest}/entries", rb'{"email": "new@example.com", "name": "a\u0000"}', 400),
        ("/contests/{contest}/entries", b'{"email": "new@example.com", "name": "a", "name": "a"}', 400),
        ("/entries/{entry}/points", rb'{"points": 5, "reason": "x", "y": {"\u0000": 1, "\u0000": 2}}', 200),
        ("/entries/{entry}/points", b'{"points": ' + b"5" * 300 + b', "reason": "x"}', 400),
        ("/entries/{entry}/points", rb'{"points": 5, "reason": "\udfff"}', 400),
        ("/entries/{entry}/disqualify", rb'{"reason": "x", "z": "\ud83d"}', 200),
        ("/entries/{entry}/disqualify", b'{"disqualified": true, "disqualified": false}', 400),
        ("/contests/{contest}/refunds", rb'{"orderId": "none", "refundId": "r", "z": "\u0000"}', 404),
        ("/contests/{contest}/refunds", rb'{"orderId": "none", "refundId": "\u200b"}', 400),
        (
            "/contests/{contest}/purchases/preview",
            rb'{"email": "ada@example.com", "orderId": 1, "amount": 1, "z": "\ud83d"}',
            200,
        ),
    ],
)
def test_unused_members_are_ignored_in_every_call(api: Api, shop: Shop, path: str, body: bytes, status: int) -> None:
    entry = Entry.objects.get()
    url = f"/api/v1{path.format(contest=shop.contest.pk, entry=entry.pk)}"
    response = api.post(url, data=body, headers={"x-api-key": shop.private_key, "Content-Type": "application/json"})
    assert response.status_code == status, response.text


def send_batch(api: Api, shop: Shop, body: bytes) -> Any:
    response = api.post(
        f"/api/v1/contests/{shop.contest.pk}/purchases/batch",
        data=body,
        headers={"x-api-key": shop.private_key, "Content-Type": "application/json"},
    )
    assert response.status_code == 200, response.text
    return response.json()["data"]
