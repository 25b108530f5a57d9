"""Rows that orders refer to without a foreign key stay, whoever removes them and whatever happens meanwhile."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone

from contests import ledger
from contests.models import Entry, PointTransaction
from contests.services import create_contest, create_entry
from purchases.models import Purchase
from purchases.services import EntryMissing
from tests.support import Shop, record, wait_for_blocked

REFERRED_TO = ["contests_entry", "purchases_purchase", "contests_ruleset", "apikeys_apikey"]
REFUSED = "stay and keep their id|stay: |never changed or deleted"
KEYS = """
    SELECT conrelid::regclass::text, attname::text FROM pg_constraint
    JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[array_upper(conkey, 1)]
    WHERE contype = 'f' AND conrelid IN ('purchases_purchase'::regclass, 'contests_pointtransaction'::regclass)
"""


def execute(sql: str, *values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return int(cursor.rowcount)


def test_an_order_is_checked_by_one_key_of_the_database(db: None) -> None:
    """That of its purchase to its entry; the others are of columns that are empty in new orders."""
    with connection.cursor() as cursor:
        cursor.execute(KEYS)
        keys = set(cursor.fetchall())
    assert keys == {
        ("purchases_purchase", "entry_id"),
        ("purchases_purchase", "source_import_id"),
        ("purchases_purchase", "recalculated_award_id"),
        ("contests_pointtransaction", "undoes_id"),
        ("contests_pointtransaction", "actor_id"),
    }


@pytest.fixture
def shop(shop: Shop) -> Shop:
    """One whose entry has no name, because the words of a name refer to it by a key."""
    execute("DELETE FROM contests_nameword")
    return shop


class TestOneConnection:
    @pytest.mark.parametrize("table", REFERRED_TO)
    def test_a_row_is_not_deleted(self, shop: Shop, table: str) -> None:
        refer_to(shop, table)
        with pytest.raises(IntegrityError, match=REFUSED):
            execute(f"DELETE FROM {table}")

    @pytest.mark.parametrize("table", REFERRED_TO)
    def test_a_row_keeps_its_id(self, shop: Shop, table: str) -> None:
        refer_to(shop, table)
        with pytest.raises(IntegrityError, match=REFUSED):
            execute(f"UPDATE {table} SET id = 'other_' || id")

    @pytest.mark.parametrize("table", ["contests_entry", "contests_ruleset"])
    def test_a_row_keeps_its_contest(self, shop: Shop, table: str) -> None:
        refer_to(shop, table)
        with pytest.raises(IntegrityError, match=REFUSED):
            execute(f"UPDATE {table} SET contest_id = %s", another_contest(shop))

    def test_a_purchase_keeps_its_contest(self, shop: Shop) -> None:
        record(shop)
        other = another_contest(shop)
        execute("SET CONSTRAINTS ALL IMMEDIATE")
        execute("ALTER TABLE purchases_purchase DROP CONSTRAINT purchases_purchase_entry_id_same_contest")
        with pytest.raises(IntegrityError, match=REFUSED):
            execute("UPDATE purchases_purchase SET contest_id = %s", other)

    @pytest.mark.parametrize("table", REFERRED_TO)
    def test_a_table_is_not_emptied_without_the_rows_that_refer_to_it(self, shop: Shop, table: str) -> None:
        record(shop)
        with pytest.raises(IntegrityError, match=REFUSED):
            execute(f"SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE {table} CASCADE")

    @pytest.mark.parametrize("table", REFERRED_TO)
    def test_it_is_emptied_together_with_them(self, shop: Shop, table: str) -> None:
        record(shop)
        execute(f"SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE {table}, contests_pointtransaction CASCADE")
        assert not Purchase.objects.exists()

    def test_an_update_of_other_columns_passes(self, shop: Shop) -> None:
        record(shop)
        for table in ("contests_entry", "purchases_purchase", "apikeys_apikey"):
            assert execute(f"UPDATE {table} SET id = id") > 0

    def test_an_entry_without_lines_goes(self, shop: Shop) -> None:
        grace = create_entry(shop.contest, "grace@example.com")
        assert execute("DELETE FROM contests_entry WHERE id = %s", grace.pk) == 1

    def test_an_entry_with_an_order_of_no_points_stays_by_its_key(self, shop: Shop) -> None:
        record(shop, "0.10")
        with pytest.raises(IntegrityError, match="purchases_purchase_entry_id_same_contest"):
            execute("DELETE FROM contests_entry")

    def test_an_entry_never_counts_fewer_lines(self, shop: Shop) -> None:
        record(shop)
        with pytest.raises(IntegrityError, match=r"ledger lines stay: entry entry_\w+ has 1 of them"):
            execute("UPDATE contests_entry SET line_count = 0")

    def test_a_line_of_an_entry_that_is_gone_is_not_written(self, shop: Shop) -> None:
        for post in (adjust, adjust_all):
            grace = create_entry(shop.contest, "grace@example.com")
            execute("DELETE FROM contests_entry WHERE id = %s", grace.pk)
            with pytest.raises(Entry.DoesNotExist), transaction.atomic():
                post(grace)
        assert not PointTransaction.objects.exists()


def refer_to(shop: Shop, table: str) -> None:
    """Write a row that refers to one of the table, with no key that would say so."""
    if table == "contests_entry":
        adjust(shop.entry)
    else:
        record(shop)


def another_contest(shop: Shop) -> str:
    return create_contest(shop.team, title="Other", slug="other").pk


def adjust(entry: Entry) -> None:
    ledger.post(entry, PointTransaction.Kind.ADJUSTED, 5, occurred_at=timezone.now(), reason="?")


def adjust_all(entry: Entry) -> None:
    line = ledger.NewLine(entry, 5, None, timezone.now())
    ledger.post_all(PointTransaction.Kind.ADJUSTED, [line], reason="?")


class TestTwoConnections:
    """An order and the removal of what it refers to at once: whichever comes first, the other one sees it."""

    pytestmark = pytest.mark.django_db(transaction=True)

    @pytest.mark.parametrize("amount", ["49.99", "0.10"], ids=["with points", "without"])
    @pytest.mark.parametrize("isolation", ["read committed", "repeatable read"])
    def test_an_entry_whose_order_is_about_to_commit_is_not_deleted(
        self, shop: Shop, amount: str, isolation: str
    ) -> None:
        with ThreadPoolExecutor(1) as pool:
            with transaction.atomic():
                record(shop, amount)
                deletion = pool.submit(delete, "contests_entry", shop.entry.pk, isolation)
                wait_for_blocked()
            with pytest.raises((IntegrityError, OperationalError)):
                deletion.result()
        assert Entry.objects.filter(pk=Purchase.objects.get().entry_id).exists()

    @pytest.mark.parametrize("isolation", ["read committed", "repeatable read"])
    def test_an_entry_whose_line_is_about_to_commit_is_not_deleted(self, shop: Shop, isolation: str) -> None:
        with ThreadPoolExecutor(1) as pool:
            with transaction.atomic():
                adjust(Entry.objects.locked_together(shop.contest.pk, [shop.entry.pk])[shop.entry.pk])
                deletion = pool.submit(delete, "contests_entry", shop.entry.pk, isolation)
                wait_for_blocked()
            with pytest.raises((IntegrityError, OperationalError)):
                deletion.result()
        assert Entry.objects.filter(pk=PointTransaction.objects.get().entry_id).exists()

    def test_an_order_of_an_entry_that_is_about_to_go_is_held(self, shop: Shop) -> None:
        with ThreadPoolExecutor(1) as pool:
            with transaction.atomic():
                execute("DELETE FROM contests_entry WHERE id = %s", shop.entry.pk)
                recording = pool.submit(closing, lambda: record(shop))
                wait_for_blocked()
            with pytest.raises(EntryMissing):
                recording.result()
        assert (Purchase.objects.count(), PointTransaction.objects.count()) == (0, 0)

    def test_a_line_of_an_entry_that_is_about_to_go_is_not_written(self, shop: Shop) -> None:
        """By a writer that has forgotten the entry's lock."""
        entry = Entry.objects.get()
        with ThreadPoolExecutor(1) as pool:
            with transaction.atomic():
                execute("DELETE FROM contests_entry WHERE id = %s", entry.pk)
                posting = pool.submit(closing, lambda: in_transaction(lambda: adjust(entry)))
                wait_for_blocked()
            with pytest.raises(Entry.DoesNotExist):
                posting.result()
        assert not PointTransaction.objects.exists()

    @pytest.mark.parametrize("table", ["apikeys_apikey", "contests_ruleset"])
    def test_keys_and_rules_stay_before_anything_refers_to_them(self, shop: Shop, table: str) -> None:
        """So a recording that has read one needs no lock on it."""
        with ThreadPoolExecutor(1) as pool, transaction.atomic():
            record(shop)
            with pytest.raises(IntegrityError, match=REFUSED):
                pool.submit(delete, table, "", "read committed").result()


def delete(table: str, pk: str, isolation: str) -> int:
    """Delete a row, or all, in a transaction that has read before."""

    def run() -> int:
        with transaction.atomic():
            execute(f"SET TRANSACTION ISOLATION LEVEL {isolation}")
            execute(f"SELECT count(*) FROM {table}")
            return execute(f"DELETE FROM {table} WHERE %s IN ('', id)", pk)

    deleted: int = closing(run)
    return deleted


def in_transaction(act: Callable[[], Any]) -> None:
    with transaction.atomic():
        act()


def closing(act: Callable[[], Any]) -> Any:
    """In a thread of its own, with its own connection."""
    try:
        return act()
    finally:
        connection.close()
