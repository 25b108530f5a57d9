"""A person who is everywhere: the export has all of it, and after erasing no cell of the database has any."""

import json
import re
from copy import deepcopy
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import override_settings

from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from blitzrocket.strict_json import write
from contests.leaderboard import leaderboard
from contests.models import Entry
from contests.models.entry import ERASED_NAME
from purchases.models import DifferingDuplicate, Purchase, RejectedPurchase
from purchases.privacy.erasing import erase_person
from purchases.privacy.export import export_person
from purchases.privacy.person import find_person
from tests.conftest import ModuleRows
from tests.purchases.orders import faults
from tests.purchases.outgoing.receiver import receiving
from tests.purchases.privacy.planting import EMAIL, MARKER, Planted, call, figures, plant
from tests.purchases.privacy.scan import cells_with
from tests.support import make_shop

# Where the export has the values but not the row's own id.
BY_VALUE = {"accounts_session", "contests_nameword"}
# Tables in which the person must be before, so that the sweep covers them.
EXPECTED = {
    "accounts_invitation",
    "accounts_passwordlinkrequest",
    "accounts_session",
    "accounts_signinfailures",
    "accounts_user",
    "audit_auditevent",
    "axes_accessattempt",
    "axes_accesslog",
    "contests_entry",
    "contests_entryimport",
    "contests_entryimportrow",
    "contests_nameword",
    "contests_pointtransaction",
    "jobs_job",
    "purchases_differingduplicate",
    "purchases_outgoingevent",
    "purchases_pendingrefund",
    "purchases_purchase",
    "purchases_purchaseimportrow",
    "purchases_recalculation",
    "purchases_refund",
    "purchases_rejectedpurchase",
    "purchases_storedelivery",
}


@pytest.fixture(scope="module")
def planted_once(module_rows: ModuleRows) -> Planted:
    settings = override_settings(SENDS_MAIL=True, WEBHOOKS_TO_PRIVATE_ADDRESSES=True)
    with module_rows(), settings, receiving() as receiver:
        return plant(receiver)


@pytest.fixture
def planted(planted_once: Planted, db: None, settings: Any) -> Planted:
    settings.SENDS_MAIL = settings.WEBHOOKS_TO_PRIVATE_ADDRESSES = True
    return deepcopy(planted_once)


def erase(planted: Planted) -> dict[str, int]:
    person = find_person(planted.shop.team, EMAIL.upper())
    return erase_person(person, audit=AuditContext(reason="Asked by letter"))


def test_everything_is_exported_and_then_erased(planted: Planted) -> None:
    before, cells = figures(planted.shop), cells_with(MARKER)
    assert {table for table, _column, _key in cells} == EXPECTED
    exported = write(export_person(find_person(planted.shop.team, EMAIL))).decode()
    missing = {
        (table, column, key)
        for table, column, key in cells
        if table not in BY_VALUE and not re.search(rf'"id": ?"?{re.escape(key)}"?[,}}]', exported)
    }
    assert missing == set()
    counts = erase(planted)
    assert cells_with(MARKER) == set()
    assert figures(planted.shop) == before
    assert faults() == []
    assert all(counts[kind] for kind in counts), counts


def test_the_scan_finds_a_table_that_nobody_thought_of(planted: Planted) -> None:
    erase(planted)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE forgotten (id int, note jsonb, raw bytea)")
        cursor.execute("INSERT INTO forgotten VALUES (1, %s, %s)", [json.dumps({"a": [EMAIL]}), b"Quuxname"])
    try:
        assert cells_with(MARKER) == {("forgotten", "note", "1"), ("forgotten", "raw", "1")}
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE forgotten")


def test_the_entry_stays_without_a_name(planted: Planted) -> None:
    points = planted.entry.points
    erase(planted)
    entry = Entry.objects.get(pk=planted.entry.pk)
    assert (str(entry), entry.name, entry.points, entry.is_erased) == (ERASED_NAME, ERASED_NAME, points, True)
    places = {place.pk: place.name for place in leaderboard(planted.shop.contest, 10)}
    assert places[entry.pk] == ERASED_NAME
    friend = Entry.objects.get(pk=planted.friend.pk)
    assert friend.referred_by_id == entry.pk
    assert entry.referral_code != planted.entry.referral_code


def test_an_order_sent_again_stays_a_duplicate_and_brings_nothing_back(planted: Planted) -> None:
    erase(planted)
    path = f"/contests/{planted.shop.contest.pk}/purchases"
    for amount in (49.99, 12):
        answer = call(planted.shop, "POST", path, planted.shop.order(email=EMAIL, orderId="o-1", amount=amount))
        assert answer.status_code == 200
        assert answer.json()["data"]["alreadyExists"] is True
    assert DifferingDuplicate.objects.get().email == ""
    assert cells_with(MARKER) == set()


def test_a_later_order_is_a_strangers(planted: Planted) -> None:
    points = planted.entry.points
    erase(planted)
    path = f"/contests/{planted.shop.contest.pk}/purchases"
    answer = call(planted.shop, "POST", path, planted.shop.order(email=EMAIL, orderId="later"))
    assert answer.status_code == 404
    assert RejectedPurchase.objects.get(order_id="later").state == RejectedPurchase.State.HELD
    response = call(planted.shop, "POST", f"/contests/{planted.shop.contest.pk}/entries", {"email": EMAIL})
    assert response.status_code == 201
    new = Entry.objects.get(contest=planted.shop.contest, email_key=EMAIL.lower())
    assert new.pk != planted.entry.pk
    assert Purchase.objects.get(order_id="later").entry_id == new.pk
    assert Entry.objects.get(pk=planted.entry.pk).points == points


def test_the_log_says_that_it_was_done_and_nothing_else(planted: Planted) -> None:
    erase(planted)
    events = AuditEvent.objects.filter(action=AuditEvent.Action.ERASED)
    assert {event.object_id for event in events} >= {planted.entry.pk}
    assert {event.reason for event in events} == {"Asked by letter"}
    assert not MARKER.search(json.dumps([event.after for event in events]))


def test_the_command_passes_where_the_ledger_is_right(planted: Planted) -> None:
    erase(planted)
    call_command("check_ledger")


def test_it_stays_within_the_team(planted: Planted) -> None:
    other = make_shop(EMAIL)
    erase(planted)
    assert Entry.objects.get(pk=other.entry.pk).email == EMAIL
