"""The pages of an import: what an owner sees and presses, and whom they are not there for."""

import csv
import io
from typing import Any

import pytest
from django.contrib.admin.utils import quote
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from blitzrocket.audit.context import AuditContext
from blitzrocket.emails import Email, Phone
from blitzrocket.jobs.models import Job
from blitzrocket.jobs.queue import run_all_jobs, start_job
from contests.imports import create_entry_import, start_import
from contests.models import Contest, Entry, EntryImport
from contests.services import NewEntry, adjust_points, enter
from tests.support import Shop, downloaded, make_shop, signed_in

FILE = b"email,name,phone,points\nnew@example.com,New,,5\nada@example.com,,,\nnot-an-address,Joe,'+49 30,\n"


@pytest.fixture
def owner(shop: Shop) -> Client:
    return signed_in(shop, "owner")


def upload(client: Client, contest: Contest, data: bytes = FILE, text: str = "") -> Any:
    url = reverse("admin:contests_contest_imports", args=[quote(contest.pk)])
    form = {"file": SimpleUploadedFile("people.csv", data)} if data else {"text": text}
    return client.post(url, form, follow=True)


def url_of(entry_import: EntryImport, action: str = "") -> str:
    view = f"import_{action}" if action else "import"
    return reverse(f"admin:contests_contest_{view}", args=[quote(entry_import.contest_id), entry_import.pk])


def page_of(client: Client, url: str, **query: str) -> str:
    return " ".join(client.get(url, query).content.decode().split())


def test_an_upload_is_shown_row_by_row_before_anything_is_done(shop: Shop, owner: Client) -> None:
    page = " ".join(upload(owner, shop.contest).content.decode().split())
    entry_import = EntryImport.objects.get()
    assert str(entry_import.actor).startswith("owner")
    for text in (
        "3 rows",
        "<strong>1</strong> New",
        "Import 1 entry",
        "Already entered",
        "is not a valid email",
    ):
        assert text in page
    assert Entry.objects.count() == 1
    only_errors = page_of(owner, url_of(entry_import), outcome="error")
    assert "not-an-address" in only_errors
    assert "new@example.com" not in only_errors
    assert page_of(owner, url_of(entry_import), outcome="nonsense", page="99x")


@pytest.mark.parametrize(("encoding", "is_told"), [("cp1252", True), ("utf-8", False), ("utf-16", False)])
def test_a_guessed_encoding_is_reported(shop: Shop, owner: Client, encoding: str, is_told: bool) -> None:
    page = upload(owner, shop.contest, "email;name\nzoe@example.com;Zoë\n".encode(encoding)).content.decode()
    assert "Zoë" in page
    assert ("read as Windows-1252" in page) is is_told


@pytest.mark.parametrize(
    ("cells", "shown", "not_shown"),
    [
        ("1.234;;", ["1,234 points"], ["disqualified", "not confirmed"]),
        ("-45,0;WAHR;", ["−45 points", "disqualified"], ["not confirmed"]),
        ("1;nein;no", ["1 point<", "not confirmed"], ["disqualified"]),
        ("many;ja;nein", ["“many” is not a number of points"], ["disqualified", "not confirmed"]),
        ("N/A;;0.0", ["not confirmed"], ["points", "disqualified"]),
    ],
)
def test_the_preview_shows_parsed_values(
    shop: Shop, owner: Client, cells: str, shown: list[str], not_shown: list[str]
) -> None:
    text = f"email;points;disqualified;confirmed\nzoe@example.com;{cells}\n"
    row = upload(owner, shop.contest, text.encode()).content.decode().partition("<h2>Rows</h2>")[2]
    assert all(sentence in row for sentence in shown)
    assert not any(f">{sentence}" in row for sentence in not_shown)


def test_pasted_rows_are_read_like_a_file(shop: Shop, owner: Client) -> None:
    page = upload(owner, shop.contest, b"", text="name\te-mail\nGrace\tgrace@example.com\n").content.decode()
    assert "Import 1 entry" in page
    assert "grace@example.com" in page


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "Choose a file or paste rows"),
        (b"\x00", "not a text file"),
        (b"email\n", "no rows below the header"),
    ],
)
def test_an_unreadable_file_is_reported_in_the_form(shop: Shop, owner: Client, data: bytes, sentence: str) -> None:
    assert sentence in upload(owner, shop.contest, data).content.decode()
    assert not EntryImport.objects.exists()


def test_two_clicks_import_once_and_a_second_import_waits(shop: Shop, owner: Client) -> None:
    upload(owner, shop.contest)
    upload(owner, shop.contest, b"email\nother@example.com\n")
    other, entry_import = EntryImport.objects.all()
    for _ in range(2):
        page = owner.post(url_of(entry_import, "start"), {"request_id": "act_one"}, follow=True).content.decode()
        assert "Entry import" in page
        assert 'hx-trigger="every 700ms"' in page
    assert Job.objects.filter(kind="import_entries").count() == 1
    busy = owner.post(url_of(other, "start"), {"request_id": "act_two"}, follow=True).content.decode()
    assert "Another import or a recalculation is running." in busy
    run_all_jobs()
    done = page_of(owner, url_of(entry_import))
    assert "<strong>1</strong> Added" in done
    assert "Undo this import" in done
    late = owner.post(url_of(entry_import, "start"), {"request_id": "act_three"}, follow=True).content.decode()
    assert "Someone else already started or undid this import. Reload the page to see what changed." in late
    used = owner.post(url_of(other, "start"), {"request_id": "act_one"}, follow=True).content.decode()
    assert "This form was already submitted." in used


