"""Every page of the admin, opened once a role, at the width of a phone and of a desk, in the light and in the dark.

No error in the console, no request to another host, nothing to scroll sideways, and no finding of axe-core by any rule.
"""

from collections.abc import Iterator
from itertools import product

import pytest
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.urls import reverse

from blitzrocket.accounts.admin.team_scoped import change_url
from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from blitzrocket.emails import Email
from blitzrocket.jobs.queue import run_all_jobs
from contests.imports import create_entry_import, start_import, start_undo
from contests.models import Entry, EntryImport
from contests.services import NewEntry, sign_up
from purchases.models import PendingRefund, Purchase, RejectedPurchase, StoreConnection, StoreDelivery
from purchases.stores.connections import create_connection
from tests.browser.axe import add_axe, findings
from tests.browser.conftest import ROLES, Visit
from tests.profiles import IS_LONG
from tests.purchases.stores.deliveries import make_delivery
from tests.support import Server, Shop, invite, make_pending_refund, record, reject

WIDTHS = (320, 390, 1440)
HEIGHT = 900
THEMES = ("light", "dark")
# axe-core looks once at a page in each theme; a page differs by its width at the header and in lists.
AXE_WIDTHS = {"light": WIDTHS if IS_LONG else (1440,), "dark": WIDTHS if IS_LONG else (390,)}
# Their pages have the same style sheet and, but for what the role may not open, the same content as the others.
IN_LONG_RUNS = {("support", "dark"), ("superuser", "dark"), ("owner", "light")}
OUTSIDE_THE_ADMIN = ("/", "/nothing", "/admin/login/")


def pages(shop: Shop) -> Iterator[str]:
    """Each list, form to add, object and history that the site's registry has."""
    yield "/admin/"
    yield "/admin/?days=90"
    yield reverse("admin:contests_contest_overview", args=[quote(shop.contest.pk)])
    yield reverse("admin:contests_contest_rules", args=[quote(shop.contest.pk)])
    yield reverse("admin:contests_contest_entries", args=[quote(shop.contest.pk)])
    yield f"{reverse('admin:contests_contest_entries', args=[quote(shop.contest.pk)])}?q=nothing-like-it"
    yield reverse("admin:contests_contest_leaderboard", args=[quote(shop.contest.pk)])
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
    yield reverse("reader_time_zone")
    yield reverse("admin:purchases_purchase_desk")
    yield f"{reverse('admin:purchases_purchase_desk')}?q=nothing-like-it"
    yield f"{reverse('admin:purchases_purchase_desk')}?q=order&begins=1"
    yield f"{reverse('admin:purchases_purchase_desk')}?q=order-1,order-2,unknown@example.com"
    yield f"{reverse('admin:contests_entry_change', args=[quote(shop.entry.pk)])}?edit=1"
    yield change_url(shop.entry.referred.get(contest=shop.contest))
    yield reverse("admin:purchases_storedelivery_retry_all")
    yield f"{change_url(StoreDelivery.objects.get())}?personal=1"
    yield reverse("admin:contests_contest_imports", args=[quote(shop.contest.pk)])
    for entry_import in EntryImport.objects.all():
        yield reverse("admin:contests_contest_import", args=[quote(shop.contest.pk), entry_import.pk])
    objects = {
        "contest": shop.contest,
        "entry": shop.entry,
        "purchase": Purchase.objects.get(),
        "rejectedpurchase": RejectedPurchase.objects.get(),
        "pendingrefund": PendingRefund.objects.get(),
        "storedelivery": StoreDelivery.objects.get(),
        "storeconnection": StoreDelivery.objects.get().connection,
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
        yield f"{reverse(f'{name}_changelist')}?q=nothing-like-it"
        yield reverse(f"{name}_add")
        obj = objects[str(model._meta.model_name)]
        for view in ("change", "history"):
            yield reverse(f"{name}_{view}", args=[quote(obj.pk)])  # type: ignore[union-attr]


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


LOOKS = [
    pytest.param(role, theme, marks=pytest.mark.long if (role, theme) in IN_LONG_RUNS else [])
    for role, theme in product(ROLES, THEMES)
]


@pytest.mark.parametrize(("role", "theme"), LOOKS)
def test_every_page_of_the_admin(server: Server, shop: Shop, visit: Visit, role: str, theme: str) -> None:
    record(shop)
    reject(shop)
    make_pending_refund(shop)
    make_delivery(shop, "failed")
    create_connection(shop.contest, kind="custom", name="Checkout", secret="only-for-this-test")
    import_some(shop)
    refer(shop)
    add_axe(visit.page)
    visit.page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    visit.page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})
    visit.sign_in(role)
    opened = forbidden = 0
    for path in pages(shop):
        response = visit.page.goto(f"{server.base_url}{path}")
        assert response is not None
        if response.status == 403:  # the matrix says to whom; the browser notes it as an error of the page
            visit.faults.clear()
            forbidden += 1
            if forbidden > 1:  # they all look the same
                continue
        else:
            assert response.status == 200, path
            opened += 1
        assert_fits_every_width(visit, path, theme)
        assert visit.faults == [], path
    assert opened >= 15


LONG_ADDRESS = f"{'a.person.with.many.names'}.{'x' * 30}@{'subdomain' * 5}.example.com"


def assert_fits_every_width(visit: Visit, path: str, theme: str) -> None:
    """One loading is enough: a page follows the window's width by its style sheet."""
    current = visit.page.viewport_size
    assert current is not None
    for width in sorted(WIDTHS, reverse=current["width"] == WIDTHS[-1]):
        if width != current["width"]:
            visit.page.set_viewport_size({"width": width, "height": HEIGHT})
        assert not visit.scrolls_sideways(), (path, width)
        if width in AXE_WIDTHS[theme]:
            assert findings(visit.page) == [], (path, width)


@pytest.mark.parametrize("theme", THEMES)
def test_pages_of_our_own(shop: Shop, visit: Visit, theme: str) -> None:
    add_axe(visit.page)
    visit.page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    visit.page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})
    invitation = f"/invitation/?token={invite(shop.team, LONG_ADDRESS)[1]}"
    for path in (*OUTSIDE_THE_ADMIN, invitation, "/invitation/?token=none"):
        visit.open(path)
        assert_fits_every_width(visit, path, theme)
    assert [fault for fault in visit.faults if "404" not in fault] == []
    visit.faults.clear()


@pytest.mark.parametrize("theme", THEMES)
def test_the_interactive_page_of_the_api(visit: Visit, theme: str) -> None:
    add_axe(visit.page)
    visit.page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    visit.page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})
    visit.open("/api/docs")
    visit.page.get_by_text("Record purchase", exact=True).click()  # an operation with all that one may have
    visit.page.get_by_text("Try it out").wait_for()
    assert_fits_every_width(visit, "/api/docs", theme)
