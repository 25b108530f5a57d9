"""Texts of a team that name a person, in whichever table: notes, reasons, answers of other systems, files.

Every table of a team or a contest is searched, also one that a later version adds, except those that `NOT_SEARCHED`
names with the reason.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.apps import apps
from django.db import models
from django.db.models import Q, QuerySet
from django.db.models.functions import Cast

from blitzrocket.strict_json import InvalidJSON, read
from purchases.models import StoreDelivery
from purchases.privacy.person import Person, erase_matches

BODIES_AT_ONCE = 200
Model: TypeAlias = type[models.Model]
Keys = dict[Model, list[Any]]  # of rows

# By table: why its texts are left as they are.
NOT_SEARCHED = {
    "accounts.Invitation": "of team members: see `logins`",
    "accounts.Membership": "has no text",
    "apikeys.ApiKey": "names of keys, as the team gave them",
    "contests.Entry": "found by its address; another person may have the same name",
    "contests.NameWord": "belongs to its entry",
    "contests.PointRule": "the contest's own settings",
    "contests.RuleSet": "the contest's own settings",
    "purchases.StoreDelivery": "searched with its body",
    "purchases.StoreConnection": "the contest's own settings",
    "purchases.WebhookEndpoint": "the contest's own settings",
}
# Rows of people: one with the same name may be another person's.
BY_ADDRESS_ONLY = frozenset(("contests.EntryImportRow", "purchases.PurchaseImportRow"))
# Ids that a shop or its store gave. They keep an order from counting twice, so they stay as they were sent.
IDS = frozenset(
    ("order_id", "order_key", "refund_id", "refund_key", "adjustment_id", "provider_id", "other_id", "other_key")
)


@dataclass(frozen=True, slots=True)
class Texts:
    """A table with texts: its columns, and the column by which its rows are a team's or a contest's."""

    model: Model
    columns: tuple[str, ...]
    owner: str  # “team” or “contest”

    def rows_of(self, person: Person) -> "Iterator[QuerySet[Any]]":
        """The rows of the person's team; of one contest at a time."""
        rows = self.model._default_manager.all()
        if self.owner == "team":
            yield rows.filter(**{self._owner_column: person.team.pk})
            return
        for contest_id in person.contest_ids:
            yield rows.filter(**{self._owner_column: contest_id})

    def pattern_for(self, person: Person) -> "re.Pattern[str]":
        """What is looked for in its texts."""
        return person.address if self.model._meta.label in BY_ADDRESS_ONLY else person.mention

    @property
    def json_columns(self) -> tuple[str, ...]:
        """Those whose values are texts and more."""
        fields = self.model._meta.get_field
        return tuple(name for name in self.columns if isinstance(fields(name), models.JSONField))

    @property
    def _owner_column(self) -> str:
        names = {field.name for field in self.model._meta.concrete_fields}
        return self.owner if self.owner in names else f"{self.owner}_id"


def searched_tables() -> list[Texts]:
    """The tables that are searched."""
    tables = [_texts_of(model) for model in apps.get_models() if model._meta.label not in NOT_SEARCHED]
    return [table for table in tables if table is not None and table.columns]


def _texts_of(model: Model) -> Texts | None:
    names = {field.name.removesuffix("_id") for field in model._meta.concrete_fields}
    owner = next((name for name in ("team", "contest") if name in names), None)
    if owner is None or model._meta.label == "contests.Contest":
        return None
    columns = tuple(field.name for field in model._meta.concrete_fields if _has_text(field))
    return Texts(model, columns, owner)


def _has_text(field: Any) -> bool:
    if not isinstance(field, models.CharField | models.TextField | models.JSONField) or field.primary_key:
        return False
    return not field.choices and field.name not in IDS and not field.name.endswith(("_id", "digest"))


def find_mentions(person: Person, progress: Callable[[str], None] = lambda table: None) -> Keys:
    """The rows of the person's team with texts that name the person, by table; ``progress`` gets each table's name."""
    mentions: Keys = {}
    for table in searched_tables():
        progress(str(table.model._meta.verbose_name_plural))
        mentions[table.model] = [key for rows in table.rows_of(person) for key in _mentioning(table, rows, person)]
    progress("bodies of deliveries")
    mentions[StoreDelivery] = [key for contest_id in person.contest_ids for key in _deliveries(contest_id, person)]
    return {model: keys for model, keys in mentions.items() if keys}


def _mentioning(table: Texts, rows: "QuerySet[Any]", person: Person) -> Iterator[Any]:
    """The keys of rows in which a text names the person; the database looks for the letters, this for the words."""
    texts = person.identity.texts
    if not texts:
        return
    # Only what is no text yet: Citus fails on the contest as text in what it reads on several servers.
    casts = {f"{name}_text": Cast(name, models.TextField()) for name in table.json_columns}
    columns = [*casts, *(name for name in table.columns if name not in table.json_columns)]
    wanted = Q()
    for name in columns:
        for text in texts:
            wanted |= Q(**{f"{name}__icontains": text})
    pattern = table.pattern_for(person)
    for key, *values in rows.annotate(**casts).filter(wanted).values_list("pk", *columns):
        if any(pattern.search(value or "") for value in values):
            yield key


def _deliveries(contest_id: str, person: Person) -> Iterator[Any]:
    """The keys of deliveries that have an address or number of the person."""
    rows, last = StoreDelivery.objects.filter(contest=contest_id).order_by("pk"), ""
    while chunk := list(rows.filter(pk__gt=last).values_list("pk", "body", "headers", "message")[:BODIES_AT_ONCE]):
        for key, body, headers, message in chunk:
            texts = [text_of(bytes(body)), *headers.values(), message]
            if any(map(person.address.search, texts)):
                yield key
        last = chunk[-1][0]


def text_of(body: bytes) -> str:
    """The text of a body; of JSON with the characters that it writes as numbers, such as ``\\u0040``."""
    text = body.decode("utf-8", "replace")
    if "\\" not in text:
        return text
    try:
        return json.dumps(read(body), ensure_ascii=False, default=str)
    except InvalidJSON:
        return text


def erase_mentions(person: Person, mentions: Mapping[Model, list[Any]]) -> int:
    """Remove what names the person from these rows; returns how many changed. The caller holds a transaction."""
    tables = {table.model: table for table in searched_tables()}
    return sum(_erase_in(person, tables[model], keys) for model, keys in mentions.items() if model in tables)


def _erase_in(person: Person, table: Texts, keys: list[Any]) -> int:
    count, pattern = 0, table.pattern_for(person)
    for rows in table.rows_of(person):
        for row in rows.filter(pk__in=keys).order_by("pk"):
            values = {name: getattr(row, name) for name in table.columns}
            erased = {name: _cut(table, name, erase_matches(pattern, value)) for name, value in values.items()}
            changed = {name: erased[name] for name in values if erased[name] != values[name]}
            for name, value in changed.items():
                setattr(row, name, value)
            if changed:
                row.save(update_fields=list(changed))
                count += 1
    return count


def _cut(table: Texts, column: str, value: Any) -> Any:
    """A value as long as its column may be: what stands for an erased text may be longer than that."""
    field: Any = table.model._meta.get_field(column)
    return value[: field.max_length] if isinstance(value, str) and field.max_length else value
