"""An owner imports entries and undoes it, exports, and duplicates a contest."""

from pathlib import Path

from playwright.sync_api import expect

from blitzrocket.emails import Email
from contests.models import Contest, Entry
from tests.browser.conftest import Visit
from tests.browser.settling import stay
from tests.browser.test_rules import choose_action
from tests.support import Shop, record

LINES = ["First name;Last name;E-Mail", "Grace;Hopper;grace@example.com", "Joan;Clarke;not an address"]


def people_file(folder: Path, count: int) -> Path:
    """More than one step of the background's work takes: 1,000 are looked through at once, 500 imported, 50 removed."""
    lines = [*LINES, "Ada;;ADA@example.com", *(f"Person;{n};p{n}@example.com" for n in range(count))]
    file = folder / "people.csv"
    file.write_text("\n".join(lines), encoding="utf-8-sig")
    return file


def test_an_owner_imports_entries_and_undoes_it(visit: Visit, shop: Shop, worker: None, tmp_path: Path) -> None:
    page = visit.page
    visit.sign_in("owner")
    visit.open("/admin/contests/contest/")
    page.get_by_role("link", name="Summer giveaway").click()
    choose_action(page, "Import entries")
    page.get_by_role("button", name="Review").click()
    expect(page.get_by_text("Choose a file or paste rows, one of the two.")).to_be_visible()

    page.get_by_label("CSV file").set_input_files(people_file(tmp_path, 1100))
    page.get_by_role("button", name="Review").click()
    page.get_by_role("button", name="Import 1101 entries").wait_for()  # looked through in the background
    expect(page.get_by_text("1 Already entered")).to_be_visible()
    page.get_by_role("link", name="1 Error").click()
    expect(page.get_by_text("“not an address” is not a valid email")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download rows with errors").click()
    stay(page)
    assert "not an address,Joan Clarke" in Path(download.value.path()).read_text("utf-8-sig")

    page.get_by_role("button", name="Import 1101 entries").dblclick()
    page.get_by_text("1,101 Added").wait_for()  # by itself
    assert Entry.objects.count() == 1102
    record(shop, email=Email.parse("p7@example.com"))

    page.get_by_label("Reason").fill("Last year's list")
    page.get_by_role("button", name="Undo import").click()
    page.get_by_text("1,100 Removed").wait_for()
    expect(page.get_by_text("1 Kept: it has other activity")).to_be_visible()
    assert set(Entry.objects.values_list("email_key", flat=True)) == {"ada@example.com", "p7@example.com"}


def test_an_owner_cancels_an_import_that_is_not_processed(visit: Visit, shop: Shop) -> None:
    page = visit.page
    visit.sign_in("owner")
    visit.open(f"/admin/contests/contest/{shop.contest.pk}/imports/")
    page.get_by_label("Or paste rows").fill("email\ngrace@example.com")
    page.get_by_role("button", name="Review").click()
    page.get_by_role("button", name="Import 1 entry").click()
    page.get_by_text("Check that `manage.py run_jobs` is running.").wait_for()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Entry import cancelled.")).to_be_visible()
    expect(page.get_by_role("button", name="Import the remaining 1")).to_be_visible()
    assert Entry.objects.count() == 1


def test_an_owner_duplicates_a_contest(visit: Visit, shop: Shop) -> None:
    page = visit.page
    visit.sign_in("owner")
    visit.open(f"/admin/contests/contest/{shop.contest.pk}/change/")
    choose_action(page, "Duplicate contest")
    page.locator("#dialog-form").wait_for()
    expect(page.locator("#dialog-form [name=title]")).to_have_value("Summer giveaway (copy)")
    page.locator("#dialog-form [name=title]").fill("Autumn giveaway")
    page.get_by_role("button", name="Duplicate contest").click()
    expect(page.get_by_text("Contest duplicated as a draft.")).to_be_visible()
    expect(page.locator("[name=title]")).to_have_value("Autumn giveaway")
    assert Contest.objects.get(slug="autumn-giveaway").status == "draft"


def test_support_exports_and_does_nothing_else(visit: Visit, shop: Shop) -> None:
    page = visit.page
    visit.sign_in("support")
    visit.open(f"/admin/contests/contest/{shop.contest.pk}/change/")
    expect(page.get_by_role("link", name="Import entries")).to_have_count(0)
    expect(page.locator("a[hx-get]", has_text="Duplicate")).to_have_count(0)
    with page.expect_download() as download:
        choose_action(page, "Export entries")
    stay(page)
    assert download.value.suggested_filename.startswith("summer-entries-")
    assert "ada@example.com" in Path(download.value.path()).read_text("utf-8-sig")
