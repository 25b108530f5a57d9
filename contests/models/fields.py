"""Base model and foreign keys for rows of a contest: their statements name the contest beside the id.

So contests can be distributed over several servers (Citus), and a statement reads and locks on one of them only.
"""

from typing import Any, Self, TypeVar

from django.db import models
from django.db.models.expressions import Col
from django.db.models.lookups import Exact

from blitzrocket.model_fields import PlainInMigrations

_ST = TypeVar("_ST")
_GT = TypeVar("_GT")


def is_consistent(function: str, *columns: str) -> models.Func:
    """The condition of a check that a function in the database holds: all that must be true of a row's columns.

    For the tables that are written with every order. PostgreSQL reads and plans the expression of each check anew for
    every statement, but a function in PL/pgSQL once per connection. A migration of the app has the function; a change
    to it is a new function and a new constraint, so that the rows that exist are checked.
    """
    return models.Func(*columns, function=function, output_field=models.BooleanField())


def _contest_field(model: Any) -> "models.Field[Any, Any]":
    """The field that names a row's contest; for a contest itself, its primary key."""
    primary_key: models.Field[Any, Any] = model._meta.pk
    return primary_key if model._meta.label == "contests.Contest" else model._meta.get_field("contest")


class TeamForeignKey(PlainInMigrations, models.ForeignKey[_ST, _GT]):
    """A foreign key to a row of any contest of the same team: lazy loads look in the team's contests."""

    def get_extra_descriptor_filter(self, instance: models.Model) -> dict[str, Any]:
        return {"contest__team": instance.team_id}  # type: ignore[attr-defined]  # each model with such a key has it


class ContestForeignKey(PlainInMigrations, models.ForeignKey[_ST, _GT]):
    """A foreign key to a row of the same contest: joins and lazy loads compare the contest too.

    So does the key in the database, (contest_id, x_id) to (contest_id, id), which Django cannot write: each app's
    second migration adds it, and a test looks for one of each field. A purchase's rules and a ledger line's entry and
    purchase have none, because each order would be checked by it: triggers keep the rows that they refer to.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **{**options, "db_constraint": False})

    def get_extra_restriction(self, alias: str | None, related_alias: str) -> Exact | None:  # type: ignore[override]
        # The stubs have another return type. Without an alias, the other side stands outside a subquery that an
        # exclude over many rows makes, and cannot be named.
        if alias is None:
            return None
        related_contest, own_contest = _contest_field(self.related_model), _contest_field(self.model)
        return Exact(Col(alias, related_contest), Col(related_alias, own_contest))

    def get_extra_descriptor_filter(self, instance: models.Model) -> dict[str, Any]:
        contest_id = getattr(instance, _contest_field(self.model).attname)
        return {_contest_field(self.related_model).attname: contest_id}


class ContestRow(models.Model):
    """A row of a contest, which `save` and `refresh_from_db` find by its contest and id.

    ``contest_column`` is the contest that every statement names, and by which rows are spread over several servers.
    """

    contest_column = "contest_id"

    class Meta:
        abstract = True

    def _of_contest(self, rows: "models.QuerySet[Any]") -> "models.QuerySet[Any]":
        return rows.filter(**{self.contest_column: getattr(self, self.contest_column)})

    def _do_update(self, base_qs: "models.QuerySet[Self]", *arguments: Any) -> Any:
        return super()._do_update(self._of_contest(base_qs), *arguments)

    def refresh_from_db(
        self,
        using: str | None = None,
        fields: Any = None,
        from_queryset: "models.QuerySet[Self] | None" = None,
    ) -> None:
        rows = type(self)._base_manager.using(using) if from_queryset is None else from_queryset
        super().refresh_from_db(using, fields, self._of_contest(rows))

    def locked(self) -> Self:
        """This row as it is now, locked, with its contest. In a transaction."""
        rows = type(self)._default_manager.select_for_update(no_key=True, of=("self",)).select_related("contest")
        row: Self = self._of_contest(rows).get(pk=self.pk)
        return row
