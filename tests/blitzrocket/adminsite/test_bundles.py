"""Which files a page of the admin loads: its style sheets and scripts in one each, and charts where there are some."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings
from django.urls import reverse

from blitzrocket.adminsite.bundles import bundles_folder
from purchases.stats import catch_up_all
from tests.support import Shop, record, signed_in


def text_of(path: str) -> str:
    file = finders.find(path)
    assert isinstance(file, str), path
    return Path(file).read_text(encoding="utf-8")


@pytest.mark.parametrize("bundle", settings.STATIC_BUNDLES)
def test_a_bundle_is_its_parts_in_their_order(bundle: str) -> None:
    parts = settings.STATIC_BUNDLES[bundle]
    assert len(parts) > 3
    assert text_of(bundle) == "\n".join(map(text_of, parts))


@override_settings(STATIC_BUNDLES={"all.css": ["blitzrocket/admin.css", "blitzrocket/no-such.css"]})
def test_a_part_that_does_not_exist_is_named() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"lists blitzrocket/no-such\.css"):
        bundles_folder.__wrapped__()


def files_of(html: str) -> list[str]:
    return re.findall(r'<(?:link|script) (?:href|src)="/static/([^"]+)"', html)


def test_a_page_loads_bundles_and_none_of_their_parts(shop: Shop) -> None:
    files = files_of(signed_in(shop, "owner").get(reverse("admin:index")).content.decode())
    assert {file: files.count(file) for file in settings.STATIC_BUNDLES} == dict.fromkeys(settings.STATIC_BUNDLES, 1)
    assert not set(files) & {part for parts in settings.STATIC_BUNDLES.values() for part in parts}


@pytest.mark.parametrize("view", ["admin:index", "admin:contests_contest_overview"])
def test_charts_are_loaded_by_pages_that_show_one(shop: Shop, view: str) -> None:
    client = signed_in(shop, "owner")
    record(shop)
    catch_up_all()
    path = reverse(view, args=[shop.contest.pk] if view != "admin:index" else [])
    scripts = ["unfold/js/chart/chart.js", "blitzrocket/charts.js"]
    assert [file for file in files_of(client.get(path).content.decode()) if "chart" in file] == scripts
    without = client.get(reverse("admin:contests_contest_rules", args=[shop.contest.pk])).content.decode()
    assert "chart" not in " ".join(files_of(without))
