"""Erasing and exporting a person on the pages: who may, what is asked, and what the job does."""

import json
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.urls import reverse

from blitzrocket.accounts.admin.team_scoped import change_url
from blitzrocket.accounts.models import Membership, User
from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from blitzrocket.jobs.models import Job
from blitzrocket.jobs.queue import run_all_jobs
from contests.imports import create_entry_import, start_import
from contests.models import Entry
from contests.services import EntryErased, create_entry, update_entry
from purchases.models import Purchase, RejectedPurchase
from tests.purchases.privacy.planting import another_person
from tests.support import Shop, hold, make_shop, record, signed_in

pytestmark = pytest.mark.django_db(transaction=True)
ERASE = "admin:contests_entry_erase"
ERASE_REJECTED = "admin:purchases_rejectedpurchase_erase"


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return make_shop()


def post(client: Client, url: str, **fields: str) -> str:
    values = {"reason": "Asked by letter", "request_id": "event_1", "_form_submitted": "1", "confirmed": "on"} | fields
    return client.post(url, values, HTTP_HX_REQUEST="true").content.decode()


def test_an_owner_erases_the_person_of_an_entry(shop: Shop) -> None:
    record(shop)
    owner, url = signed_in(shop, "owner"), reverse(ERASE, args=[shop.entry.pk])
    dialog = owner.get(url, HTTP_HX_REQUEST="true").content.decode()
    assert "Orders: 1" in dialog
    assert "can&#x27;t be undone" in dialog or "can't be undone" in dialog
    for _ in range(2):  # a double click
        post(owner, url)
    job = Job.objects.get(kind="erase_person")
    assert "ada" not in json.dumps(job.params)
    assert "Erasing personal data" in owner.get(change_url(shop.entry)).content.decode()
    run_all_jobs()
    job.refresh_from_db()
    assert (job.state, job.result["orders"]) == (Job.State.DONE, 1)
    page = owner.get(change_url(shop.entry)).content.decode()
    assert "Personal data erased" in page
    assert "ada@example.com" not in page
    assert reverse(ERASE, args=[shop.entry.pk]) not in page
    event = AuditEvent.objects.get(action=AuditEvent.Action.ERASED)
    assert (event.object_id, event.reason, event.actor is not None) == (shop.entry.pk, "Asked by letter", True)


def test_it_asks_for_a_confirmation_and_a_reason_that_names_nobody(shop: Shop) -> None:
    owner, url = signed_in(shop, "owner"), reverse(ERASE, args=[shop.entry.pk])
    assert "required" in post(owner, url, confirmed="")
    assert "must not name the participant" in post(owner, url, reason="ADA@example.com asked")
    assert not Job.objects.exists()


def test_support_exports_and_does_not_erase(shop: Shop) -> None:
    record(shop, order_id="#1001")
    support, url = signed_in(shop, "support"), reverse(ERASE, args=[shop.entry.pk])
    assert support.get(url).status_code == 403
    assert support.post(url, {}).status_code == 403
    page = support.get(change_url(shop.entry)).content.decode()
    assert "Erase data" not in page
    file = support.get(reverse("admin:contests_entry_personal_data", args=[shop.entry.pk]))
    values = json.loads(file.content)
    assert [row["orderId"] for row in values["purchases"]] == ["#1001"]
    assert values["purchases"][0]["explanation"]["points"] == 50
    assert values["entries"][0]["email"] == "ada@example.com"
    assert "no-store" in file["Cache-Control"]
    assert AuditEvent.objects.get(action=AuditEvent.Action.EXPORTED).object_id == shop.entry.pk


def test_another_team_sees_nothing_of_it(shop: Shop) -> None:
    other = signed_in(make_shop("eve@example.com"), "owner")
    for url in (
        reverse(ERASE, args=[shop.entry.pk]),
        reverse("admin:contests_entry_personal_data", args=[shop.entry.pk]),
    ):
        missing = url.replace(shop.entry.pk, "entry_missing")
        assert other.get(url).status_code == other.get(missing).status_code in (403, 404)


def test_the_sender_of_an_order_without_an_entry(shop: Shop) -> None:
    held = hold(shop, "late@example.com")
    owner = signed_in(shop, "owner")
    post(owner, reverse(ERASE_REJECTED, args=[held.pk]))
    run_all_jobs()
    held.refresh_from_db()
    assert (held.email, held.email_key, held.state) == ("", "", RejectedPurchase.State.DISMISSED)
    assert AuditEvent.objects.get(action=AuditEvent.Action.ERASED).object_type == "team"
    assert "Erase data" not in owner.get(change_url(held)).content.decode()


