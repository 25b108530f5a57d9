"""Points for referrals: who earns them, once a pair, also of sign-ups at the same time."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from blitzrocket.audit.context import AuditContext
from blitzrocket.emails import NO_EMAIL, NO_PHONE, Email, Phone
from contests import ledger
from contests.models import Contest, Entry, PointTransaction
from contests.services import NewEntry, SignedUp, create_entry, sign_up, update_entry
from contests.services.referrals import ReferralPoints
from tests.profiles import times
from tests.purchases.orders import faults
from tests.support import Shop, make_shop, record, wait_for_blocked

BOTH = ReferralPoints(advocate=50, friend=25)
NONE = ReferralPoints()


@pytest.fixture
def shop(db: None) -> Shop:
    return make_shop(advocate_points=50, friend_points=25)


def refer(shop: Shop, email: str = "grace@example.com", code: str | None = None, phone: str = "") -> SignedUp:
    new_entry = NewEntry(
        email=Email.parse(email) if email else NO_EMAIL,
        phone=Phone.parse(phone) if phone else NO_PHONE,
        referral_code=shop.entry.referral_code if code is None else code,
    )
    return sign_up(shop.contest, new_entry, audit=AuditContext())


def lines() -> list[tuple[str, str, int, str]]:
    rows = PointTransaction.objects.order_by("id").values_list("entry__email", "kind", "points", "reason")
    return list(rows)


def test_both_earn_their_points_and_each_line_names_the_other(shop: Shop) -> None:
    signed_up = refer(shop)
    assert (signed_up.points, signed_up.is_referred, signed_up.already_exists) == (BOTH, True, False)
    assert lines() == [
        ("ada@example.com", "referral", 50, f"Referred {signed_up.entry.pk}"),
        ("grace@example.com", "referral", 25, f"Referred by {shop.entry.pk}"),
    ]
    assert dict(Entry.objects.values_list("email", "points")) == {"ada@example.com": 50, "grace@example.com": 25}
    assert faults() == []


def test_a_pair_earns_once(shop: Shop) -> None:
    first, second = refer(shop), refer(shop, "GRACE@example.com")
    assert (second.entry, second.already_exists, second.points, second.is_referred) == (first.entry, True, NONE, True)
    back = refer(shop, shop.entry.email, first.entry.referral_code)  # the advocate exists, so nobody refers it
    assert (back.points, back.is_referred) == (NONE, False)
    assert len(lines()) == 2


@pytest.mark.parametrize(
    ("email", "phone"),
    [("ada+2@example.com", ""), ("Ada@Example.com", ""), ("grace@example.com", "+1 555 0009"), ("", "+1 555 0009")],
)
def test_nobody_refers_themselves(shop: Shop, email: str, phone: str) -> None:
    update_entry(shop.entry, {"phone": Phone.parse("+1-555-0009")}, audit=AuditContext())
    signed_up = refer(shop, email, phone=phone)
    assert (signed_up.points, signed_up.is_referred, lines()) == (NONE, False, [])


def test_a_code_of_ours_in_any_case(shop: Shop) -> None:
    assert refer(shop, "e1@example.com", shop.entry.referral_code.upper()).points == BOTH
    other = create_entry(shop.contest, "other@example.com", referral_code="REF-1")
    assert refer(shop, "e2@example.com", "ref-1").is_referred is False
    assert refer(shop, "e3@example.com", "REF-1").entry.referred_by_id == other.pk


def test_an_unknown_code_signs_up_without_a_referral(shop: Shop) -> None:
    other = make_shop("eve@example.com", advocate_points=50)
    for number, code in enumerate(["nobodys", other.entry.referral_code]):  # a code is one of its contest
        signed_up = refer(shop, f"e{number}@example.com", code)
        assert (signed_up.points, signed_up.is_referred, signed_up.already_exists) == (NONE, False, False)


@pytest.mark.parametrize(
    ("settings", "is_disqualified", "points"),
    [
        ({"advocate_points": 0, "friend_points": 0}, False, NONE),
        ({"friend_points": 0}, False, ReferralPoints(50, 0)),
        ({"advocate_points": 0}, False, ReferralPoints(0, 25)),
        ({}, True, ReferralPoints(0, 25)),
        ({"status": Contest.Status.DRAFT}, False, NONE),
        ({"status": Contest.Status.PAUSED}, False, NONE),
        ({"starts_at": timezone.now() + timedelta(days=1)}, False, NONE),
        ({"ends_at": timezone.now() - timedelta(days=1)}, False, NONE),
    ],
)
def test_settings_contest_and_disqualification_decide(
    shop: Shop, settings: dict[str, Any], is_disqualified: bool, points: ReferralPoints
) -> None:
    """The referral is linked all the same, so that leaderboards count it."""
    for name, value in settings.items():
        setattr(shop.contest, name, value)
    update_entry(shop.entry, {"is_disqualified": is_disqualified}, audit=AuditContext())
    signed_up = refer(shop)
    assert (signed_up.points, signed_up.entry.referred_by_id) == (points, shop.entry.pk)
    assert len(lines()) == bool(points.advocate) + bool(points.friend)


def in_threads(action: Any, count: int) -> list[Any]:
    def run(number: int) -> Any:
        try:
            return action(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(run, range(count)))


@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_one_email_at_once(self, shop: Shop) -> None:
        """With codes of two advocates: one of the two has referred it."""
        other = create_entry(shop.contest, "other@example.com")
        codes = [shop.entry.referral_code, other.referral_code]
        signed_up = in_threads(lambda number: refer(shop, code=codes[number % 2]), 16)
        assert Counter(each.already_exists for each in signed_up) == {False: 1, True: 15}
        assert sum(each.points.advocate for each in signed_up) == 50
        assert len({each.entry.pk for each in signed_up}) == 1
        points = Entry.objects.values_list("email", "points")
        assert sorted(value for _, value in points) == [0, 25, 50]
        assert faults() == []

    def test_a_second_sign_up_waits_for_the_advocate_and_finds_the_first(self, shop: Shop) -> None:
        with ThreadPoolExecutor(2) as pool:
            with transaction.atomic():
                locked = Entry.objects.locked(shop.contest.pk, shop.entry.email_key)
                calls = [pool.submit(in_threads, lambda _: refer(shop), 1) for _ in range(2)]
                wait_for_blocked(2)
                assert locked is not None
                ledger.post(locked, PointTransaction.Kind.ADJUSTED, 7, occurred_at=timezone.now())
            signed_up = [call.result()[0] for call in calls]
        assert sorted(each.already_exists for each in signed_up) == [False, True]
        assert sorted(Entry.objects.values_list("points", flat=True)) == [25, 57]
        assert faults() == []

    def test_many_friends_of_an_advocate_who_buys(self, shop: Shop) -> None:
        actions = times(24, 400)

        def act(number: int) -> Any:
            """Every fourth is an order; of the others, two in three sign up the same friend."""
            return refer(shop, f"friend{number // 2}@example.com") if number % 4 else record(shop, amount="10.00")

        in_threads(act, actions)
        friends = Entry.objects.filter(contest=shop.contest, referred_by=shop.entry).count()
        assert friends == actions // 2
        assert Entry.objects.get(pk=shop.entry.pk).points == 50 * friends + 10 * actions // 4
        assert faults() == []
