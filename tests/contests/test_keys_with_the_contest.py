"""A row refers only to rows of its own contest, which the database itself holds."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from contests.models import Contest, Entry, NameWord
from contests.models.fields import ContestForeignKey
from contests.services import create_contest, create_entry
from purchases.models import (
    DuplicateCount,
)
from tests.contests.keys import keys_with_the_contest
from tests.contests.rows import (
    NOW,
    differing,
    line,
    past_order,
    past_orders,
    purchase,
    recalculated_award,
    recalculation,
    refund,
    rejected,
    row,
)
from tests.support import Shop


def test_each_foreign_key_to_a_row_of_the_same_contest_carries_the_contest(db: None) -> None:
    fields = [field for model in apps.get_models() for field in model._meta.fields if type(field) is ContestForeignKey]
    columns = {(field.model._meta.db_table, field.column) for field in fields} - {("contests_contest", "rule_set_id")}
    # In their place the rows that they refer to stay: see `tests/purchases/test_rows_that_stay.py`.
    without_key = {("contests_pointtransaction", "entry_id"), ("purchases_purchase", "rule_set_id")}
    assert {(table, column) for table, column, _name in keys_with_the_contest()} == columns - without_key


OF_ANOTHER_CONTEST: dict[str, Callable[[Shop, Shop], Any]] = {
    "contests_entry_referred_by_id": lambda shop, other: Entry.objects.filter(pk=shop.entry.pk).update(
        referred_by=other.entry
    ),
    "contests_nameword_entry_id": lambda shop, other: NameWord.objects.create(
        contest=shop.contest, entry=other.entry, word="grace"
    ),
    "contests_entryimportrow_entry_id": lambda shop, other: row(shop, line=3, outcome="new", entry=other.entry),
    "contests_entryimportrow_entry_import_id": lambda shop, other: row(
        other, contest=shop.contest, line=3, outcome="new"
    ),
    "contests_pointtransaction_undoes_id": lambda shop, other: line(
        shop, "adjusted", -1, undoes=line(other, "adjusted", 1)
    ),
    "purchases_purchase_entry_id": lambda shop, other: purchase(shop, entry=other.entry),
    "purchases_purchase_source_import_id": lambda shop, other: purchase(
        shop, rule_set=None, source_import=past_orders(other)
    ),
    "purchases_purchase_recalculated_award_id": lambda shop, other: purchase(
        shop, recalculated_award=recalculated_award(other)
    ),
    "purchases_purchaseimportrow_purchase_id": lambda shop, other: past_order(shop, purchase=purchase(other)),
    "purchases_purchaseimportrow_purchase_import_id": lambda shop, other: past_order(
        shop, purchase_import=past_orders(other)
    ),
    "purchases_recalculation_rule_set_id": lambda shop, other: recalculation(shop, rule_set=other.contest.rule_set),
    "purchases_recalculatedaward_purchase_id": lambda shop, other: recalculated_award(shop, purchase=purchase(other)),
    "purchases_recalculatedaward_recalculation_id": lambda shop, other: recalculated_award(
        shop, recalculation=recalculation(other)
    ),
    "purchases_recalculatedaward_previous_id": lambda shop, other: recalculated_award(
        shop, previous=recalculated_award(other)
    ),
    "purchases_recalculatedaward_rule_set_id": lambda shop, other: recalculated_award(
        shop, rule_set=other.contest.rule_set
    ),
    "purchases_refund_purchase_id": lambda shop, other: refund(shop, purchase=purchase(other)),
    "purchases_duplicatecount_purchase_id": lambda shop, other: DuplicateCount.objects.create(
        contest=shop.contest, day=NOW.date(), purchase=purchase(other), times=1
    ),
    "purchases_differingduplicate_purchase_id": lambda shop, other: differing(shop, purchase=purchase(other)),
    "purchases_rejectedpurchase_rule_set_id": lambda shop, other: rejected(shop, rule_set=other.contest.rule_set),
}


def test_each_key_with_the_contest_has_a_case(db: None) -> None:
    assert {f"{table}_{column}" for table, column, _name in keys_with_the_contest()} == set(OF_ANOTHER_CONTEST)


@pytest.mark.parametrize("key", OF_ANOTHER_CONTEST)
def test_the_database_refuses_what_refers_to_a_row_of_another_contest(shop: Shop, key: str) -> None:
    contest = create_contest(shop.team, title="Other", slug="other", status=Contest.Status.ACTIVE)
    other = replace(shop, contest=contest, entry=create_entry(contest, "grace@example.com"))
    with pytest.raises(IntegrityError, match=f'"{key}_same_contest"'), transaction.atomic():
        OF_ANOTHER_CONTEST[key](shop, other)
