"""Rows that must not be are refused by the database itself, by a constraint that names the rule."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from contests import ledger
from contests.models import Contest, Entry, Membership, PointRule, PointTransaction, RuleSet, User
from contests.services import create_entry
from purchases.models import Purchase
from tests.support import Shop

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
        "facts": {},
        "explanation": {},
        "created_at": NOW,
    }
    return Purchase.objects.create(**(values | fields))


def line(shop: Shop, kind: str, points: int, **fields: Any) -> PointTransaction:
    return PointTransaction.objects.create(
        contest=shop.contest,
        entry=shop.entry,
        kind=kind,
        points=points,
        balance=points,
        occurred_at=NOW,
        **({"number": PointTransaction.objects.count() + 1} | fields),
    )


def undoing(shop: Shop, points: int) -> PointTransaction:
    voided = line(shop, "voided", -5, purchase=purchase(shop))
    return line(shop, "voided", points, purchase=voided.purchase, undoes=voided)


REFUSED: dict[str, Callable[[Shop], Any]] = {
    "entry_unique_email_per_contest": lambda shop: create_entry(shop.contest, "ADA@example.com"),
    "entry_has_email_or_phone": lambda shop: Entry.objects.create(contest=shop.contest),
    "entry_email_has_its_keys": lambda shop: Entry.objects.create(contest=shop.contest, email="x@y.example"),
    "purchase_unique_order_per_contest": lambda shop: [purchase(shop), purchase(shop)],
    "purchase_amount_positive": lambda shop: purchase(shop, amount=0),
    "purchase_order_id_not_empty": lambda shop: purchase(shop, order_id=""),
    "purchase_currency_is_a_code": lambda shop: purchase(shop, currency="usd"),
    "purchase_points_not_negative": lambda shop: purchase(shop, points_awarded=-1),
    "purchase_status_known": lambda shop: purchase(shop, status="lost"),
    "pointtransaction_earned_once_per_purchase": lambda shop: [
        line(shop, "earned", 5, purchase=bought) for bought in [purchase(shop)] * 2
    ],
    "pointtransaction_sign_matches_kind": lambda shop: line(shop, "earned", -5, purchase=purchase(shop)),
    "pointtransaction_unique_number_per_entry": lambda shop: [line(shop, "adjusted", 1, number=1) for _ in range(2)],
    "pointtransaction_adjusted_once_per_id": lambda shop: [
        line(shop, "adjusted", 1, adjustment_id="a") for _ in range(2)
    ],
    "pointrule_amounts_not_negative": lambda shop: PointRule.objects.create(contest=shop.contest, amount_from=-1),
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
    "contest_id_safe_in_url": lambda shop: Contest.objects.create(id="a/b", team=shop.team, slug="other"),
    "contest_unique_slug_per_team": lambda shop: Contest.objects.create(team=shop.team, slug=shop.contest.slug),
    "membership_unique_user_per_team": lambda shop: [
        Membership.objects.create(team=shop.team, user=user, role="owner")
        for user in [User.objects.create_user("u")] * 2
    ],
}


def line_undone_again(shop: Shop) -> PointTransaction:
    undone = PointTransaction.objects.get(undoes__isnull=False)
    return line(shop, "voided", 5, purchase=undone.purchase, undoes=undone.undoes)


@pytest.mark.parametrize("constraint", REFUSED)
def test_refused(shop: Shop, constraint: str) -> None:
    with pytest.raises(IntegrityError, match=f'"{constraint}"'), transaction.atomic():
        REFUSED[constraint](shop)


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
        line(shop, kind, points, purchase=bought)
    else:
        with pytest.raises(IntegrityError, match="pointtransaction_sign_matches_kind"):
            line(shop, kind, points, purchase=bought)


def test_what_undoes_a_line_has_the_other_sign(shop: Shop) -> None:
    undoing(shop, 5)
    with pytest.raises(IntegrityError, match="pointtransaction_sign_matches_kind"), transaction.atomic():
        line(shop, "voided", -5, purchase=Purchase.objects.get(), undoes=PointTransaction.objects.latest("id"))


@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}"])
@pytest.mark.parametrize("table", ["contests_pointtransaction", "contests_ruleset"])
def test_the_ledger_and_published_rules_are_never_changed(shop: Shop, statement: str, table: str) -> None:
    entry = Entry.objects.locked(shop.contest.pk, shop.entry.email_key)
    assert entry is not None
    ledger.post(entry, PointTransaction.Kind.ADJUSTED, 5, occurred_at=NOW, reason="thanks")
    with pytest.raises(IntegrityError, match="never changed or deleted"), connection.cursor() as cursor:
        cursor.execute(statement.format(table))


def test_a_phone_number_alone_makes_an_entry_too(shop: Shop) -> None:
    for phone in ("1", "2"):
        Entry.objects.create(contest=shop.contest, phone=phone)
    assert Entry.objects.filter(email_key="").count() == 2
