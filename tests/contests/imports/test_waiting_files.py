"""Files that are uploaded and never imported fill no database: a contest has a share of rows that wait."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.utils import quote
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from blitzrocket.audit.context import AuditContext
from blitzrocket.jobs.queue import run_all_jobs
from contests.imports import create_entry_import, start_import, steps
from contests.models import EntryImport
from purchases.imports.rows import create_purchase_import
from tests.support import Shop, make_shop, signed_in

TWO_ROWS = b"email\na@example.com\nb@example.com\n"


@pytest.fixture
def shop(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setattr(steps, "MAX_WAITING_ROWS", 5)
    return make_shop()


def upload(shop: Shop) -> EntryImport:
    return create_entry_import(shop.contest, "people.csv", TWO_ROWS, by=None)


def test_a_file_beyond_the_share_is_refused_with_the_way_out(shop: Shop) -> None:
    for _ in range(2):
        upload(shop)
    url = reverse("admin:contests_contest_imports", args=[quote(shop.contest.pk)])
    page = signed_in(shop, "owner").post(url, {"file": SimpleUploadedFile("more.csv", TWO_ROWS)}).content.decode()
    assert "Files with 4 rows wait in this contest to be imported, and at most 5 may." in page
    assert "Open one under History and import it; what waits for 30 days is deleted." in page
    assert EntryImport.objects.count() == 2


@pytest.mark.parametrize("way", ["imported", "old"])
def test_there_is_room_again_when_one_is_imported_or_deleted(shop: Shop, way: str) -> None:
    first, _ = upload(shop), upload(shop)
    with pytest.raises(steps.TooManyWaiting):
        upload(shop)
    if way == "imported":
        start_import(first, audit=AuditContext())
        run_all_jobs()
    else:
        EntryImport.objects.filter(pk=first.pk).update(created_at=timezone.now() - timedelta(days=31))
        steps.delete_old_import_rows()
    upload(shop)


def test_other_contests_and_kinds_have_shares_of_their_own(shop: Shop) -> None:
    for _ in range(2):
        upload(shop)
    upload(make_shop("eve@example.com"))
    rows: Any = b"order id,email,amount,currency,purchased at,points given\nold-1,ada@example.com,5,USD,2026-01-05,5\n"
    create_purchase_import(shop.contest, "orders.csv", rows, adds_points=True, by=None)
