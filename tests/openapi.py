"""Every answer that the tests get over HTTP is held against the description of the API."""

import json
import re
from functools import cache
from typing import Any

import jsonschema
import requests

from blitzrocket.api.document import openapi_document


@cache
def description() -> dict[str, Any]:
    """The served description, made once."""
    return dict(json.loads(openapi_document().content))


@cache
def _addresses() -> list[tuple[re.Pattern[str], str]]:
    paths = sorted(description()["paths"], key=lambda path: path.count("{"))
    return [(re.compile(re.sub(r"\{\w+\}", "[^/]+", path) + "/?"), path) for path in paths]


def check_answer(answer: requests.Response, *_: Any, **__: Any) -> None:
    """Fail where an answer is not as its operation's description says; what is no route is passed over."""
    if answer.headers.get("Content-Type") != "application/json":
        return  # a page, a preflight, or what the HTTP server itself refuses
    path = answer.request.path_url.partition("?")[0]
    described = next((path_ for pattern, path_ in _addresses() if pattern.fullmatch(path)), None)
    operation = description()["paths"].get(described, {}).get(str(answer.request.method).lower())
    if operation is None:  # no route, or a method that the address does not take
        return
    assert str(answer.status_code) in operation["responses"], (answer.request.method, path, answer.status_code)
    content = operation["responses"][str(answer.status_code)]["content"]
    schema = content["application/json"]["schema"] | {"components": description()["components"]}
    mismatch = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(schema).iter_errors(answer.json()))
    if mismatch is not None:
        raise AssertionError(f"{answer.request.method} {path}: {mismatch.json_path} {mismatch.message[:300]}")
