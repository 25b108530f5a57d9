"""Every page of the admin, opened once by a role, at the width of a phone and of a desk, in the light and in the dark.

No error in the console, no request to another host, nothing to scroll sideways, and no finding of axe-core by any rule.
"""

from collections.abc import Iterable, Iterator

import pytest
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.urls import resolve, reverse
from django.utils import timezone

from blitzrocket.accounts.admin.team_scoped import change_url
from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from blitzrocket.emails import Email
from blitzrocket.jobs.queue import run_all_jobs
from contests.imports import create_entry_import, start_import, start_undo
from contests.models import Entry, EntryImport
from contests.services import NewEntry, create_entry, sign_up
from purchases.models import (
    EventKind,
    OutgoingEvent,
    PendingRefund,
    Purchase,
    RejectedPurchase,
    StoreConnection,
    StoreDelivery,
)
from purchases.stores.connections import create_connection
from tests.browser.axe import add_axe
from tests.browser.conftest import Visit
from tests.browser.looks import assert_looks_well
from tests.purchases.outgoing.receiver import subscribe
from tests.purchases.stores.deliveries import make_delivery
from tests.support import Shop, invite, make_pending_refund, record, reject

EMPTY = "q=nothing-like-it"


def pages(shop: Shop) -> Iterator[str]:
    """Each list, form to add, object and history that the site's registry has."""
    yield "/admin/"
    yield "/admin/?days=90"
    yield reverse("admin:contests_contest_overview", args=[quote(shop.contest.pk)])
    yield reverse("admin:contests_contest_rules", args=[quote(shop.contest.pk)])
    yield reverse("admin:contests_contest_entries", args=[quote(shop.contest.pk)])
    yield f"{reverse('admin:contests_contest_entries', args=[quote(shop.contest.pk)])}?{EMPTY}"
    yield reverse("admin:contests_contest_leaderboard", args=[quote(shop.contest.pk)])
    for page in ("webhooks", "add_webhook"):
        yield reverse(f"admin:contests_contest_{page}", args=[quote(shop.contest.pk)])
    yield reverse("admin:contests_contest_stores", args=[quote(shop.contest.pk)])
    for choice in ("", "?store=shopify"):
        yield f"{reverse('admin:contests_contest_add_store', args=[quote(shop.contest.pk)])}{choice}"
    for connection in StoreConnection.objects.all():
        yield change_url(connection)
    for section in ("recalculations", "imports", "activity"):
        yield f"{reverse('admin:contests_contest_history', args=[quote(shop.contest.pk)])}?show={section}"
    yield reverse("admin:contests_contest_recalculate", args=[quote(shop.contest.pk)])
    for recalculation in shop.contest.recalculations.all():
        yield reverse("admin:contests_contest_recalculated", args=[quote(shop.contest.pk), recalculation.pk])
    yield "/admin/password_change/"
    yield from map(reverse, ("second_factor", "second_factor_setup", "own_sessions"))
    yield reverse("reader_time_zone")
    yield reverse("admin:purchases_purchase_desk")
    yield f"{reverse('admin:purchases_purchase_desk')}?{EMPTY}"
    yield f"{reverse('admin:purchases_purchase_desk')}?q=order&begins=1"
    yield f"{reverse('admin:purchases_purchase_desk')}?q=order-1,order-2,unknown@example.com"
    yield f"{reverse('admin:contests_entry_change', args=[quote(shop.entry.pk)])}?edit=1"
    yield from map(change_url, shop.entry.referred.filter(contest=shop.contest))
    yield reverse("admin:contests_entry_erase", args=[quote(shop.entry.pk)])
    yield change_url(erased_entry(shop))
    yield reverse("admin:purchases_storedelivery_retry_all")
    yield f"{change_url(StoreDelivery.objects.get())}?personal=1"
    yield reverse("admin:contests_contest_imports", args=[quote(shop.contest.pk)])
    for entry_import in EntryImport.objects.all():
        yield reverse("admin:contests_contest_import", args=[quote(shop.contest.pk), entry_import.pk])
    endpoint, _ = subscribe(shop)
    event = OutgoingEvent.objects.create(contest=shop.contest, endpoint_id=endpoint.pk, kind=EventKind.ENDED)
    yield reverse("admin:purchases_webhookendpoint_event", args=[quote(endpoint.pk), quote(event.pk)])
    objects = {
        "contest": shop.contest,
        "entry": shop.entry,
        "purchase": Purchase.objects.get(),
        "rejectedpurchase": RejectedPurchase.objects.get(),
        "pendingrefund": PendingRefund.objects.get(),
        "storedelivery": StoreDelivery.objects.get(),
        "storeconnection": StoreDelivery.objects.get().connection,
        "webhookendpoint": endpoint,
        "auditevent": AuditEvent.objects.all()[0],
        "apikey": shop.keys["private"],
        "membership": shop.team.memberships.first(),
        "invitation": invite(shop.team)[0],
        "team": shop.team,
        "user": shop.team.memberships.first().user,  # type: ignore[union-attr]
    }
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{name}_changelist")
        yield f"{reverse(f'{name}_changelist')}?{EMPTY}"
        yield reverse(f"{name}_add")
        obj = objects[str(model._meta.model_name)]
        for view in ("change", "history"):
            yield reverse(f"{name}_{view}", args=[quote(obj.pk)])  # type: ignore[union-attr]