def test_undoing_needs_a_reason(shop: Shop, owner: Client) -> None:
    upload(owner, shop.contest)
    entry_import = EntryImport.objects.get()
    owner.post(url_of(entry_import, "start"), {"request_id": "act_one"})
    run_all_jobs()
    page = owner.post(url_of(entry_import, "undo"), {"request_id": "act_two", "reason": " "}).content.decode()
    assert "This field is required." in page
    for _ in range(2):
        owner.post(url_of(entry_import, "undo"), {"request_id": "act_two", "reason": "The wrong file"})
    run_all_jobs()
    page = page_of(owner, url_of(entry_import))
    assert "<strong>1</strong> Kept, without its imported points" in page
    assert "Undo this import" not in page
    assert Job.objects.filter(kind="undo_import_of_entries").count() == 1


def test_the_rows_with_errors_can_be_corrected_and_imported_again(shop: Shop, owner: Client) -> None:
    upload(owner, shop.contest)
    text = downloaded(owner, url_of(EntryImport.objects.get(), "errors"))
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["email"], row["name"], row["phone"], row["line"]) == ("not-an-address", "Joe", "'+49 30", "4")
    assert "is not a valid email" in row["error"]
    upload(owner, shop.contest, text.replace("not-an-address", "joe@example.com", 1).encode())
    entry_import = EntryImport.objects.all()[0]
    assert entry_import.counts == {"new": 1}
    assert entry_import.rows.get().values == {"email": "joe@example.com", "name": "Joe", "phone": "+49 30"}


def test_an_export_is_read_as_it_was_written(shop: Shop, owner: Client) -> None:
    enter(shop.contest, NewEntry(phone=Phone.parse("+49 30 1234"), name="=Grace; the 1st"), audit=AuditContext())
    friend = NewEntry(email=Email.parse("joan@example.com"), referral_code=shop.entry.referral_code)
    enter(shop.contest, friend, audit=AuditContext())
    adjust_points(shop.entry, 12, adjustment_id="a", audit=AuditContext(reason="?"))
    text = downloaded(owner, reverse("admin:contests_contest_export_entries", args=[quote(shop.contest.pk)]))

    other = make_shop("eve@example.com")
    entry_import = create_entry_import(other.contest, "entries.csv", text.encode(), by=None)
    start_import(entry_import, audit=AuditContext())
    run_all_jobs()
    columns = ("email", "name", "phone", "email_confirmed", "referral_code", "referred_by__referral_code", "points")
    foreign, own = (
        set(contest.entries.exclude(pk=other.entry.pk).values_list(*columns))
        for contest in (shop.contest, other.contest)
    )
    assert own == foreign


def test_a_stopped_check_is_shown(shop: Shop, owner: Client) -> None:
    job = start_job("check_entries", shop.contest, by=None)
    entry_import = create_entry_import(shop.contest, "people.csv", FILE, by=None)
    EntryImport.objects.filter(pk=entry_import.pk).update(state=EntryImport.State.CHECKING, job=job)
    job.cancel()
    page = page_of(owner, url_of(entry_import))
    assert "The file check was interrupted" in page
    assert "Import 1 entry" not in page


def test_imports_are_for_owners_of_the_team_only(shop: Shop, owner: Client) -> None:
    entry_import = create_entry_import(shop.contest, "people.csv", FILE, by=None)
    stranger = signed_in(make_shop("eve@example.com"), "owner")
    support = signed_in(shop, "support")
    for audit in ("", "start", "undo", "errors"):
        for method in ("get", "post"):
            form = {"request_id": "act_x", "reason": "x"}
            assert getattr(stranger, method)(url_of(entry_import, audit), form).status_code == 404, audit
            assert getattr(support, method)(url_of(entry_import, audit), form).status_code == 403, audit
    assert upload(support, shop.contest).status_code == 403
    assert upload(stranger, shop.contest).status_code in (403, 404)
    foreign_contest = make_shop("joe@example.com").contest
    mixed = reverse("admin:contests_contest_import", args=[quote(foreign_contest.pk), entry_import.pk])
    assert owner.get(mixed).status_code == 404
    assert EntryImport.objects.count() == 1
    assert not Job.objects.exists()


def test_the_page_takes_the_same_statements_for_a_long_file(
    shop: Shop, owner: Client, django_assert_max_num_queries: Any
) -> None:
    rows = b"".join(b"p%d@example.com\n" % number for number in range(200))
    entry_import = create_entry_import(shop.contest, "people.csv", b"email\n" + rows, by=None)
    with django_assert_max_num_queries(6):
        assert "Page 1 of 4" in page_of(owner, url_of(entry_import))
