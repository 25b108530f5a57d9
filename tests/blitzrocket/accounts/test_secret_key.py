"""SECRET_KEY is replaced while people work: the former and the coming one are read too."""

from typing import Any

import pytest
from django.test import Client

from blitzrocket.accounts.models import User
from tests.support import Shop, make_shop

OLD, NEW = "the old secret key", "the new secret key"


@pytest.fixture
def shop(db: None) -> Shop:
    return make_shop()


def use(settings: Any, key: str, *fallbacks: str) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = key, list(fallbacks)


def is_signed_in(client: Client) -> bool:
    return client.get("/admin/").status_code == 200


def signed_in() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser(f"boss-{User.objects.count()}"))
    return client


def test_a_session_lives_through_each_step_and_ends_with_its_key(shop: Shop, settings: Any) -> None:
    use(settings, OLD)
    client = signed_in()
    for step in ((OLD, NEW), (NEW, OLD), (OLD, NEW), (NEW, OLD)):  # processes of two steps answer in turn
        use(settings, *step)
        assert is_signed_in(client), step
    use(settings, NEW)
    assert is_signed_in(client), "it was signed with the new key when it was last used"


def test_a_session_of_a_key_that_leaked_ends_at_once(shop: Shop, settings: Any) -> None:
    use(settings, OLD)
    client = signed_in()
    use(settings, NEW)
    assert not is_signed_in(client)


def test_api_keys_do_not_depend_on_it(shop: Shop, settings: Any) -> None:
    use(settings, NEW)
    answer = Client().get("/api/v1/key", headers={"x-api-key": shop.private_key})
    assert answer.status_code == 200
