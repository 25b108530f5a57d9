"""What each kind of store says of itself: the form that connects one shows nothing else."""

import pytest
from django.urls import resolve

from purchases.stores.kinds import STORE_KINDS
from purchases.stores.provider import Provider, SecretUnusable, StoreKind
from purchases.stores.providers import PROVIDERS

KINDS = list(STORE_KINDS.values())


@pytest.mark.parametrize("store", KINDS, ids=[store.kind for store in KINDS])
class TestKind:
    def test_it_is_complete(self, store: StoreKind) -> None:
        assert store.kind.isidentifier()
        assert store.kind.islower()
        assert store.title
        assert store.topics
        assert store.credential_label
        assert store.steps
        assert all(step.endswith(".") for step in store.steps)
        for option in store.options:
            assert len({value for value, _ in option.choices}) == len(option.choices) > 1

    def test_its_paths_are_served(self, store: StoreKind) -> None:
        for _, path in store.paths("contest_1", "connection_1"):
            assert resolve(path).view_name in ("store-webhook", "purchase-webhook", "signup-webhook")

    def test_it_takes_the_secrets_that_we_make(self, store: StoreKind) -> None:
        if store.secret_source != "store":
            secret = store.new_secret()
            assert secret != store.new_secret()
            store.check_secret(secret)


def test_every_module_is_found_and_the_usual_ones_come_first() -> None:
    assert list(PROVIDERS)[:3] == ["shopify", "woocommerce", "stripe"]
    assert list(PROVIDERS)[-1] == "standard"
    assert all(type(provider).__mro__[1] is Provider for provider in PROVIDERS.values())


@pytest.mark.parametrize(("kind", "secret"), [("stripe", "sk_live_1"), ("standard", "whsec_"), ("standard", "é" * 30)])
def test_a_secret_of_another_form(kind: str, secret: str) -> None:
    with pytest.raises(SecretUnusable, match="whsec_"):
        STORE_KINDS[kind].check_secret(secret)
