"""Rows that must not be are refused by the database itself, by a constraint that names the rule."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from apikeys.models import ApiKey
from blitzrocket.accounts.models import (
    Invitation,
    Membership,
    PasswordLink,
    RecoveryCode,
    SignInFailures,
    TrustedBrowser,
    User,
)
from blitzrocket.audit.context import AuditContext
from blitzrocket.jobs.models import Job
from contests.imports import create_entry_import
from contests.models import Contest, Entry, EntryImport, EntryImportRow, NameWord, PointRule, PointTransaction, RuleSet
from contests.models.fields import ContestForeignKey
from contests.money import MAX_AMOUNT
from contests.services import create_contest, create_entry
from purchases.models import (
    DailyStat,
    DifferingDuplicate,
    DuplicateCount,
    PendingRefund,
    Purchase,
    PurchaseImport,
    PurchaseImportRow,
    RecalculatedAward,
    Recalculation,
    Refund,
    RejectedPurchase,
    RejectionCount,
)
from purchases.models.stores import StoreDelivery, StoreOrderId, StoreRefunds
from purchases.services import refund_purchase
from purchases.stores.connections import create_connection
from tests.support import Shop, record

NOW = timezone.now()


def purchase(shop: Shop, **fields: Any) -> Purchase:
    values: dict[str, Any] = {
        "contest": shop.contest,
        "entry": shop.entry,
        "order_id": "1",
        "order_key": "1",
        "email": shop.entry.email,
        "amount": 5,
        "currency": "USD",
        "purchased_at": NOW,
        "points_awarded": 5,
        "rule_set": shop.contest.rule_set,
        "scoring": {},
        "created_at": NOW,
    }
    return Purchase.objects.create(**(values | fields))


def refund(shop: Shop, **fields: Any) -> Refund:
    values: dict[str, Any] = {"refund_id": "r1", "refund_key": "R1", "amount": 1, "points_reversed": 1}
    of_purchase = fields.pop("purchase", None) or purchase(shop)
    values |= {"order_id": of_purchase.order_id}
    return Refund.objects.create(
        contest=shop.contest, purchase=of_purchase, currency="USD", received_at=NOW, **(values | fields)
    )


def waiting(shop: Shop, **fields: Any) -> PendingRefund:
    values: dict[str, Any] = {"order_id": "1", "order_key": "1", "refund_id": "r1", "refund_key": "R1"}
    return PendingRefund.objects.create(contest=shop.contest, received_at=NOW, **(values | fields))


def job(shop: Shop, **fields: Any) -> Job:
    return Job.objects.create(**({"contest_id": shop.contest.pk, "kind": "recalculate"} | fields))


def recalculation(shop: Shop, **fields: Any) -> Recalculation:
    return Recalculation.objects.create(
        contest=shop.contest,
        created_at=NOW,
        **({"rule_set": shop.contest.current_rules(), "job": fields.get("job") or job(shop, state="done")} | fields),
    )


def recalculated_award(shop: Shop, **fields: Any) -> RecalculatedAward:
    values: dict[str, Any] = {
        "contest": shop.contest,
        "purchase": fields.get("purchase") or purchase(shop),
        "recalculation": fields.get("recalculation") or recalculation(shop),
        "rule_set": shop.contest.rule_set,
        "scoring": {},
        "points_before": 1,
        "points_after": 1,
        "created_at": NOW,
    }
    return RecalculatedAward.objects.create(**(values | fields))


def figure(shop: Shop, **fields: Any) -> DailyStat:
    values: dict[str, Any] = {"day": NOW.date(), "figure": "entries", "count": 1, "amount": 0}
    return DailyStat.objects.create(contest=shop.contest, **(values | fields))


def duplicates(shop: Shop, *times: int) -> None:
    duplicated = purchase(shop)
    for each in times:
        DuplicateCount.objects.create(contest=shop.contest, day=NOW.date(), purchase=duplicated, times=each)


def differing(shop: Shop, **fields: Any) -> DifferingDuplicate:
    values: dict[str, Any] = {"email": "a@example.com", "amount": 6, "currency": "USD", "times": 1}
    values |= {"first_received_at": NOW, "last_received_at": NOW}
    return DifferingDuplicate.objects.create(contest=shop.contest, **(values | fields))


def rejected(shop: Shop, **fields: Any) -> RejectedPurchase:
    values: dict[str, Any] = {"contest_sent": shop.contest.pk, "order_id": "1", "order_key": "1", "code": "other"}
    values |= {"team": shop.team, "contest": shop.contest, "api_key": shop.keys["private"]}
    return RejectedPurchase.objects.create(first_received_at=NOW, last_received_at=NOW, **(values | fields))


def line(shop: Shop, kind: str, points: int, **fields: Any) -> PointTransaction:
    values: dict[str, Any] = {"contest": shop.contest, "entry": shop.entry, "occurred_at": NOW}
    values |= {"number": PointTransaction.objects.count() + 1, "kind": kind, "points": points, "balance": points}
    return PointTransaction.objects.create(**(values | fields))


def undoing(shop: Shop, points: int) -> PointTransaction:
    voided = line(shop, "voided", -5, purchase_id=purchase(shop).pk)
    return line(shop, "voided", points, purchase_id=voided.purchase_id, undoes=voided)


def insert_twice(shop: Shop, model: Any, **fields: Any) -> None:
    """Two rows of one store connection with the same values."""
    connection = create_connection(shop.contest, kind="custom", name="Form", secret="for-these-tests-only")
    for _ in range(2):
        model.objects.create(contest=shop.contest, connection=connection, **fields)


# The cases of the conditions that are one constraint; every other case has the name of its own.
IN_ONE = {
    "entry_is_consistent": {
        "entry_email_has_its_keys",
        "entry_phone_key_has_its_phone",
        "entry_line_count_not_negative",
    },
    "pointtransaction_is_consistent_2": {
        "pointtransaction_moves_points",
        "pointtransaction_sign_matches_kind",
        "pointtransaction_names_its_purchase",
        "pointtransaction_without_a_purchase",
        "pointtransaction_kind_known",
        "pointtransaction_number_not_negative",
    },
    "purchase_is_consistent": {
        "purchase_order_id_not_empty",
        "purchase_amount_positive",
        "purchase_amount_can_be_paid",
        "purchase_currency_is_a_code",
        "purchase_points_not_negative",
        "purchase_points_now_not_negative",
        "purchase_duplicates_not_negative",
        "purchase_refunded_at_most_what_was_paid",
        "purchase_refunded_not_negative",
        "purchase_status_says_what_is_refunded",
        "purchase_without_points_when_given_back",
        "purchase_without_points_when_refunded",
        "purchase_status_known",
        "purchase_without_rules_is_history",
        "purchase_with_rules_is_no_history",
        "purchase_history_is_not_recalculated",
        "purchase_undone_history_is_voided",
        "purchase_with_rules_is_not_undone",
    },
}


def constraint_of(case: str) -> str:
    return next((name for name, cases in IN_ONE.items() if case in cases), case)


REFUSED: dict[str, Callable[[Shop], Any]] = {
    "entry_unique_email_per_contest": lambda shop: create_entry(shop.contest, "ADA@example.com"),
    "entry_unique_phone_per_contest": lambda shop: [
        Entry.objects.create(contest=shop.contest, phone=phone, phone_key="+15550009")
        for phone in ("+1 555 0009", "+15550009")
    ],
    "entry_phone_key_has_its_phone": lambda shop: Entry.objects.filter(pk=shop.entry.pk).update(phone_key="12345"),
    "entry_has_email_or_phone_or_is_erased": lambda shop: Entry.objects.create(contest=shop.contest),
    "entry_email_has_its_keys": lambda shop: Entry.objects.create(contest=shop.contest, email="x@y.example"),
    "purchase_unique_order_per_contest": lambda shop: [purchase(shop), purchase(shop)],
    "purchase_amount_positive": lambda shop: purchase(shop, amount=0),
    "purchase_order_id_not_empty": lambda shop: purchase(shop, order_id=""),
    "purchase_currency_is_a_code": lambda shop: purchase(shop, currency="usd"),
    "purchase_points_not_negative": lambda shop: purchase(shop, points_awarded=-1),
    "purchase_status_known": lambda shop: purchase(shop, status="lost"),
    "purchase_amount_can_be_paid": lambda shop: purchase(shop, amount=MAX_AMOUNT + Decimal("0.5")),
    "purchase_duplicates_not_negative": lambda shop: purchase(shop, duplicates=-1),
    "purchase_refunded_not_negative": lambda shop: purchase(shop, status="voided", refunded_amount=-1),
    "purchase_without_points_when_refunded": lambda shop: purchase(
        shop, status="refunded", refunded_amount=5, points_now=1
    ),
    "purchase_with_rules_is_no_history": lambda shop: purchase(shop, source_import=past_orders(shop)),
    "purchase_history_is_not_recalculated": lambda shop: history(
        shop, order_id="2", recalculated_award=recalculated_award(shop)
    ),
    "purchase_with_rules_is_not_undone": lambda shop: purchase(shop, status="voided", import_undone_at=NOW),
    "entry_line_count_not_negative": lambda shop: Entry.objects.filter(pk=shop.entry.pk).update(line_count=-1),
    "pointtransaction_without_a_purchase": lambda shop: line(shop, "bonus", 5, purchase_id=purchase(shop).pk),
    "pointtransaction_kind_known": lambda shop: line(shop, "lost", 5, purchase_id=purchase(shop).pk),
    "pointtransaction_number_not_negative": lambda shop: line(shop, "adjusted", 1, number=-1),
    "purchase_points_now_not_negative": lambda shop: purchase(shop, points_now=-1),
    "purchase_refunded_at_most_what_was_paid": lambda shop: purchase(shop, status="voided", refunded_amount=6),
    "purchase_status_says_what_is_refunded": lambda shop: purchase(shop, refunded_amount=1),
    "purchase_without_points_when_given_back": lambda shop: purchase(shop, status="voided", points_now=1),
    "refund_unique_refund_per_purchase": lambda shop: [
        refund(shop, purchase=bought) for bought in [purchase(shop)] * 2
    ],
    "refund_id_not_empty": lambda shop: refund(shop, refund_id=""),
    "refund_order_id_not_empty": lambda shop: refund(shop, order_id=""),
    "refund_amount_positive": lambda shop: refund(shop, amount=0),
    "refund_points_not_negative": lambda shop: refund(shop, points_reversed=-1),
    "pendingrefund_unique_refund_per_order": lambda shop: [waiting(shop), waiting(shop)],
    "pendingrefund_amount_positive": lambda shop: waiting(shop, amount=0),
    "pendingrefund_currency_is_a_code": lambda shop: waiting(shop, currency="usd"),
    "pendingrefund_state_known": lambda shop: waiting(shop, state="lost"),
    "rejected_contest_is_the_one_sent": lambda shop: rejected(shop, contest_sent="another"),
    "rejected_state_known": lambda shop: rejected(shop, state="lost"),
    "rejected_unique_order_and_code": lambda shop: [rejected(shop), rejected(shop)],
    "rejected_held_can_be_scored": lambda shop: rejected(shop, state="held"),
    "rejected_recorded_names_its_purchase": lambda shop: rejected(shop, state="recorded"),
    "rejectioncount_unique_slot": lambda shop: [
        RejectionCount.objects.create(day=NOW.date(), code="a", slot=1, times=1) for _ in range(2)
    ],
    "nameword_unique_word_per_entry": lambda shop: NameWord.objects.create(
        contest=shop.contest, entry=shop.entry, word="ada"
    ),
    "entry_unique_referral_code_per_contest": lambda shop: Entry.objects.create(
        contest=shop.contest, phone="1", referral_code=shop.entry.referral_code
    ),
    "pointtransaction_earned_once_per_purchase": lambda shop: [
        line(shop, "earned", 5, purchase_id=bought.pk) for bought in [purchase(shop)] * 2
    ],
    "pointtransaction_sign_matches_kind": lambda shop: line(shop, "earned", -5, purchase_id=purchase(shop).pk),
    "pointtransaction_unique_number_per_entry": lambda shop: [line(shop, "adjusted", 1, number=1) for _ in range(2)],
    "pointtransaction_adjusted_once_per_id": lambda shop: [
        line(shop, "adjusted", 1, adjustment_id="a") for _ in range(2)
    ],
    "delivery_unique_provider_id": lambda shop: insert_twice(
        shop, StoreDelivery, provider_id="1", body=b"{}", received_at=NOW
    ),
    "storeorderid_unique": lambda shop: insert_twice(
        shop, StoreOrderId, other_id="pi_1", other_key="PI_1", order_id="1"
    ),
    "storerefunds_unique_order": lambda shop: insert_twice(shop, StoreRefunds, order_id="1"),
    "pointrule_amount_from_can_be_paid": lambda shop: PointRule.objects.create(
        contest=shop.contest, amount_from=MAX_AMOUNT + Decimal("0.5")
    ),
    "pointrule_amount_to_is_positive": lambda shop: PointRule.objects.create(contest=shop.contest, amount_to=0),
    "dailystat_unique_figure": lambda shop: [figure(shop) for _ in range(2)],
    "dailystat_figure_known": lambda shop: figure(shop, figure="lost"),
    "dailystat_count_not_negative": lambda shop: figure(shop, count=-1),
    "duplicatecount_unique_day_of_a_purchase": lambda shop: duplicates(shop, 1, 1),
    "duplicatecount_counts_something": lambda shop: duplicates(shop, 0),
    "differingduplicate_unique_values": lambda shop: [
        differing(shop, purchase=bought) for bought in [purchase(shop)] * 2
    ],
    "differingduplicate_counts_something": lambda shop: differing(shop, purchase=purchase(shop), times=0),
    "job_one_exclusive_per_contest": lambda shop: [job(shop) for _ in range(2)],
    "job_state_known": lambda shop: job(shop, state="lost"),
    "recalculation_unique_job": lambda shop: [recalculation(shop, job=each) for each in [job(shop)] * 2],
    "recalculation_unique_undo_job": lambda shop: [recalculation(shop, undo_job=each) for each in [job(shop)] * 2],
    "recalculatedaward_once_per_recalculation": lambda shop: [
        recalculated_award(shop, purchase=bought, recalculation=done)
        for bought, done in [(purchase(shop), recalculation(shop))] * 2
    ],
    "recalculatedaward_points_not_negative": lambda shop: recalculated_award(shop, points_after=-1),
    "recalculation_changed_at_most_scored": lambda shop: recalculation(shop, scored_count=1, changed_count=2),
    "pointtransaction_moves_points": lambda shop: line(shop, "adjusted", 0),
    "pointtransaction_names_its_purchase": lambda shop: line(shop, "earned", 5),
    "pointtransaction_undone_once": lambda shop: [undoing(shop, 5), line_undone_again(shop)],
    "pointrule_rate_not_negative": lambda shop: PointRule.objects.create(
        contest=shop.contest, points_per_unit=-1, fixed_points=1
    ),
    "pointrule_gives_something": lambda shop: PointRule.objects.create(contest=shop.contest, points_per_unit=0),
    "pointrule_amounts_in_order": lambda shop: PointRule.objects.create(
        contest=shop.contest, amount_from=2, amount_to=1
    ),
    "pointrule_dates_in_order": lambda shop: PointRule.objects.create(
        contest=shop.contest, valid_from=NOW, valid_until=NOW
    ),
    "ruleset_unique_number_per_contest": lambda shop: RuleSet.objects.create(
        contest=shop.contest, number=1, content={}
    ),
    "contest_ends_after_it_starts": lambda shop: Contest.objects.filter(pk=shop.contest.pk).update(
        starts_at=NOW, ends_at=NOW - timedelta(1)
    ),
    "contest_evergreen_has_no_end": lambda shop: Contest.objects.filter(pk=shop.contest.pk).update(
        is_evergreen=True, ends_at=NOW
    ),
    "contest_status_known": lambda shop: Contest.objects.filter(pk=shop.contest.pk).update(status="lost"),
    "contest_mode_known": lambda shop: Contest.objects.filter(pk=shop.contest.pk).update(mode="lost"),
    "contest_rounding_known": lambda shop: Contest.objects.filter(pk=shop.contest.pk).update(rounding="lost"),
    "pointrule_fixed_points_not_negative": lambda shop: PointRule.objects.create(
        contest=shop.contest, fixed_points=10**10
    ),
    "entryimport_state_known": lambda shop: EntryImport.objects.create(contest=shop.contest, row_count=1, state="lost"),
    "entryimportrow_outcome_known": lambda shop: row(shop, outcome="lost"),
    "entryimportrow_unique_line_per_import": lambda shop: row(shop, outcome="new"),
    "purchase_without_rules_is_history": lambda shop: purchase(shop, rule_set=None),
    "purchase_undone_history_is_voided": lambda shop: history(shop, import_undone_at=NOW),
    "purchaseimport_state_known": lambda shop: PurchaseImport.objects.create(
        contest=shop.contest, row_count=1, state="lost"
    ),
    "purchaseimportrow_outcome_known": lambda shop: past_order(shop, outcome="lost"),
    "purchaseimportrow_unique_line_per_import": lambda shop: [
        past_order(shop, purchase_import=one) for one in [past_orders(shop)] * 2
    ],
    "purchaseimportrow_points_not_negative": lambda shop: past_order(shop, points=-1),
    "contest_id_safe_in_url": lambda shop: Contest.objects.create(id="a/b", team=shop.team, slug="other"),
    "contest_unique_slug_per_team": lambda shop: Contest.objects.create(team=shop.team, slug=shop.contest.slug),
    "membership_unique_user_per_team": lambda shop: [
        Membership.objects.create(team=shop.team, user=user, role="owner")
        for user in [User.objects.create_user("u")] * 2
    ],
    "membership_role_known": lambda shop: Membership.objects.create(
        team=shop.team, user=User.objects.create_user("u"), role="lost"
    ),
    "invitation_unique_digest": lambda shop: [invitation(shop, email_key=key, digest="same") for key in "ab"],
    "invitation_one_pending_per_team_and_email": lambda shop: [invitation(shop, digest=digest) for digest in "ab"],
    "invitation_role_known": lambda shop: invitation(shop, role="boss"),
    "invitation_accepted_or_revoked": lambda shop: invitation(
        shop, accepted_at=NOW, revoked_at=NOW, accepted_by=User.objects.create_user("guest")
    ),
    "invitation_accepted_by_someone": lambda shop: invitation(shop, accepted_at=NOW),
    "signinfailures_unique_pair": lambda shop: [
        SignInFailures.objects.create(address="192.0.2.1", username="ada", times=[NOW], last_at=NOW) for _ in range(2)
    ],
    "recoverycode_unique_per_user": lambda shop: [
        RecoveryCode.objects.create(user=user, digest="same") for user in [User.objects.create_user("u")] * 2
    ],
    "trustedbrowser_unique_digest": lambda shop: [
        TrustedBrowser.objects.create(user=User.objects.create_user(name), digest="same", expires_at=NOW)
        for name in "ab"
    ],
    "passwordlink_unique_digest": lambda shop: [
        PasswordLink.objects.create(user=User.objects.create_user(name), digest="same", expires_at=NOW) for name in "ab"
    ],
    "passwordlink_one_per_user": lambda shop: [
        PasswordLink.objects.create(user=user, digest=digest, expires_at=NOW)
        for user, digest in zip([User.objects.create_user("u")] * 2, "ab", strict=True)
    ],
    "apikey_kind_known": lambda shop: ApiKey.objects.update(kind="lost"),
    "apikey_rate_limit_at_least_one": lambda shop: ApiKey.objects.update(rate_limit=0),
    "apikey_unique_digest": lambda shop: ApiKey.objects.update(digest=shop.keys["private"].digest),
}


def keys_with_the_contest() -> set[tuple[str, str, str]]:
    """The foreign keys to a row of the same contest: table, column, and the unique constraint that they refer to.

    Such a constraint needs no case: a row that breaks it has the id of another.
    """
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT conrelid::regclass::text, own.attname::text, conindid::regclass::text FROM pg_constraint
            JOIN pg_attribute contest ON contest.attrelid = conrelid AND contest.attnum = conkey[1]
            JOIN pg_attribute own ON own.attrelid = conrelid AND own.attnum = conkey[2]
            WHERE contype = 'f' AND contest.attname IN ('contest_id', 'contest_sent')
            AND pg_get_constraintdef(pg_constraint.oid) LIKE '%(contest_id, id)'
        """)
        return {(table, column, name) for table, column, name in cursor.fetchall()}


