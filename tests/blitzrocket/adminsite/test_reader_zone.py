"""Whose time zone a page is in: the reader's choice, else the browser's, else the team's."""

import html
import re

import pytest
from django.test import Client
from django.urls import reverse

from blitzrocket.accounts.models import Team, User
from tests.support import Shop, signed_in

PAGE = reverse("reader_time_zone")


def zone_of(client: Client) -> str:
    """The zone that the front page names."""
    page = client.get(reverse("admin:index")).content.decode()
    zones = re.findall(r"Times in ([\w/+-]+)", page)
    assert len(zones) == 1
    return str(zones[0])


def choose(client: Client, time_zone: str) -> str:
    return html.unescape(client.post(PAGE, {"time_zone": time_zone}, follow=True).content.decode())


class TestWithoutAChoice:
    def test_it_is_the_browsers(self, shop: Shop) -> None:
        Team.objects.update(time_zone="Asia/Tokyo")
        client = signed_in(shop, "support")
        client.cookies["timezone"] = "Europe/Berlin"
        assert zone_of(client) == "Europe/Berlin"

    def test_without_a_script_it_is_the_teams(self, shop: Shop) -> None:
        Team.objects.update(time_zone="Asia/Tokyo")
        assert zone_of(signed_in(shop, "support")) == "Asia/Tokyo"

    def test_someone_without_a_team_reads_utc(self, db: None) -> None:
        client = Client()
        client.force_login(User.objects.create_user("root", is_staff=True, is_superuser=True))
        assert zone_of(client) == "UTC"

    def test_the_pages_before_the_first_one_tell_the_browsers(self) -> None:
        assert "blitzrocket/zone.js" in Client().get(reverse("admin:login")).content.decode()


class TestChoosing:
    def test_a_choice_counts_more_than_the_browser_on_every_device(self, shop: Shop) -> None:
        client = signed_in(shop, "support")
        client.cookies["timezone"] = "Europe/Berlin"
        assert "Times are now shown in America/New_York." in choose(client, "new york")
        assert zone_of(client) == "America/New_York"
        other_device = Client()
        other_device.force_login(User.objects.get(pk=client.session["_auth_user_id"]))
        assert zone_of(other_device) == "America/New_York"

    def test_an_empty_choice_is_the_browsers_again(self, shop: Shop) -> None:
        client = signed_in(shop, "support")
        client.cookies["timezone"] = "Europe/Berlin"
        choose(client, "UTC")
        page = client.get(PAGE).content.decode()
        assert 'value="UTC"' in page
        assert 'placeholder="Europe/Berlin"' in page
        assert "Times are now shown in the time zone of your browser." in choose(client, "")
        assert zone_of(client) == "Europe/Berlin"

    def test_it_is_for_oneself_only(self, shop: Shop) -> None:
        client, other = signed_in(shop, "owner"), signed_in(shop, "owner")
        choose(client, "Asia/Tokyo")
        assert zone_of(other) == "UTC"

    @pytest.mark.parametrize("name", ["Atlantis", "../../etc/passwd", "Factory", "a" * 100])
    def test_an_unknown_zone_is_refused(self, shop: Shop, name: str) -> None:
        client = signed_in(shop, "support")
        page = choose(client, name)
        assert "time zone from the list" in page or "at most 64 characters" in page
        assert not User.objects.exclude(time_zone="").exists()

    def test_it_stands_in_the_account_menu(self, shop: Shop) -> None:
        assert f'href="{PAGE}"' in signed_in(shop, "support").get(reverse("admin:index")).content.decode()

    def test_it_asks_to_sign_in(self) -> None:
        assert Client().post(PAGE, {"time_zone": "UTC"})["Location"].startswith(reverse("admin:login"))
