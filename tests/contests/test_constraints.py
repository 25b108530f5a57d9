"""Rows that must not be are refused by the database itself, by a constraint that names the rule."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from apikeys.models import ApiKey
from blitzrocket.accounts.models import (
    Membership,
    PasswordLink,
    RecoveryCode,
    SignInFailures,
    TrustedBrowser,
    User,
)
from blitzrocket.audit.context import AuditContext
from contests.models import Contest, Entry, EntryImport, NameWord, PointRule, PointTransaction, RuleSet
from contests.money import MAX_AMOUNT
from contests.services import create_entry
from purchases.models import (
    Purchase,
    PurchaseImport,
    RejectionCount,
)
from purchases.models.stores import StoreDelivery, StoreOrderId, StoreRefunds
from purchases.services import refund_purchase
from tests.contests.keys import keys_with_the_contest
from tests.contests.rows import (
    NOW,
    differing,
    duplicates,
    figure,
    history,
    insert_twice,
    invitation,
    job,
    line,
    line_undone_again,
    past_order,
    past_orders,
    purchase,
    recalculated_award,
    recalculation,
    refund,
    rejected,
    row,
    undoing,
    waiting,
)
from tests.support import Shop, record

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


def test_each_constraint_has_a_case(db: None) -> None:
    apps_of_ours = [
        apps.get_app_config(name) for name in ("accounts", "audit", "jobs", "apikeys", "contests", "purchases")
    ]
    models = [model for app in apps_of_ours for model in app.get_models()]
    names = {constraint.name for model in models for constraint in model._meta.constraints}
    referred_to = {name for _table, _column, name in keys_with_the_contest()}
    assert names - referred_to == set(map(constraint_of, REFUSED))


@pytest.mark.parametrize("case", REFUSED)
def test_the_database_refuses_bad_rows(shop: Shop, case: str) -> None:
    with pytest.raises(IntegrityError, match=f'"{constraint_of(case)}"'), transaction.atomic():
        REFUSED[case](shop)


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