def test_each_constraint_has_a_case(db: None) -> None:
    apps_of_ours = [
        apps.get_app_config(name) for name in ("accounts", "audit", "jobs", "apikeys", "contests", "purchases")
    ]
    models = [model for app in apps_of_ours for model in app.get_models()]
    names = {constraint.name for model in models for constraint in model._meta.constraints}
    referred_to = {name for _table, _column, name in keys_with_the_contest()}
    assert names - referred_to == set(map(constraint_of, REFUSED))


def row(shop: Shop, **fields: Any) -> EntryImportRow:
    """A row for the line of a file that has one already."""
    entry_import = create_entry_import(shop.contest, "people.csv", b"email\na@example.com\n", by=None)
    values: dict[str, Any] = {"contest": shop.contest, "entry_import": entry_import, "line": 2, "values": {}}
    return EntryImportRow.objects.create(**(values | fields))


def invitation(shop: Shop, **fields: Any) -> Invitation:
    maker, _ = User.objects.get_or_create(username="maker")
    values = {"email": "guest@example.com", "email_key": "guest@example.com", "expires_at": NOW, "created_by": maker}
    return Invitation.objects.create(team=shop.team, **(values | fields))


def past_orders(shop: Shop) -> PurchaseImport:
    return PurchaseImport.objects.create(contest=shop.contest, row_count=1)