def erased_entry(shop: Shop) -> Entry:
    """An entry whose personal data was erased."""
    entry = create_entry(shop.contest, "gone@example.com", name="Gone")
    entry.erase(timezone.now())
    return entry


def import_some(shop: Shop) -> None:
    """An import in each of the states that look different: imported, undone, checked, waiting."""
    rows = b"email,name,points,size\n%s@example.com,Grace Brewster Murray,%s,\nnot an address,,,\nada@example.com,,,"
    finished, undone, _checked, started = (
        create_entry_import(shop.contest, "entries.csv", rows % (name, points), by=None)
        for name, points in ((b"grace", b"5"), (b"joan", b""), (b"mary", b""), (b"hedy", b""))
    )
    for entry_import in (finished, undone):
        start_import(entry_import, audit=AuditContext())
        run_all_jobs()
    start_undo(undone, audit=AuditContext(reason="The wrong file"))
    run_all_jobs()
    start_import(started, audit=AuditContext())


def refer(shop: Shop) -> Entry:
    """An entry that signed up with the shop's entry's code, with points for both."""
    shop.contest.advocate_points, shop.contest.friend_points = 50, 25
    friend = NewEntry(email=Email.parse("joan@example.com"), referral_code=shop.entry.referral_code)
    return sign_up(shop.contest, friend, audit=AuditContext()).entry


@pytest.fixture
def shop(shop: Shop) -> Shop:
    record(shop)
    reject(shop)
    make_pending_refund(shop)
    make_delivery(shop, "failed")
    create_connection(shop.contest, kind="custom", name="Checkout", secret="only-for-this-test")
    import_some(shop)
    refer(shop)
    return shop


def kind_of(path: str) -> str:
    """Which pages it is like: lists, empty ones, forms to add an object and histories are made for each model alike."""
    address, _, query = path.partition("?")
    model, _, view = (resolve(address).url_name or "").rpartition("_")
    is_alike = view in {"changelist", "add", "history"} and model != "contests_contest" and query in {"", EMPTY}
    return f"{view}?{query}" if is_alike else ""


def refused(visit: Visit, paths: Iterable[str]) -> list[str]:
    """The pages that this person may not open; the others, and the first of these, look well."""
    refused = []
    for path in paths:
        response = visit.open(path)
        if response.status == 403:  # the matrix says to whom; the browser notes it as an error of the page
            visit.faults.clear()
            refused.append(path)
            if len(refused) > 1:  # they all look the same
                continue
        else:
            assert response.status == 200, path
        assert_looks_well(visit, path, kind_of(path))
        assert visit.faults == [], path
    return refused


def test_every_page_of_the_admin(shop: Shop, visit: Visit) -> None:
    """As an owner, and as a superuser what an owner may not open; nobody adds events or orders there."""
    paths = list(pages(shop))
    add_axe(visit.page)
    visit.sign_in("owner")
    not_for_owners = refused(visit, paths)
    assert len(not_for_owners) < len(paths) / 4
    visit.sign_in("superuser")
    assert len(refused(visit, not_for_owners)) < len(not_for_owners)


@pytest.mark.long
@pytest.mark.parametrize("role", ["support", "superuser"])
def test_every_page_of_the_admin_for_other_roles(shop: Shop, visit: Visit, role: str) -> None:
    """They see the same pages, but for what they may not or alone may do there."""
    paths = list(pages(shop))
    add_axe(visit.page)
    visit.sign_in(role)
    assert len(refused(visit, paths)) < len(paths) - 15
