"""A support agent retries what failed: one delivery, and then all."""

from playwright.sync_api import expect

from blitzrocket.jobs.queue import run_all_jobs
from purchases.admin.delivery_retries import AT_ONCE
from purchases.models import Purchase
from tests.browser.conftest import Visit
from tests.purchases.stores.deliveries import make_delivery
from tests.support import Shop

PHONE = {"width": 390, "height": 844}


def test_retry(visit: Visit, shop: Shop) -> None:
    page = visit.page
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    for _ in range(AT_ONCE + 2):
        make_delivery(shop)
    visit.sign_in("support")
    visit.open("/admin/purchases/storedelivery/")
    page.get_by_role("link", name="orders/paid").first.click()
    expect(page.get_by_text("ada@example.com")).to_have_count(0)
    page.get_by_role("link", name="Show personal data").click()
    expect(page.get_by_text("ada@example.com")).to_have_count(1)
    page.get_by_role("button", name="Retry").click()
    page.get_by_role("button", name="Retry delivery").dblclick()
    expect(page.get_by_text("Retried. Purchase recorded")).to_have_count(1)
    page.get_by_role("link", name="Open order").click()
    expect(page.get_by_role("link", name="Delivery orders/paid: Done")).to_have_count(1)

    visit.open("/admin/purchases/storedelivery/")
    page.get_by_role("link", name="Retry all failed").click()
    page.get_by_role("button", name="Retry deliveries").click()
    expect(page.get_by_text("Retrying in the background")).to_be_visible()
    run_all_jobs()
    expect(page.get_by_text(f"Retried {AT_ONCE + 1} deliveries: {AT_ONCE + 1} done.")).to_be_visible()
    expect(page.get_by_text("Nothing needs review")).to_be_visible()
    assert Purchase.objects.filter(contest=shop.contest).count() == 1
    assert visit.faults == []
