"""Saving an entry's page while others write to the entry."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections, transaction
from django.test import Client
from django.urls import reverse

from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from blitzrocket.emails import NO_PHONE, Email, Phone
from contests.models import Entry, NameWord
from contests.services import create_entry
from contests.services.entries import update_entry
from tests.support import Shop, make_shop, signed_in, wait_for_blocked

NUMBER, OTHER = "+49 30 1234567", "+49 30 7654321"


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    shop = make_shop()
    change(shop.entry, phone=Phone.parse(NUMBER))
    return shop


def change(entry: Entry, **changes: Any) -> None:
    update_entry(entry, changes, audit=AuditContext())


def save(client: Client, entry: Entry, **values: str) -> Any:
    """Save the page as it was loaded, with other values."""
    loaded = {"email": entry.email, "name": entry.name, "phone": entry.phone, "email_confirmed": "on"}
    try:
        url = reverse("admin:contests_entry_change", args=[entry.pk])
        return client.post(url, loaded | values)
    finally:
        connections.close_all()


def save_meanwhile(shop: Shop, changes: dict[str, Any], **values: str) -> Any:
    """Save the page while another session changes the entry, which commits after the page has read the row."""
    shop.entry.refresh_from_db()
    client = signed_in(shop, "owner")
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            change(shop.entry, **changes)
            saving = pool.submit(save, client, shop.entry, **values)
            wait_for_blocked()
        response = saving.result()
    shop.entry.refresh_from_db()
    return response


def test_a_saved_email_leaves_the_phone_that_another_session_writes(shop: Shop) -> None:
    response = save_meanwhile(shop, {"phone": Phone.parse(OTHER)}, email="Grace@example.com")
    assert response.status_code == 302
    assert (shop.entry.email, shop.entry.email_key) == ("Grace@example.com", "grace@example.com")
    assert (shop.entry.phone, shop.entry.phone_key) == (OTHER, Phone.parse(OTHER).key)


def test_a_saved_phone_leaves_the_email_that_another_session_writes(shop: Shop) -> None:
    response = save_meanwhile(shop, {"email": Email.parse("Grace@example.com")}, phone=OTHER)
    assert response.status_code == 302
    assert (shop.entry.email, shop.entry.email_key) == ("Grace@example.com", "grace@example.com")
    assert (shop.entry.phone, shop.entry.phone_key) == (OTHER, Phone.parse(OTHER).key)


def test_an_email_is_not_cleared_when_another_session_clears_the_phone(shop: Shop) -> None:
    response = save_meanwhile(shop, {"phone": NO_PHONE}, email="")
    assert (shop.entry.email, shop.entry.phone) == ("ada@example.com", "")
    page = signed_in(shop, "owner").get(response.url)
    assert page.status_code == 200


def test_an_entry_removed_meanwhile_is_not_saved(shop: Shop) -> None:
    entry = create_entry(shop.contest, "grace@example.com")
    client = signed_in(shop, "owner")
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            NameWord.objects.filter(contest=shop.contest).delete()
            Entry.objects.filter(contest=shop.contest, pk=entry.pk).delete()
            saving = pool.submit(save, client, entry, name="Grace")
            wait_for_blocked()
        assert saving.result().status_code == 302
    assert not Entry.objects.filter(pk=entry.pk).exists()


def test_an_address_that_another_session_takes_is_reported(shop: Shop) -> None:
    client = signed_in(shop, "owner")
    shop.entry.refresh_from_db()
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            create_entry(shop.contest, "grace@example.com")
            saving = pool.submit(save, client, shop.entry, email="grace@example.com")
            wait_for_blocked()
        page = saving.result().content.decode()
    assert "already has an entry with that email address" in page


def test_the_activity_log_has_one_event_for_a_saved_page(shop: Shop) -> None:
    shop.entry.refresh_from_db()
    before = AuditEvent.objects.count()
    save(signed_in(shop, "owner"), shop.entry, email="grace@example.com", name="Grace")
    (event,) = AuditEvent.objects.order_by("-id")[: AuditEvent.objects.count() - before]
    assert (event.before, event.after) == ({}, {"email": "changed", "name": "changed"})
    assert event.actor is not None


def test_an_entry_is_added_with_all_its_fields(shop: Shop) -> None:
    form = {"contest": shop.contest.pk, "email": "", "phone": OTHER, "name": "Grace", "is_disqualified": "on"}
    assert signed_in(shop, "owner").post(reverse("admin:contests_entry_add"), form).status_code == 302
    entry = Entry.objects.exclude(pk=shop.entry.pk).get()
    assert (entry.phone, entry.name, entry.is_disqualified, entry.email_confirmed) == (OTHER, "Grace", True, False)
    assert AuditEvent.objects.about(entry).count() == 1
