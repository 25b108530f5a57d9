"""What schemathesis is told besides the description: rows that exist, and rules that no schema can express."""

import os
from typing import Any
from zlib import crc32

import schemathesis
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.openapi.checks import RejectedPositiveData

from blitzrocket.text import trim

ADDRESS_TOO_LONG = 414
ROWS = {name: os.environ[f"REAL_{name.upper()}"] for name in ("contests", "entries", "purchases", "orders", "email")}
IN_QUERIES = {"contestId": ROWS["contests"], "email": ROWS["email"], "orderId": ROWS["orders"]}
IN_BODIES = {"email": ROWS["email"], "orderId": ROWS["orders"]}
# Why a body or an address that is as described is refused all the same, by the beginning of what the detail says.
RULES_OF_MEANING = (
    "Either email or phone is required",  # of two fields one
    "A phone number has at least",  # so many digits, in any script
    "The amount is 0 when rounded to the minor unit",  # which depends on the currency
    "The purchasedAt lies",  # in the future, or more than 90 days back
    "The purchasedAt must be a time",  # a pattern knows no calendar: 30 February is no day
    "Write ISO 8601",
    "The currency",  # not each three letters are one, or one with a minor unit
    "Write an ISO 4217 code",
    "0 changes nothing.",
    "The points must be a JSON integer",  # to JSON Schema 50.0 is one too
    "The orderId must be a JSON string",
    "The refundId must be a JSON string",
    "No list is read so far by pages",  # page and limit together
    "Send the nextCursor of the page before",  # which only the service makes
    "Leave it out: the cursor says",  # page and cursor together
)


@schemathesis.hook
def map_path_parameters(context: schemathesis.HookContext, path_parameters: Any) -> Any:
    """Most calls get beyond 404."""
    assert context.operation is not None
    parts = context.operation.path.split("/")
    return replaced(
        path_parameters, {name: rows_of(parts[parts.index(f"{{{name}}}") - 1]) for name in path_parameters or ()}
    )


def rows_of(segment: str) -> str:
    """The row that an address names after this segment; after a webhook's, a contest."""
    return ROWS.get(segment, ROWS["contests"])


@schemathesis.hook
def map_query(context: schemathesis.HookContext, query: Any) -> Any:
    return replaced(query, IN_QUERIES)


@schemathesis.hook
def map_body(context: schemathesis.HookContext, body: Any) -> Any:
    body = replaced(body, IN_BODIES)
    for name in ("purchases", "orders"):
        if isinstance(body, dict) and isinstance(body.get(name), list):
            body = body | {name: [replaced(row, IN_BODIES) for row in body[name]]}
    return body


def replaced(values: Any, rows: dict[str, str]) -> Any:
    """With rows that exist, three times in four: by the value, so that a run can be repeated."""
    if not isinstance(values, dict):
        return values
    return {
        name: rows[name] if name in rows and is_plain(value) and crc32(value.encode()) % 4 else value
        for name, value in values.items()
    }


def is_plain(value: Any) -> bool:
    """A text that is not there to break a rule of its length."""
    return isinstance(value, str) and 0 < len(value) <= 60


@schemathesis.hook
def filter_failure(
    context: schemathesis.HookContext, failure: Failure, case: schemathesis.Case, response: schemathesis.Response
) -> bool:
    """Whether it is one: see the rules above.

    A batch and a reconciliation answer 200 and tell of their rows one by one. Empty text means what null means; the
    description names null.
    """
    if response.status_code == ADDRESS_TOO_LONG:
        return False  # the HTTP server itself refuses it
    answer = response.json()
    if isinstance(failure, RejectedPositiveData):
        return not any(is_rule_of_meaning(detail) for detail in answer.get("details", []))
    if isinstance(failure, AcceptedNegativeData) and case.path.endswith("/purchases/batch"):
        return not answer["data"]["counts"]["rejected"]
    if isinstance(failure, AcceptedNegativeData) and case.path.endswith("/purchases/reconcile"):
        return not answer["data"]["counts"]["invalid"]
    if not isinstance(failure, AcceptedNegativeData):
        return True
    # Whatever explain is, it is no reason to lose an order.
    return "explain" not in (case.query or {}) and not has_empty_text(case.body)


def has_empty_text(value: Any) -> bool:
    if isinstance(value, dict | list):
        return any(map(has_empty_text, value.values() if isinstance(value, dict) else value))
    return isinstance(value, str) and not trim(value)


def is_rule_of_meaning(detail: dict[str, str]) -> bool:
    # Which addresses can be delivered to, "format: email" does not tell.
    return detail["field"] == "email" or detail["message"].startswith(RULES_OF_MEANING)
