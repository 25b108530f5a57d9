"""Olga, an owner of the shop's team, and the client in which she is signed in."""

import pytest
from django.test import Client

from blitzrocket.accounts.models import Membership, User
from tests.support import Shop, open_session


@pytest.fixture
def olga(shop: Shop) -> User:
    user = User.objects.create_user("olga", first_name="Olga", is_staff=True)
    Membership.objects.create(team=shop.team, user=user, role="owner")
    return user


@pytest.fixture
def owner(olga: User) -> Client:
    client = Client()
    open_session(client, olga)
    return client
