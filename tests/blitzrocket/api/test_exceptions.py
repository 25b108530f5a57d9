"""An API error's name ends in Error and is no other class's, so that an import says which of the two is meant."""

import re
from collections import Counter
from importlib import import_module

from blitzrocket.api.exceptions import ApiError
from tests.support import ROOT

import_module("blitzrocket.urls")  # imports all views, and with them all errors
APPS = ("blitzrocket", "apikeys", "contests", "purchases")


def api_errors(error: type[ApiError] = ApiError) -> set[str]:
    return {error.__name__}.union(*(api_errors(each) for each in error.__subclasses__()))


def test_every_api_error_ends_in_error() -> None:
    assert len(api_errors()) > 20
    assert [name for name in api_errors() if not name.endswith("Error")] == []


def test_no_other_class_has_the_name_of_an_api_error() -> None:
    modules = [path for app in APPS for path in (ROOT / app).rglob("*.py")]
    classes = Counter(name for path in modules for name in re.findall(r"^\s*class (\w+)", path.read_text(), re.M))
    assert {name: classes[name] for name in api_errors() if classes[name] != 1} == {}
