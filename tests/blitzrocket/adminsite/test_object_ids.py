"""Ids that an owner chose, in the admin's addresses: unquoted once, and in one place."""

import ast
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.utils import quote
from django.urls import reverse

from blitzrocket.adminsite.object_ids import object_pk
from blitzrocket.jobs.queue import start_job
from contests.models import Contest
from tests.conftest import ModuleRows
from tests.contests.rules_form import form
from tests.support import ROOT, Shop, make_shop, signed_in

# The last three are others of these ids quoted, and their contests are there too.
IDS = ["summer_2026", "_lead", "trail_", "a_b_c", "x-y", "A__b", "a_b", "a_5Fb", "a_5F5Fb"]


@pytest.fixture(scope="module")
def shops(module_rows: ModuleRows) -> dict[str, Shop]:
    """A contest of its own team for each id, and others whose ids are those unquoted once too often or too little."""
    with module_rows():
        for number, other in enumerate(["summer_5F2026", "a_5F5F5Fb", "_5Flead", "trail_5F", "a__b"]):
            make_shop(f"eve{number}@example.com", id=other)
        return {each: make_shop(id=each, title=f"The very one, {each}!") for each in IDS}


@pytest.fixture
def shop(shops: dict[str, Shop], db: None, contest_id: str) -> Shop:
    return deepcopy(shops[contest_id])


@pytest.mark.parametrize("contest_id", IDS)
class TestPagesOfAContest:
    def url(self, view: str, contest_id: str, *more: str) -> str:
        return reverse(f"admin:contests_contest_{view}", args=[quote(contest_id), *more])

    def test_a_draft_shows_a_message(self, shop: Shop, contest_id: str) -> None:
        page = signed_in(shop, "owner").get(self.url("rules", contest_id), {"draft": "1"})
        assert "Draft restored from version 1." in page.content.decode()

    def test_each_page_is_of_this_contest(self, shop: Shop, contest_id: str) -> None:
        client = signed_in(shop, "owner")
        for view in ("rules", "change", "history", "overview", "entries", "leaderboard", "recalculate", "imports"):
            page = client.get(self.url(view, contest_id))
            assert (page.status_code, shop.contest.title in page.content.decode()) == (200, True), view

    def test_a_job_offers_to_be_cancelled(self, shop: Shop, contest_id: str) -> None:
        job = start_job("backtest", shop.contest, by=None, days=30)
        page = signed_in(shop, "owner").get(self.url("job", contest_id, job.pk)).content.decode()
        assert self.url("job_cancel", contest_id, job.pk) in page

    def test_examples_and_saving(self, shop: Shop, contest_id: str) -> None:
        client, sent = signed_in(shop, "owner"), form(shop, {"points_per_unit": "7"})
        assert "7 points per 1.00" in client.post(self.url("examples", contest_id), sent).content.decode()
        assert client.post(self.url("rules", contest_id), sent).status_code == 302
        assert Contest.objects.get(pk=contest_id).rules.get(points_per_unit=7)


@pytest.mark.parametrize("contest_id", IDS)
def test_an_id_in_a_url_is_unquoted_once(db: None, contest_id: str) -> None:
    assert object_pk(quote(contest_id)) == contest_id
    assert object_pk(Contest(pk=contest_id)) == contest_id


def test_no_other_module_unquotes_ids() -> None:
    def names(module: Path) -> set[Any]:
        if "unquote" not in (text := module.read_text()):
            return set()
        imports = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)]
        return {alias.name for node in imports if node.module == "django.contrib.admin.utils" for alias in node.names}

    modules = [
        path for app in ("contests", "purchases", "apikeys", "blitzrocket") for path in (ROOT / app).rglob("*.py")
    ]
    assert [path.name for path in modules if "unquote" in names(path)] == ["object_ids.py"]
