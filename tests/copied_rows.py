"""Copies of the rows that a team begins with: what the services have made once, with other ids, as if made now.

Thousands of tests begin with a team and its contest, and the services make one by 18 statements. A copy takes one.
"""

import re
from copy import copy
from datetime import datetime
from typing import Any, TypeVar

from django.apps import apps
from django.db import connection, models
from django.utils import timezone

from blitzrocket.ids import IdField, new_id

AnyModel = TypeVar("AnyModel", bound=models.Model)
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?\+00")


class CopiedRows:
    """All rows of a team, and of its one contest, as PostgreSQL writes them."""

    def __init__(self, team: models.Model, contest: models.Model) -> None:
        owners = {"contest_id": contest.pk, "team_id": team.pk}
        self._ids: list[str] = []
        self._texts: list[str] = []
        self._statements: list[str] = []
        self._read(type(team), "id", team.pk)
        self._read(type(contest), "id", contest.pk)
        for model in apps.get_models(include_auto_created=True):
            names = {field.column for field in model._meta.local_fields}
            column = next((name for name in owners if name in names), None)
            if column is not None and not isinstance(contest, model):
                self._read(model, column, owners[column])

    def _read(self, model: type[models.Model], column: str, value: str) -> None:
        """A row's own number is not copied, but given by its table anew."""
        table = connection.ops.quote_name(model._meta.db_table)
        fields = [field for field in model._meta.local_fields if not isinstance(field, models.AutoField)]
        names = [connection.ops.quote_name(str(field.column)) for field in fields]
        columns, values = ", ".join(names), ", ".join(f"(r).{name}" for name in names)
        with connection.cursor() as cursor:
            pk = model._meta.pk.column if isinstance(model._meta.pk, IdField) else "NULL"
            cursor.execute(f"SELECT {pk}, ({table}.*)::text FROM {table} WHERE {column} = %s", [value])
            for own_id, text in cursor.fetchall():
                self._ids += [own_id] if own_id else []
                self._texts.append(text)
                self._statements.append(
                    f"INSERT INTO {table} ({columns}) SELECT {values} FROM (SELECT %s::{table} AS r)"
                )

    def copy(self, old: dict[str, str]) -> "Copy":
        """Insert them again; ``old`` are further texts that a copy has others for."""
        texts = old | {each: new_id(each.rpartition("_")[0]) for each in self._ids}
        copied = Copy(texts, timezone.now())
        with connection.cursor() as cursor:
            cursor.execute(";".join(self._statements), [copied.text_of(text) for text in self._texts])
        return copied


class Copy:
    """What a copy has instead of the texts and times of the first."""

    def __init__(self, texts: dict[str, str], now: datetime) -> None:
        self.texts, self.now = texts, now
        self._old = re.compile("|".join(map(re.escape, texts)))

    def text_of(self, text: str) -> str:
        text = self._old.sub(lambda match: self.texts[match[0]], text)
        return _TIME.sub(self.now.strftime("%Y-%m-%d %H:%M:%S.%f+00"), text)

    def of(self, row: AnyModel, **others: Any) -> AnyModel:
        """The copy of a row; ``others`` are values of it that are no texts or times, such as the rows it refers to."""
        copied = copy(row)
        copied._state.fields_cache = {}
        names = {field.attname for field in row._meta.concrete_fields}
        for name in vars(copied).keys() - names - {"_state"}:
            delattr(copied, name)  # what was computed of it
        for name in names:
            value = getattr(row, name)
            if isinstance(value, str) and value in self.texts:
                setattr(copied, name, self.texts[value])
            elif isinstance(value, datetime):
                setattr(copied, name, self.now)
        for name, other in others.items():
            setattr(copied, name, other)
        return copied

    def in_json(self, value: Any) -> Any:
        """The same for what a column of JSON has."""
        if isinstance(value, dict):
            return {name: self.in_json(each) for name, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.in_json(each) for each in value]
        return self.texts.get(value, value) if isinstance(value, str) else value
