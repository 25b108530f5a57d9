"""How screens name stores."""

import pytest

from purchases.models import StoreConnection
from purchases.support.store_names import store_name


@pytest.mark.parametrize(
    ("kind", "name", "shown"),
    [
        ("shopify", "German shop", "Shopify · German shop"),
        ("shopify", "Shopify", "Shopify"),
        ("a_kind_of_the_past", "German shop", "a_kind_of_the_past · German shop"),
    ],
)
def test_the_name_is_not_repeated(kind: str, name: str, shown: str) -> None:
    assert store_name(StoreConnection(kind=kind, name=name)) == shown
