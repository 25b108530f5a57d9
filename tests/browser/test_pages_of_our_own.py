"""The pages outside the admin, looked at as those in it; see `tests.browser.test_every_page`."""

from tests.browser.axe import add_axe
from tests.browser.conftest import Visit
from tests.browser.looks import assert_looks_well
from tests.support import Shop, invite

OUTSIDE_THE_ADMIN = ("/", "/nothing", "/admin/login/", "/admin/password/forgot/")
LONG_ADDRESS = f"{'a.person.with.many.names'}.{'x' * 30}@{'subdomain' * 5}.example.com"


def test_pages_of_our_own(shop: Shop, visit: Visit) -> None:
    add_axe(visit.page)
    invitation = f"/invitation/?token={invite(shop.team, LONG_ADDRESS)[1]}"
    for path in (*OUTSIDE_THE_ADMIN, invitation, "/invitation/?token=none"):
        visit.open(path)
        assert_looks_well(visit, path)
    assert [fault for fault in visit.faults if "404" not in fault] == []
    visit.faults.clear()


def test_the_interactive_page_of_the_api(visit: Visit) -> None:
    add_axe(visit.page)
    visit.open("/api/docs")
    visit.page.get_by_text("Record purchase", exact=True).click()  # an operation with all that one may have
    visit.page.get_by_text("Try it out").wait_for()
    assert_looks_well(visit, "/api/docs")
