"""What `tests.template_names` says of a value's attributes is what Python says."""

import pytest
from django.contrib.admin import site
from django.http import QueryDict
from django.utils.functional import SimpleLazyObject

from blitzrocket.accounts.models import User
from tests.template_names import _names


class WithSlots:
    __slots__ = ("held",)


@pytest.mark.parametrize(
    "value",
    [
        User(username="ada"),
        SimpleLazyObject(lambda: User(username="ada")),
        User,
        site,
        QueryDict("a=1"),
        WithSlots(),
        "text",
        {},
        pytest,
    ],
    ids=lambda value: type(value).__name__,
)
def test_names_are_found_as_by_listing_them(value: object) -> None:
    names = _names(value)
    assert [name for name in dir(value) if name not in names] == []
    assert "missing" not in names
