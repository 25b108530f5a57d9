"""Deleting the rows of old imports: not those of an import that is started or undone meanwhile."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections, transaction
from django.utils import timezone

from blitzrocket.audit.context import AuditContext
from blitzrocket.jobs.queue import run_all_jobs
from contests.imports import create_entry_import, start_import
from contests.imports.steps import delete_old_import_rows, start_undo
from contests.models import EntryImport
from tests.support import Shop, make_shop, wait_for_blocked


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return make_shop()


def old_import(shop: Shop) -> EntryImport:
    entry_import = create_entry_import(shop.contest, "people.csv", b"email\na@example.com\nb@example.com\n", by=None)
    EntryImport.objects.update(created_at=timezone.now() - timedelta(days=40))
    return entry_import


def delete_rows() -> int:
    try:
        return delete_old_import_rows()
    finally:
        connections.close_all()


def test_rows_of_an_old_import_are_deleted_once_and_its_counts_stay(shop: Shop) -> None:
    entry_import = old_import(shop)
    assert (delete_rows(), delete_rows()) == (2, 0)
    entry_import.refresh_from_db()
    assert (entry_import.counts, entry_import.count_outcomes()) == ({"new": 2}, {"new": 2})


@pytest.mark.parametrize("is_undone", [False, True])
def test_rows_of_an_import_that_is_started_or_undone_meanwhile_stay(shop: Shop, is_undone: bool) -> None:
    entry_import = old_import(shop)
    start = start_undo if is_undone else start_import
    if is_undone:
        start_import(entry_import, audit=AuditContext())
        run_all_jobs()
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            start(entry_import, audit=AuditContext(reason="The wrong file"))
            deleting = pool.submit(delete_rows)
            wait_for_blocked()
        assert deleting.result() == 0
    run_all_jobs()
    entry_import.refresh_from_db()
    assert entry_import.counts == ({"removed": 2} if is_undone else {"imported": 2})


def test_two_processes_delete_the_rows_once(shop: Shop) -> None:
    entry_import = old_import(shop)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            EntryImport.objects.select_for_update().get(pk=entry_import.pk)
            deleting = pool.submit(delete_rows)
            wait_for_blocked()
            assert delete_old_import_rows() == 2
        assert deleting.result() == 0
    entry_import.refresh_from_db()
    assert entry_import.counts == {"new": 2}
