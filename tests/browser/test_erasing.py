"""An owner erases a person: the dialog says what there is, and the page follows the work in the background."""

from playwright.sync_api import expect

from blitzrocket.accounts.admin.team_scoped import change_url
from contests.models import Entry
from tests.browser.axe import add_axe, findings
from tests.browser.conftest import Visit
from tests.support import Shop, hold, record


def test_an_owner_erases_a_person(shop: Shop, visit: Visit, worker: None) -> None:
    record(shop)
    record(shop)
    hold(shop)
    page = visit.page
    add_axe(page)
    visit.sign_in("owner")
    visit.open(change_url(shop.entry))
    page.get_by_role("button", name="Erase data").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Orders: 2")
    expect(dialog).to_contain_text("This can't be undone")
    assert findings(page) == []
    dialog.get_by_label("Reason").fill("Asked by letter")
    page.get_by_role("button", name="Erase personal data").click()
    expect(dialog).to_contain_text("This field is required")
    dialog.get_by_label("Erase it for good").check()
    page.get_by_role("button", name="Erase personal data").click()
    expect(page.get_by_text("Personal data erased", exact=True)).to_be_visible()
    expect(page.locator("body")).not_to_contain_text("ada@example.com")
    assert Entry.objects.get(pk=shop.entry.pk).is_erased
    assert visit.faults == []