def past_order(shop: Shop, **fields: Any) -> PurchaseImportRow:
    values = {"purchase_import": fields.pop("purchase_import", None) or past_orders(shop), "outcome": "new"}
    return PurchaseImportRow.objects.create(contest=shop.contest, line=2, values={}, **(values | fields))


def history(shop: Shop, **fields: Any) -> Purchase:
    return purchase(shop, rule_set=None, source_import=past_orders(shop), **fields)


def line_undone_again(shop: Shop) -> PointTransaction:
    undone = PointTransaction.objects.get(undoes__isnull=False)
    return line(shop, "voided", 5, purchase_id=undone.purchase_id, undoes=undone.undoes)


@pytest.mark.parametrize("case", REFUSED)
def test_the_database_refuses_bad_rows(shop: Shop, case: str) -> None:
    with pytest.raises(IntegrityError, match=f'"{constraint_of(case)}"'), transaction.atomic():
        REFUSED[case](shop)


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


@pytest.mark.parametrize(
    ("kind", "points", "fits"),
    [
        *[(kind, points, points > 0) for kind in ("earned", "moved_in") for points in (5, -5)],
        *[(kind, points, points < 0) for kind in ("refunded", "voided", "moved_out") for points in (5, -5)],
        *[(kind, points, True) for kind in ("recalculated",) for points in (5, -5)],
    ],
)
def test_the_sign_of_a_line_of_a_purchase(shop: Shop, kind: str, points: int, fits: bool) -> None:
    bought = purchase(shop)
    if fits:
        line(shop, kind, points, purchase_id=bought.pk)
    else:
        with pytest.raises(IntegrityError, match="pointtransaction_is_consistent"):
            line(shop, kind, points, purchase_id=bought.pk)


