"""Entries by phone number: one a number where there is no email, found by an index, however it is written."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.admin.utils import quote
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from blitzrocket.emails import NO_EMAIL, NO_PHONE, Email, Phone
from contests.models import Entry
from contests.services import EmailTaken, NewEntry, NotReachable, PhoneTaken, enter, update_entry
from tests.support import Shop, make_shop, signed_in

NUMBER = "+1 555 000 9999"
OTHERWISE = [
    "+15550009999",
    "tel:+1-555-000-9999",
    "+1 (0)555 000 9999",
    "(+1) 555.000.9999",
    "\uff0b1 555\u00a0000\u20119999",
]


def by_phone(shop: Shop, number: str = NUMBER, **fields: Any) -> tuple[Entry, bool]:
    return enter(shop.contest, NewEntry(phone=Phone.parse(number), **fields), audit=AuditContext())


@pytest.mark.parametrize("number", OTHERWISE)
def test_the_same_number_is_the_same_entry_and_stays_as_it_was_typed(shop: Shop, number: str) -> None:
    entry, existing = by_phone(shop)
    assert (existing, entry.phone) == (False, NUMBER)
    same, existing = by_phone(shop, number, name="Other")
    assert (same, existing, same.phone, same.name) == (entry, True, NUMBER, "")


def test_a_phone_alone_finds_only_entries_without_an_email(shop: Shop) -> None:
    entry_with_email, _already_exists = enter(
        shop.contest, NewEntry(email=Email.parse("a@example.com"), phone=Phone.parse(NUMBER)), audit=AuditContext()
    )
    entry, existing = by_phone(shop)
    assert (existing, entry.email) == (False, "")
    assert entry != entry_with_email
    second = NewEntry(email=Email.parse("b@example.com"), phone=Phone.parse(NUMBER))
    assert enter(shop.contest, second, audit=AuditContext())[1] is False, "people of a household share a number"


def test_another_contest_has_its_own_entry(shop: Shop) -> None:
    assert by_phone(shop)[0] != by_phone(make_shop("eve@example.com"))[0]


@pytest.mark.django_db(transaction=True)
def test_eight_entries_at_once_are_one() -> None:
    shop = make_shop()
    written = [NUMBER, *OTHERWISE, NUMBER, "+1 555 0009999"]

    def make(number: str) -> tuple[str, bool]:
        entry, existing = by_phone(shop, number)
        connections.close_all()
        return entry.pk, existing

    with ThreadPoolExecutor(8) as threads:
        entries = list(threads.map(make, written))
    assert len({pk for pk, _already_exists in entries}) == 1
    assert sorted(existing for _pk, existing in entries) == [False] + [True] * 7


def test_the_look_up_uses_the_index(shop: Shop) -> None:
    numbers = [f"+4930{number:07d}" for number in range(3000)]
    Entry.objects.bulk_create(Entry(contest=shop.contest, phone=number, phone_key=number) for number in numbers)
    with connection.cursor() as cursor, CaptureQueriesContext(connection) as queries:
        cursor.execute("ANALYZE contests_entry")
        by_phone(shop, numbers[7])
        (look_up,) = [query["sql"] for query in queries.captured_queries if numbers[7] in query["sql"]]
        cursor.execute(f"EXPLAIN {look_up}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "entry_unique_phone_per_contest" in plan, plan


class TestChanges:
    """`update_entry`: the same rules when an entry is changed."""

    def test_a_taken_number_is_refused(self, shop: Shop) -> None:
        by_phone(shop)
        entry, _already_exists = by_phone(shop, "+49 30 12345")
        with pytest.raises(PhoneTaken):
            update_entry(entry, {"phone": Phone.parse(OTHERWISE[0])}, audit=AuditContext())
        assert Entry.objects.get(pk=entry.pk).phone == "+49 30 12345"

    def test_a_taken_email_is_refused(self, shop: Shop) -> None:
        entry, _already_exists = by_phone(shop)
        with pytest.raises(EmailTaken):
            update_entry(entry, {"email": Email.parse("ADA@example.com")}, audit=AuditContext())

    def test_without_its_email_an_entry_is_found_by_its_phone(self, shop: Shop) -> None:
        by_phone(shop)
        update_entry(shop.entry, {"phone": Phone.parse(NUMBER)}, audit=AuditContext())
        with pytest.raises(PhoneTaken):
            update_entry(shop.entry, {"email": NO_EMAIL}, audit=AuditContext())
        update_entry(shop.entry, {"email": NO_EMAIL, "phone": Phone.parse("030 12345")}, audit=AuditContext())
        entry = Entry.objects.get(pk=shop.entry.pk)
        assert (entry.email, entry.email_key, entry.near_key, entry.phone_key) == ("", "", "", "03012345")
        assert by_phone(shop, "030/12345")[0] == entry

    @pytest.mark.parametrize(
        ("changes", "cleared"),
        [
            ({"email": NO_EMAIL}, "email"),
            ({"email": NO_EMAIL, "phone": NO_PHONE}, "email"),
            ({"phone": NO_PHONE, "email": NO_EMAIL, "name": "Ada"}, "email"),
        ],
    )
    def test_email_or_phone_must_stay(self, shop: Shop, changes: dict[str, Any], cleared: str) -> None:
        with pytest.raises(NotReachable) as refused:
            update_entry(shop.entry, changes, audit=AuditContext())
        assert refused.value.cleared == cleared
        entry, _already_exists = by_phone(shop)
        with pytest.raises(NotReachable) as refused:
            update_entry(entry, {"phone": NO_PHONE}, audit=AuditContext())
        assert refused.value.cleared == "phone"

    def test_email_and_phone_are_not_logged(self, shop: Shop) -> None:
        changes = {"email": Email.parse("new@example.com"), "phone": Phone.parse(NUMBER), "email_confirmed": False}
        update_entry(shop.entry, changes, audit=AuditContext())
        line = AuditEvent.objects.get(action=AuditEvent.Action.CHANGED)
        assert line.after == {"email": "changed", "phone": "changed", "email_confirmed": False}
        assert line.before == {"email_confirmed": True}


class TestAdmin:
    """The form: the same reading, the same sentences."""

    def save(self, shop: Shop, client: Client | None = None, entry: Entry | None = None, **fields: str) -> Any:
        page = "change" if entry else "add"
        url = reverse(f"admin:contests_entry_{page}", args=[quote(entry.pk)] if entry else [])
        form = {"contest": shop.contest.pk, "email": "", "name": "", "phone": "", "email_confirmed": "on"}
        return (client or signed_in(shop, "owner")).post(url, form | fields)

    def test_the_form_refuses_a_taken_number(self, shop: Shop) -> None:
        by_phone(shop)
        assert "with that phone number and no email" in self.save(shop, phone=OTHERWISE[1]).content.decode()
        assert self.save(shop, phone=NUMBER, email="b@example.com").status_code == 302
        assert Entry.objects.get(email="b@example.com").phone_key == "+15550009999"

    @pytest.mark.parametrize("number", ["N/A", "-", "1234", "none", "+1 55"])
    def test_the_form_refuses_an_invalid_number(self, shop: Shop, number: str) -> None:
        for email in ("", "b@example.com"):
            page = self.save(shop, phone=number, email=email)
            assert "A phone number has at least 5 digits." in page.content.decode()

    def test_an_email_is_cleared_only_where_a_phone_is_left(self, shop: Shop) -> None:
        page = self.save(shop, entry=shop.entry, name="Ada").content.decode()
        assert "An entry needs an email address or a phone number." in page
        assert self.save(shop, entry=shop.entry, phone=NUMBER).status_code == 302
        entry = Entry.objects.get(pk=shop.entry.pk)
        assert (entry.email_key, entry.phone_key) == ("", "+15550009999")

    def test_an_old_invalid_number_blocks_no_other_change(self, shop: Shop) -> None:
        Entry.objects.filter(pk=shop.entry.pk).update(phone="N/A")
        answer = self.save(shop, entry=shop.entry, email=shop.entry.email, phone="N/A", is_disqualified="on")
        assert answer.status_code == 302
        assert Entry.objects.get(pk=shop.entry.pk).is_disqualified
        assert "at least 5 digits" in self.save(shop, entry=shop.entry, phone="N/A").content.decode()

    @pytest.mark.parametrize("number", ["N/A", "1234", "+1 555 000 9999", "(0555)", "ext. 7"])
    def test_an_entry_with_an_old_invalid_number_can_be_disqualified(self, shop: Shop, number: str) -> None:
        by_phone(shop)  # which has the key of the third
        entry = Entry.objects.create(contest=shop.contest, phone=number)
        assert self.save(shop, entry=entry, phone=number, is_disqualified="on").status_code == 302
        entry.refresh_from_db()
        assert (entry.is_disqualified, entry.phone, entry.phone_key) == (True, number, "")
        assert self.save(shop, entry=entry, phone="12").status_code == 200, "a new one is looked at"

    @pytest.mark.django_db(transaction=True)
    def test_saving_one_number_twice_at_once_is_refused_for_one(self) -> None:
        shop = make_shop()
        clients = [signed_in(shop, "owner") for _ in range(4)]

        def save(client: Client) -> int:
            answer = self.save(shop, client, phone=NUMBER)
            connections.close_all()
            return int(answer.status_code)

        for _round in range(3):
            with ThreadPoolExecutor(4) as threads:
                statuses = sorted(threads.map(save, clients))
            assert statuses == [200, 200, 200, 302]
            Entry.objects.filter(phone=NUMBER).delete()
