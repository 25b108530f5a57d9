"""A plugin for pytest: a process makes the middleware once, as a web server does.

Each `django.test.Client` makes it anew, which takes as long as answering a call of the API. A changed setting, which
middleware may have read when it was made, has it made again.
"""

from typing import Any

from django.test.client import ClientHandler
from django.test.signals import setting_changed

_load = ClientHandler.load_middleware
_loaded: dict[str, Any] = {}  # what loading sets on a handler


def pytest_configure() -> None:
    ClientHandler.load_middleware = _load_once  # type: ignore[method-assign, assignment]
    setting_changed.connect(_forget, dispatch_uid="middleware")


def _load_once(handler: Any) -> None:
    if not _loaded:
        before = {*vars(handler)}
        _load(handler)
        _loaded.update({name: value for name, value in vars(handler).items() if name not in before})
    vars(handler).update(_loaded)


def _forget(**_: Any) -> None:
    _loaded.clear()
