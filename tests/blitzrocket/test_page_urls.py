"""URLs of pages without arguments, which a process looks up once."""

from collections.abc import Iterator

import pytest
from django.test import override_settings
from django.urls import NoReverseMatch, get_script_prefix, path, reverse, set_script_prefix
from django.views import View

from blitzrocket.page_urls import page_url

urlpatterns = [path("elsewhere/", View.as_view(), name="landing")]


@pytest.fixture
def below_a_prefix() -> Iterator[None]:
    before = get_script_prefix()
    set_script_prefix("/shop/")
    yield
    set_script_prefix(before)


@pytest.mark.parametrize("name", ["admin:index", "admin:login", "own_sessions", "landing"])
def test_is_what_reverse_says(name: str) -> None:
    assert page_url(name) == page_url(name) == reverse(name)


def test_has_the_prefix_of_the_request(below_a_prefix: None) -> None:
    assert page_url("admin:index") == "/shop/admin/"


def test_has_no_prefix_of_another_request() -> None:
    assert page_url("admin:index") == "/admin/"


def test_follows_another_url_configuration() -> None:
    assert page_url("landing") == "/"
    with override_settings(ROOT_URLCONF=__name__):
        assert page_url("landing") == "/elsewhere/"
    assert page_url("landing") == "/"


def test_a_page_that_is_not_there_is_an_error() -> None:
    with pytest.raises(NoReverseMatch):
        page_url("no-such-page")
