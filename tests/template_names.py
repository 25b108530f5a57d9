"""A plugin for pytest: a name that a template does not find is looked for quickly.

Where a value has no such attribute, Django lists all attributes of the value, to tell a missing one from a property
that failed. A form's page has 70 such names, and listing those of a model or an admin takes as long as a statement.
"""

import builtins
from typing import Any

import django.template.base


class _Names:
    """The names of a value's attributes, which are not listed to find one."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __contains__(self, name: str) -> bool:
        owners = (self.value, *type(self.value).__mro__)
        return any(name in getattr(owner, "__dict__", ()) for owner in owners)


def pytest_configure() -> None:
    django.template.base.dir = _names  # type: ignore[attr-defined]


def _names(value: Any) -> Any:
    lists_itself = getattr(type(value), "__dir__", None) is not object.__dir__
    return builtins.dir(value) if lists_itself else _Names(value)
