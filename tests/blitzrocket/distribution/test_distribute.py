"""`manage.py distribute`, on plain PostgreSQL with functions that stand for those of Citus.

What it was tried with on a real cluster is in docs/scaling.md.
"""

import io
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, migrations, models
from django.db.migrations.state import ProjectState
from django.db.models import Count
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apikeys.key_use import use_key
from apikeys.models import ApiKey
from blitzrocket.accounts.models import User
from blitzrocket.audit.context import AuditContext
from blitzrocket.distribution.placement import all_placements
from blitzrocket.postgres.base import SET_UP
from blitzrocket.postgres.migrations import SpreadTable
from contests.models import Entry, PointTransaction
from purchases.models import Purchase, RejectedPurchase
from purchases.services import refund_purchase
from purchases.services.ledger_check import check_rules
from tests.support import Shop, hold, make_pending_refund, make_shop, record, reject

CITUS = (Path(__file__).parent / "citus.sql").read_text()
KEYS = """
    SELECT key.conname, key.conrelid::regclass::text, key.confrelid::regclass::text,
        ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = key.conrelid AND attnum = ANY (key.conkey)),
        ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = key.confrelid AND attnum = ANY (key.confkey)),
        key.condeferrable
    FROM pg_constraint key WHERE key.contype = 'f' AND key.connamespace = 'public'::regnamespace
"""
UNIQUE = """
    SELECT indexrelid::regclass::text,
        ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = indrelid AND attnum = ANY (indkey)
            ORDER BY attname)
    FROM pg_index WHERE indrelid = %s::regclass AND indisunique
"""
# An order may have been recorded in another contest than it was sent to.
ACROSS_CONTESTS = ("purchases_rejectedpurchase", "purchases_purchase")


@pytest.fixture
def citus(db: None) -> None:
    execute(CITUS)


def execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def rows_of(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def distribute(*arguments: str) -> str:
    """Run the command, also where rows were written in this transaction, whose keys are still to be checked."""
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    output = io.StringIO()
    call_command("distribute", *arguments, stdout=output)
    execute("SET CONSTRAINTS ALL DEFERRED")
    return output.getvalue()


def foreign_keys() -> dict[str, tuple[Any, ...]]:
    return {name: columns for name, *columns in rows_of(KEYS)}  # type: ignore[misc]  # a list is as good


def assert_keys_carry_contests(before: dict[str, tuple[Any, ...]]) -> None:
    """Every foreign key is as it was; those between rows of a contest compare the contest too."""
    columns = {each.table: each.column for each in all_placements() if each.column}
    after = foreign_keys()
    for name, (table, referred, own, others, deferrable) in before.items():
        if table in columns and referred in columns and columns[table] not in own:
            if (table, referred) == ACROSS_CONTESTS:
                assert name not in after
                continue
            own, others = [*own, columns[table]], [*others, columns[referred]]  # noqa: PLW2901
        now = after.pop(name)
        assert (now[0], now[1], now[4]) == (table, referred, deferrable)
        assert (sorted(now[2]), sorted(now[3])) == (sorted(own), sorted(others)), name
    assert after == {}


@pytest.mark.usefixtures("citus")
class TestEmpty:
    def test_every_table_is_then_where_it_belongs(self) -> None:
        with pytest.raises(SystemExit) as exit_code:
            distribute("--check")
        assert exit_code.value.code == 1
        assert distribute().splitlines()[-1] == "Every table is where it belongs."
        assert distribute("--check") == "Every table is where it belongs.\n"

    def test_a_second_time_nothing_is_left_to_do(self) -> None:
        distribute()
        assert distribute() == "Nothing is left to do.\n"
        assert distribute("--dry-run") == ""

    def test_a_table_that_citus_cannot_count_in_is_left_alone(self) -> None:
        distribute()
        assert rows_of("SELECT FROM pg_dist_partition WHERE logicalrelid = 'accounts_signinfailures'::regclass") == []
        execute("INSERT INTO pg_dist_partition VALUES ('accounts_signinfailures', NULL, 0, 's')")
        assert refused_check() == (
            "accounts_signinfailures is on the coordinator, for every server to ask, and belongs on the coordinator "
            "alone.\n"
        )

    def test_foreign_keys_come_back_with_the_contest(self) -> None:
        before = foreign_keys()
        distribute()
        assert len(before) > 80
        assert_keys_carry_contests(before)

    def test_unique_keys_have_the_contest(self) -> None:
        distribute()
        for placement in all_placements():
            if placement.column:
                indexes = rows_of(UNIQUE, placement.table)
                assert indexes
                assert [name for name, columns in indexes if placement.column not in columns] == []

    def test_a_dry_run_prints_the_sql_and_does_nothing(self) -> None:
        before = foreign_keys()
        sql = distribute("--dry-run")
        assert foreign_keys() == before
        assert rows_of("SELECT * FROM pg_dist_partition") == []
        execute(re.sub(r"^(BEGIN|COMMIT);$", "", sql, flags=re.MULTILINE))
        assert distribute("--check") == "Every table is where it belongs.\n"
        assert_keys_carry_contests(before)

    @pytest.mark.parametrize("table", ["contests_contest", "contests_ruleset", "purchases_refund"])
    def test_after_an_interruption_it_does_the_rest(self, table: str) -> None:
        before = foreign_keys()
        execute(FAILING.format(table=table))
        with pytest.raises(ProgrammingError, match="the server went away"):
            distribute()
        assert f"{table} is on this server alone" in refused_check()
        execute("DROP TRIGGER fail ON pg_dist_partition")
        distribute()
        assert distribute("--check") == "Every table is where it belongs.\n"
        assert_keys_carry_contests(before)

    def test_a_foreign_key_that_is_still_away_is_a_fault(self) -> None:
        distribute()
        execute("CREATE TABLE distribution_foreign_keys (table_name text, name text, definition text)")
        execute("INSERT INTO distribution_foreign_keys VALUES ('contests_entry', 'away', 'CHECK (true)')")
        assert "To do: Bring the foreign key away back." in refused_check()

    def test_tables_that_are_not_spread_alike_are_a_fault(self) -> None:
        distribute()
        execute("UPDATE pg_dist_partition SET colocationid = 3 WHERE logicalrelid = 'contests_entry'::regclass")
        assert "The tables of contests are not all spread alike" in refused_check()

    def test_a_table_of_a_later_migration_is_spread_by_it(self) -> None:
        distribute()
        migrate_later()
        assert ("purchases_note", "contest_id") in rows_of("SELECT logicalrelid::text, partkey FROM pg_dist_partition")
        assert rows_of(UNIQUE, "purchases_note") == [("purchases_note_pkey", ["contest_id", "id"])]

    def test_the_coordinator_must_be_part_of_its_cluster(self) -> None:
        execute("DELETE FROM pg_dist_node")
        with pytest.raises(CommandError, match="citus_set_coordinator_host"):
            distribute()


FAILING = """
    CREATE FUNCTION citus.fail() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE undefined_table USING MESSAGE = 'the server went away';
    END
    $$;
    CREATE TRIGGER fail BEFORE INSERT ON pg_dist_partition FOR EACH ROW
    WHEN (NEW.logicalrelid = '{table}'::regclass) EXECUTE FUNCTION citus.fail();
"""


def refused_check() -> str:
    output = io.StringIO()
    with pytest.raises(SystemExit) as exit_code:
        call_command("distribute", "--check", stdout=output)
    assert exit_code.value.code == 1
    return output.getvalue()


def migrate_later() -> None:
    """Create a table as a migration does, with a foreign key to another row of the contest."""
    operations: list[Any] = [
        migrations.CreateModel(
            name="Note",
            fields=[
                ("id", models.BigAutoField(primary_key=True)),
                ("contest", models.ForeignKey("contests.Contest", models.PROTECT, db_index=False, related_name="+")),
                ("entry_id", models.CharField(max_length=40)),
            ],
        ),
        SpreadTable("purchases_note"),
        migrations.RunSQL(
            "ALTER TABLE purchases_note ADD CONSTRAINT purchases_note_entry_id_same_contest "
            "FOREIGN KEY (contest_id, entry_id) REFERENCES contests_entry (contest_id, id)"
        ),
    ]
    migration = type("Migration", (migrations.Migration,), {"operations": operations})("later", "purchases")
    state = ProjectState.from_apps(apps)
    with connection.schema_editor() as editor:
        migration.apply(state, editor)


class TestFull:
    def test_rows_stay_and_numbers_go_on(self, citus: None, shop: Shop) -> None:
        fill(shop)
        last, last_group = User.objects.create_user("last"), Group.objects.create(name="last")
        before = {each.table: rows_of(f"SELECT count(*) FROM {each.table}") for each in all_placements()}
        distribute()
        assert {each.table: rows_of(f"SELECT count(*) FROM {each.table}") for each in all_placements()} == before
        assert User.objects.create_user("next").pk == last.pk + 1
        assert Group.objects.create(name="next").pk == last_group.pk + 1

    def test_purchases_go_on_being_recorded(self, citus: None, shop: Shop) -> None:
        fill(shop)
        distribute()
        points = Entry.objects.get(pk=shop.entry.pk, contest=shop.contest).points
        fill(shop)
        fill(make_shop())
        assert [checked.rule for checked in check_rules() if checked.faults] == []
        assert Entry.objects.get(pk=shop.entry.pk, contest=shop.contest).points > points


@pytest.mark.usefixtures("db")
class TestOneOrder:
    """It is written by other statements where tables are spread."""

    @pytest.mark.parametrize("amount", ["49.99", "0.10"], ids=["with points", "without"])
    def test_its_rows_are_the_same(self, amount: str) -> None:
        written = []
        for is_spread in (False, True):
            shop = make_shop()
            connection.connection.is_spread = is_spread
            record(shop, amount, order_id="1", purchased_at=timezone.now().replace(microsecond=0))
            connection.connection.is_spread = False
            written.append([facts_of(model, shop) for model in (Purchase, PointTransaction, Entry)])
        assert written[0] == written[1]
        assert len(written[0][0]) == 1


@pytest.mark.parametrize("is_spread", [False, True], ids=["one server", "spread"])
def test_the_use_of_a_key_is_counted_and_noted(db: None, *, is_spread: bool) -> None:
    """By other statements where tables are spread."""
    shop = make_shop()
    ApiKey.objects.filter(pk=shop.keys["private"].pk).update(rate_limit=2)
    connection.connection.is_spread = is_spread
    try:
        uses = [use_key(secret) for secret in (*[shop.private_key] * 3, shop.public_key, "wrong")]
    finally:
        connection.connection.is_spread = False
    counts = [use.count if use else None for use in uses]
    assert [(count.limit, count.calls, count.is_over) if count else None for count in counts] == [
        (2, 1, False),
        (2, 2, False),
        (2, 3, True),
        None,
        None,
    ]
    assert all(count.seconds_left in (59, 60) for count in counts if count)
    assert [use.key.pk if use else None for use in uses] == [
        *[shop.keys["private"].pk] * 3,
        shop.keys["public"].pk,
        None,
    ]
    assert not ApiKey.objects.filter(last_used_at=None).exists()


def facts_of(model: type[models.Model], shop: Shop) -> list[dict[str, Any]]:
    """The rows of a contest, without ids and times, of which each has its own."""
    rows = list(model._default_manager.filter(contest=shop.contest).values())
    for row in rows:
        if "scoring" in row:
            row["scoring"]["parts"] = [*row["scoring"]["parts"].values()]  # without the ids of rules
    own = ("id", "_id", "_at", "_since", "referral_code")
    return [{name: value for name, value in row.items() if not name.endswith(own)} for row in rows]


def fill(shop: Shop) -> None:
    """A purchase, one that is refunded, and orders that are held, refused and refunded before they came."""
    audit = AuditContext(reason="Sent back", api_key=shop.keys["private"])
    record(shop)
    purchase = Purchase.objects.get(contest=shop.contest, pk=record(shop).purchase_id)
    now = timezone.now()
    refund_purchase(purchase, amount=Decimal(10), refund_id=f"refund-{purchase.pk}", audit=audit, received_at=now)
    hold(shop, email=f"late-{purchase.pk}@example.com")
    assert RejectedPurchase.objects.filter(contest_sent=shop.contest.pk, state="held").exists()
    make_pending_refund(shop)
    reject(shop)


def test_a_single_server_is_reported_as_one(db: None) -> None:
    assert "no Citus" in refused_check()
    with pytest.raises(CommandError, match="CREATE EXTENSION citus"):
        distribute()
    assert "create_distributed_table('contests_entry', 'contest_id'" in distribute("--dry-run")


def test_a_table_of_a_later_migration_is_created_on_one_server(db: None) -> None:
    migrate_later()
    assert rows_of(UNIQUE, "purchases_note") == [("purchases_note_pkey", ["id"])]


@pytest.mark.parametrize(
    ("is_spread", "modify_mode", "statements"),
    [(True, "sequential", 2), (False, "", 1)],
    ids=["spread", "one server"],
)
def test_a_foreign_key_is_added_as_citus_can_do_it(
    db: None, *, is_spread: bool, modify_mode: str, statements: int
) -> None:
    note = models.ForeignKey("jobs.Job", models.PROTECT, null=True, db_index=False, related_name="+")
    connection.connection.is_spread = is_spread
    with CaptureQueriesContext(connection) as captured:
        try:
            with connection.schema_editor() as editor:
                editor.add_field(Purchase, bound(note))
        finally:
            connection.connection.is_spread = False
    altered = [query["sql"] for query in captured if query["sql"].startswith("ALTER TABLE")]
    assert len(altered) == statements
    assert "REFERENCES" in altered[-1]
    assert rows_of("SELECT coalesce(current_setting('citus.multi_shard_modify_mode', true), '')") == [(modify_mode,)]


@pytest.mark.parametrize("is_spread", [True, False], ids=["spread", "one server"])
def test_groups_name_their_columns_where_ids_are_unique_in_a_contest_only(db: None, *, is_spread: bool) -> None:
    connection.connection.is_spread = is_spread
    try:
        sql = str(Purchase.objects.annotate(Count("refunds")).values("id", "amount", "refunds__count").query)
    finally:
        connection.connection.is_spread = False
    assert ("amount" in sql.partition("GROUP BY")[2]) == is_spread


@pytest.mark.parametrize(("is_spread", "count"), [(True, 2), (False, 1)], ids=["spread", "one server"])
def test_statements_of_one_text_are_sent_as_citus_can_do_it(db: None, *, is_spread: bool, count: int) -> None:
    operation = migrations.RunSQL("CREATE TABLE a (text text DEFAULT ';');\nCREATE TABLE b ();")
    connection.connection.is_spread = is_spread
    with CaptureQueriesContext(connection) as captured:
        try:
            with connection.schema_editor() as editor:
                operation.database_forwards("purchases", editor, ProjectState(), ProjectState())
        finally:
            connection.connection.is_spread = False
    assert sum("CREATE TABLE" in query["sql"] for query in captured) == count


def bound(field: "models.ForeignKey[Any, Any]") -> "models.ForeignKey[Any, Any]":
    """A field as a migration has it: with a model of its own, not that of the code."""
    state = ProjectState.from_apps(apps)
    state.add_field("purchases", "purchase", "note", field, preserve_default=True)
    added = state.apps.get_model("purchases", "Purchase")._meta.get_field("note")
    assert isinstance(added, models.ForeignKey)
    return added


@pytest.mark.parametrize(
    ("is_spread", "expected"),
    [(True, ["auto", "sequential", "local"]), (False, ["force_generic_plan", "", ""])],
    ids=["spread", "one server"],
)
def test_a_connection_is_set_up_for_what_it_is_connected_to(db: None, *, is_spread: bool, expected: list[str]) -> None:
    execute(SET_UP.format(is_spread=f"{is_spread} AS is_spread"))
    names = ("plan_cache_mode", "citus.multi_shard_modify_mode", "citus.propagate_set_commands")
    settings = [rows_of("SELECT coalesce(current_setting(%s, true), '')", name)[0][0] for name in names]
    assert settings == expected


@pytest.mark.parametrize("shards", ["0", "64001"])
def test_a_number_of_shards_that_cannot_be_is_refused(db: None, shards: str) -> None:
    with pytest.raises(CommandError, match="--shards is a whole number from 1 to 64000"):
        distribute("--shards", shards)