def test_a_line_for_a_referral_has_no_purchase_and_adds_points_unless_it_undoes_one(shop: Shop) -> None:
    referral = line(shop, "referral", 5)
    line(shop, "referral", -5, undoes=referral)
    for refused in ({"points": -5}, {"points": 5, "purchase_id": purchase(shop).pk}, {"points": 5, "undoes": referral}):
        with pytest.raises(IntegrityError, match="pointtransaction_is_consistent_2"), transaction.atomic():
            line(shop, "referral", **refused)


def test_an_undoing_line_has_the_opposite_sign(shop: Shop) -> None:
    undoing(shop, 5)
    with pytest.raises(IntegrityError, match="pointtransaction_is_consistent"), transaction.atomic():
        line(shop, "voided", -5, purchase_id=Purchase.objects.get().pk, undoes=PointTransaction.objects.latest("id"))


@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}"])
@pytest.mark.parametrize(
    "table", ["contests_pointtransaction", "contests_ruleset", "audit_auditevent", "purchases_refund"]
)
def test_ledger_rules_refunds_and_the_audit_are_never_changed(shop: Shop, statement: str, table: str) -> None:
    bought = Purchase.objects.get(pk=record(shop).purchase_id)
    refund_purchase(bought, refund_id="r1", audit=AuditContext(reason="damaged"), received_at=NOW)
    with pytest.raises(IntegrityError, match="never changed or deleted"), connection.cursor() as cursor:
        cursor.execute(statement.format(table))


