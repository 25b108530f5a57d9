"""Each table has its place where contests are spread over several servers, and its model decides which."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, models
from django.db.migrations import CreateModel
from django.db.migrations.loader import MigrationLoader
from django.test.utils import isolate_apps

from blitzrocket.accounts.models import Team
from blitzrocket.distribution.placement import LOCAL_MODELS, UNSHARED_MODELS, all_placements, placement_of
from blitzrocket.postgres.migrations import SpreadTable
from contests.models import Contest

# The last migrations before contests could be spread.
BEFORE = {"contests": "0005_validate_referral_lines", "purchases": "0006_outgoing_events"}
FOREIGN_KEYS = """
    SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint
    WHERE contype = 'f' AND connamespace = 'public'::regnamespace
"""


@pytest.mark.django_db
def test_each_table_of_the_database_has_a_place() -> None:
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
    assert sorted(tables) == sorted(each.table for each in all_placements())


@pytest.mark.parametrize(
    ("model", "kind", "column"),
    [
        ("contests.Entry", "distributed", "contest_id"),
        ("purchases.PurchaseTotals", "distributed", "contest_id"),
        ("purchases.RejectedPurchase", "distributed", "contest_sent"),
        ("contests.Contest", "reference", None),
        ("accounts.Membership", "reference", None),
        ("jobs.Job", "reference", None),
        ("audit.AuditEvent", "local", None),
        ("sessions.Session", "local", None),
        ("accounts.SignInFailures", "unshared", None),
    ],
)
def test_its_foreign_keys_decide(model: str, kind: str, column: str | None) -> None:
    placement = placement_of(apps.get_model(model))
    assert (placement.kind, placement.column) == (kind, column)


@isolate_apps()  # of no app, whose ready() would register its callbacks again
def test_a_table_of_no_kind_is_refused() -> None:
    class Forgotten(models.Model):
        class Meta:
            app_label = "purchases"

    with pytest.raises(ImproperlyConfigured, match=r"purchases\.Forgotten has no place .* LOCAL_MODELS"):
        placement_of(Forgotten)


@isolate_apps()  # of no app, whose ready() would register its callbacks again
def test_a_contest_that_may_be_empty_is_refused() -> None:
    class Maybe(models.Model):
        contest = models.ForeignKey(Contest, models.PROTECT, null=True, related_name="+")

        class Meta:
            app_label = "purchases"

    with pytest.raises(ImproperlyConfigured, match=r"purchases\.Maybe\.contest_id may be empty"):
        placement_of(Maybe)


def test_those_named_are_models_that_nothing_else_decides_for() -> None:
    for label in LOCAL_MODELS:
        model = apps.get_model(label)
        referred = {field.related_model for field in model._meta.concrete_fields}
        assert not referred & {Team, Contest}, label


def test_what_no_other_server_sees_refers_to_nothing_that_it_does() -> None:
    for label in UNSHARED_MODELS:
        model = apps.get_model(label)
        assert not [field.name for field in model._meta.get_fields() if field.is_relation], label


@pytest.mark.django_db
def test_no_small_table_refers_to_rows_that_are_spread() -> None:
    kinds = {each.table: each.kind for each in all_placements()}
    with connection.cursor() as cursor:
        cursor.execute(FOREIGN_KEYS)
        keys = cursor.fetchall()
    assert keys
    wrong = [key for key in keys if kinds[key[0]] != "distributed" and kinds[key[1]] == "distributed"]
    assert wrong == []


def test_each_new_table_of_a_contest_is_spread_by_its_migration() -> None:
    spread = {each.table: each.column for each in all_placements() if each.column}
    missing = []
    for app, name, created, operations in later_migrations():
        table = f"{app}_{created}"
        if table in spread and (table, spread[table]) not in operations:
            missing.append(f"{app}.{name}: SpreadTable({table!r}, {spread[table]!r})")
    assert missing == []


def later_migrations() -> Iterator[tuple[str, str, str, list[tuple[str, str]]]]:
    """App, name and each created model of the migrations since contests can be spread, with what these spread."""
    for (app, name), migration in MigrationLoader(None).disk_migrations.items():
        if name <= BEFORE.get(app, ""):
            continue
        spread = [(each.table, each.column) for each in migration.operations if isinstance(each, SpreadTable)]
        for operation in migration.operations:
            if isinstance(operation, CreateModel):
                yield app, name, operation.name_lower, spread