def test_a_team_member_is_removed_first(shop: Shop) -> None:
    user = User.objects.create_user("ada@example.com", email="ada@example.com", is_staff=True)
    membership = Membership.objects.create(team=shop.team, user=user, role="support")
    owner, url = signed_in(shop, "owner"), reverse(ERASE, args=[shop.entry.pk])
    assert "team member" in post(owner, url)
    membership.delete()
    post(owner, url)
    run_all_jobs()
    user.refresh_from_db()
    assert user.username == "ada@example.com"  # nothing says that they were in this team: it is not its login
    assert Entry.objects.get(pk=shop.entry.pk).is_erased


def test_someone_with_the_same_name_stays(shop: Shop) -> None:
    namesake = another_person(shop.contest)
    Entry.objects.filter(pk=shop.entry.pk).update(name=namesake.name)
    call_command("erase_person", "ada@example.com", team=shop.team.pk, confirm=True)
    namesake.refresh_from_db()
    assert (namesake.email, namesake.name) == ("namesake@example.com", "Zyxmarker Quuxname")
    assert namesake.words.count() == 2


def test_an_erased_entry_takes_no_new_data(shop: Shop) -> None:
    call_command("erase_person", "ada@example.com", team=shop.team.pk, confirm=True)
    entry = Entry.objects.get(pk=shop.entry.pk)
    with pytest.raises(EntryErased):
        update_entry(entry, {"name": "Ada"}, audit=None)  # type: ignore[arg-type]  # it is refused before
    owner = signed_in(shop, "owner")
    assert "?edit=1" not in owner.get(change_url(entry)).content.decode()


def test_a_number_is_enough_without_an_email(shop: Shop) -> None:
    by_phone = Entry.objects.create(
        contest=shop.contest, phone="+49 171 5550192", phone_key="+491715550192", name="Bob"
    )
    call_command("erase_person", "+49 (171) 555-0192", team=shop.team.pk, confirm=True)
    by_phone.refresh_from_db()
    assert (by_phone.phone, by_phone.phone_key, by_phone.is_erased) == ("", "", True)
    assert not Entry.objects.get(pk=shop.entry.pk).is_erased


class TestCommands:
    def test_without_confirm_nothing_is_changed(self, shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
        record(shop)
        call_command("erase_person", "ada@example.com", team=shop.team.pk)
        assert "add --confirm" in capsys.readouterr().out
        assert Entry.objects.get(pk=shop.entry.pk).email == "ada@example.com"

    def test_it_shows_its_progress_and_counts(self, shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
        record(shop)
        call_command("erase_person", "ada@example.com", team=shop.team.name, confirm=True, reason="Letter")
        output = capsys.readouterr()
        assert "Searching activity log" in output.err
        assert "1 orders" in output.out
        assert Purchase.objects.get().email == ""

    @pytest.mark.parametrize(
        ("address", "message"), [("nobody", "Enter an email address"), ("no@example.com", "Nothing is stored")]
    )
    def test_it_says_what_is_wrong(self, shop: Shop, address: str, message: str) -> None:
        with pytest.raises(CommandError, match=message):
            call_command("erase_person", address, team=shop.team.pk, confirm=True)

    def test_the_export_is_for_its_owner_only_and_never_over_a_file(self, shop: Shop, tmp_path: Path) -> None:
        path = tmp_path / "ada.json"
        call_command("export_person", "Ada@Example.com", team=shop.team.pk, output=str(path))
        assert path.stat().st_mode & 0o777 == 0o600
        assert json.loads(path.read_text())["format"] == "blitzrocket-person-1"
        with pytest.raises(CommandError, match="File exists"):
            call_command("export_person", "ada@example.com", team=shop.team.pk, output=str(path))


def test_an_import_that_runs_is_waited_for(shop: Shop) -> None:
    create_entry(shop.contest, "grace@example.com")
    entry_import = create_entry_import(shop.contest, "people.csv", b"email\nnew@example.com", by=None)
    start_import(entry_import, audit=AuditContext())
    with pytest.raises(CommandError, match="import is running"):
        call_command("erase_person", "ada@example.com", team=shop.team.pk, confirm=True)
