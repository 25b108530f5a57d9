"""Statements are Django's to the letter, also where they are compiled with fewer steps."""

from typing import Any

import pytest
from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.backends.postgresql.compiler import SQLCompiler as DjangosCompiler
from django.db.models import Count, Expression, F, Model, Q, QuerySet, Value
from django.db.models.expressions import Col
from django.db.models.functions import Lower

from blitzrocket.postgres.compiler import SQLCompiler
from contests.models import Contest, Entry
from purchases.models import Purchase, RejectedPurchase

ENTRIES, CONTESTS = Entry.objects.all(), Contest.objects.all()
ORDERED: dict[str, QuerySet[Any]] = {
    "names": ENTRIES.order_by("-points", "id"),
    "a name of another table": ENTRIES.order_by("contest__title", "-contest__team__name"),
    "another table by its own order": RejectedPurchase.objects.order_by("contest", "id"),
    "pk": ENTRIES.order_by("pk"),
    "conditions": ENTRIES.filter(Q(contest__title="a") | Q(points__gt=F("line_count"))).order_by("id"),
    "no order": ENTRIES.order_by(),
    "by chance": ENTRIES.order_by("?"),
    "an expression": ENTRIES.order_by(F("points").desc(nulls_last=True), "id"),
    "an expression that is selected": CONTESTS.values("title").order_by(F("title")),
    "a function": CONTESTS.order_by(Lower("title")),
    "an annotation": CONTESTS.annotate(count=Count("entries")).order_by("-count", "id"),
    "an annotation by another name": CONTESTS.annotate(name=Lower("title")).order_by("name"),
    "chosen columns": ENTRIES.order_by("-id").values_list("email", "id"),
    "columns of another table": Purchase.objects.select_related("entry", "contest").order_by("-purchased_at", "id"),
    "different rows": ENTRIES.order_by("contest__title").distinct(),
    "different values": ENTRIES.order_by("name").values("contest").distinct(),
    "the other way round": ENTRIES.order_by("points", "-id").reverse(),
    "a part": ENTRIES.order_by("id")[5:9],
    "a subquery": Purchase.objects.filter(entry__in=ENTRIES.order_by("-points").values("pk")[:3]).order_by("id"),
    "a union": ENTRIES.order_by("id").values_list("id")[:1].union(ENTRIES.values_list("id")).order_by("id"),
    "a union of constants": CONTESTS.annotate(kind=Value("a")).values_list("kind", "id").union(
        CONTESTS.annotate(kind=Value("b")).values_list("kind", "id")
    ),
}  # fmt: skip


def compiled(compiler: type[Any], rows: QuerySet[Any]) -> Any:
    return compiler(rows.query.clone(), connection, DEFAULT_DB_ALIAS).as_sql()


@pytest.mark.parametrize("case", ORDERED)
def test_a_statement_is_djangos(db: None, case: str) -> None:
    statement = compiled(SQLCompiler, ORDERED[case])
    assert statement == compiled(DjangosCompiler, ORDERED[case])
    assert ("ORDER BY" in statement[0]) == (case != "no order")
    list(ORDERED[case].all())


@pytest.mark.parametrize("model", apps.get_models(), ids=lambda model: model._meta.label)
def test_a_models_own_order_is_djangos(db: None, model: type[Model]) -> None:
    rows = model._default_manager.all()
    assert compiled(SQLCompiler, rows) == compiled(DjangosCompiler, rows)


@pytest.mark.parametrize("case", ["names", "columns of another table", "a part", "another table by its own order"])
@pytest.mark.parametrize(("kind", "step"), [(Expression, "__hash__"), (Col, "as_sql")])
def test_an_order_by_names_takes_fewer_steps(
    db: None, monkeypatch: pytest.MonkeyPatch, kind: type[Any], step: str, case: str
) -> None:
    steps: list[Any] = []
    original = getattr(kind, step)

    def note(expression: Any, *arguments: Any) -> Any:
        steps.append(expression)
        return original(expression, *arguments)

    monkeypatch.setattr(kind, step, note)
    list(ORDERED[case].all())
    assert steps == []
    compiled(DjangosCompiler, ORDERED[case])
    assert steps != []  # what is saved