@pytest.mark.parametrize(
    ("status", "refunded", "fits"),
    [
        *[("recorded", refunded, refunded == 0) for refunded in (0, 1, 5)],
        *[("partially_refunded", refunded, refunded == 1) for refunded in (0, 1, 5)],
        *[("refunded", refunded, refunded == 5) for refunded in (0, 1, 5)],
        *[("voided", refunded, True) for refunded in (0, 1, 5)],
    ],
)
def test_a_purchases_status_matches_its_refunded_amount(shop: Shop, status: str, refunded: int, fits: bool) -> None:
    if fits:
        purchase(shop, status=status, refunded_amount=refunded)
    else:
        with pytest.raises(IntegrityError, match="purchase_is_consistent"):
            purchase(shop, status=status, refunded_amount=refunded)


@pytest.mark.parametrize("missing", ["email_key", "near_key"])
def test_an_entry_with_an_email_has_both_keys(shop: Shop, missing: str) -> None:
    with pytest.raises(IntegrityError, match="entry_is_consistent"):
        Entry.objects.filter(pk=shop.entry.pk).update(**{missing: ""})


def test_an_entry_may_have_only_a_phone(shop: Shop) -> None:
    for phone in ("1", "2"):
        Entry.objects.create(contest=shop.contest, phone=phone)
    assert Entry.objects.filter(email_key="").count() == 2
