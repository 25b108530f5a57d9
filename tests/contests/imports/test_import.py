"""Entries from a file: looked through, made once however often processes are killed, and never over somebody."""

from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import OperationalError
from django.utils import timezone

from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from blitzrocket.emails import Phone
from blitzrocket.jobs.models import Job
from blitzrocket.jobs.queue import ContestBusy, run_all_jobs, run_next_job, start_job
from blitzrocket.spreadsheets.cells import plain_text
from contests.imports import ImportNotReady, create_entry_import, services, start_import, steps
from contests.imports.rows import RowChecker
from contests.models import Contest, Entry, EntryImport, EntryImportRow, PointTransaction
from contests.services import NewEntry, create_entry, enter
from purchases.models import Purchase, RejectedPurchase
from tests.support import Shop, hold, make_shop

Outcome, State = EntryImportRow.Outcome, EntryImport.State


def upload(contest: Contest, text: str) -> EntryImport:
    return create_entry_import(contest, "people.csv", text.encode(), by=None)


def people(count: int, columns: str = "email", cells: str = "") -> str:
    return f"{columns}\n" + "".join(f"p{number}@example.com{cells}\n" for number in range(count))


def outcomes(entry_import: EntryImport) -> list[tuple[str, str]]:
    return [(row.outcome, row.note) for row in entry_import.rows.order_by("line")]


def imported(contest: Contest, text: str) -> EntryImport:
    entry_import = upload(contest, text)
    start_import(entry_import, audit=AuditContext(reason=""))
    run_all_jobs()
    entry_import.refresh_from_db()
    return entry_import


def test_each_row_has_its_outcome(shop: Shop) -> None:
    create_entry(shop.contest, "bob@example.com", referral_code="bobs-code")
    create_entry(make_shop("eve@example.com").contest, "new@example.com")
    entry_import = upload(
        shop.contest,
        "email,name,phone,confirmed,referral code,points,shoe size\n"
        "new@example.com,New,,,,,\n"
        "ADA@Example.com,Ada,,,,,\n"
        "New@EXAMPLE.com,Again,,,,,\n"
        "not an address,,,,,,\n"
        ",Nobody,,,,,\n"
        "two@example.com,,,perhaps,,,\n"
        "three@example.com,,,,bobs-code,,\n"
        "four@example.com,,,,,1.5,\n"
        "five@example.com,,,,,-5,\n"
        "six@example.com,,call me,,,,\n"
        "seven@example.com,,,,bobs code,,\n"
        ",Phone,+49 30 1234,no,own-code,20,38\n"
        "eight@example.com,,,,own-code,,\n"
        "nine@example.com,,,,,,,,more\n",
    )
    assert entry_import.state == State.READY
    assert entry_import.unread_columns == ["shoe size"]
    notes = outcomes(entry_import)
    assert [outcome for outcome, _note in notes] == [
        "new", "known", "duplicate", "error", "error", "error", "error", "error", "new", "new", "error", "new",
        "error", "error",
    ]  # fmt: skip
    sentences = [
        "", "", "Same as line 2", "“not an address” is not a valid email", "no email and no phone", "not yes or no",
        "another entry", "whole number", "", "The phone number “call me”", "is not valid", "",
        "another entry", "more cells than the header",
    ]  # fmt: skip
    assert all(sentence in note for sentence, (_outcome, note) in zip(sentences, notes, strict=True))
    assert entry_import.counts == {"new": 4, "known": 1, "duplicate": 1, "error": 8}
    assert Entry.objects.filter(contest=shop.contest).count() == 2, "nothing is made yet"


def test_entries_get_all_values_of_the_file(shop: Shop) -> None:
    entry_import = imported(
        shop.contest,
        "Vorname;Nachname;E-Mail;Phone;Confirmed;Referral code;Referred by;Points\n"
        "Grace;Hopper;Grace@Example.com;0123 45;nein;grace-1;;120\n"
        "Joan;Clarke;joan@example.com;;;;grace-1;\n"
        "Mary;;mary@example.com;;ja;;nobodys;0\n",
    )
    assert (entry_import.state, entry_import.counts) == (State.IMPORTED, {"imported": 3})
    grace, joan, mary = Entry.objects.filter(contest=shop.contest).exclude(pk=shop.entry.pk).order_by("email")
    assert (grace.name, grace.email, grace.phone) == ("Grace Hopper", "Grace@Example.com", "0123 45")
    assert (grace.email_confirmed, grace.referral_code, grace.points) == (False, "grace-1", 120)
    assert (joan.referred_by, joan.points, joan.email_confirmed) == (grace, 0, True)
    assert (mary.referred_by, mary.name) == (None, "Mary")
    line = PointTransaction.objects.get()
    assert (line.entry, line.kind, line.points, line.reason) == (grace, "bonus", 120, "Imported")
    assert set(grace.words.values_list("word", flat=True)) == {"grace", "hopper"}


def test_importing_a_file_again_adds_nothing(shop: Shop) -> None:
    text = people(3, "email,points", ",5")
    imported(shop.contest, text)
    assert imported(shop.contest, text).counts == {"known": 3}
    assert Entry.objects.filter(contest=shop.contest).count() == 4
    assert PointTransaction.objects.count() == 3


def test_an_entry_made_after_the_preview_is_unchanged(shop: Shop) -> None:
    entry_import = upload(
        shop.contest,
        "email,name,points,referral code\na@example.com,File,9,\nb@example.com,,,taken\n,,,\nc@example.com,,,",
    )
    create_entry(shop.contest, "A@example.com", name="Herself")
    create_entry(shop.contest, "z@example.com", referral_code="taken")
    start_import(entry_import, audit=AuditContext(reason=""))
    run_all_jobs()
    assert [outcome for outcome, _note in outcomes(entry_import)] == ["known", "error", "imported"]
    entry = Entry.objects.get(email_key="a@example.com")
    assert (entry.name, entry.points) == ("Herself", 0)


def test_an_entry_made_during_a_step_is_unchanged(shop: Shop) -> None:
    entry_import = upload(shop.contest, "email,points\na@example.com,9\nb@example.com,9\n")
    insert = services._insert

    def after_somebody_entered(*args: Any) -> None:
        create_entry(shop.contest, "A@example.com", name="Herself")
        insert(*args)

    start_import(entry_import, audit=AuditContext(reason=""))
    with patch.object(services, "_insert", after_somebody_entered):
        run_all_jobs()
    assert [outcome for outcome, _note in outcomes(entry_import)] == ["known", "imported"]
    assert Entry.objects.get(email_key="a@example.com").points == 0


def test_held_orders_are_recorded(shop: Shop) -> None:
    hold(shop, "late@example.com", order_id="#1")
    imported(shop.contest, "email\nLATE@example.com\n")
    assert Purchase.objects.get(order_id="#1").entry.email_key == "late@example.com"
    assert not RejectedPurchase.objects.filter(state="held").exists()


@pytest.mark.parametrize("step", ["_insert", "save_outcomes", "_fill_in"])
def test_a_killed_process_is_followed_by_one_that_goes_on(
    shop: Shop, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "ENTRIES_AT_ONCE", 2)
    hold(shop, "p4@example.com", order_id="#1")
    entry_import = upload(shop.contest, people(5, "email,points", ",5"))
    job = start_import(entry_import, audit=AuditContext(reason=""))
    real, calls = getattr(services, step), []

    def killed(*args: Any) -> Any:
        real(*args)
        calls.append(args)
        if len(calls) == 2:
            raise OperationalError("killed")

    with patch.object(services, step, killed), pytest.raises(OperationalError):
        run_next_job()
    assert entry_import.count_outcomes() == {"imported": 2, "new": 3}
    assert not run_next_job(), "its lease is not over"
    Job.objects.update(leased_until=timezone.now())
    run_all_jobs()
    job.refresh_from_db()
    assert (job.state, job.done, job.total, job.result) == (Job.State.DONE, 5, 5, {"imported": 5})
    assert list(Entry.objects.filter(email__startswith="p").values_list("points", flat=True)) == [5, 5, 5, 5, 55]


def test_another_process_finishes_a_killed_import(shop: Shop) -> None:
    hold(shop, "p0@example.com", order_id="#1")
    start_import(upload(shop.contest, people(1)), audit=AuditContext(reason=""))
    with (
        patch.object(services, "announce_reachable", side_effect=OperationalError),
        pytest.raises(OperationalError),
    ):
        run_next_job()
    assert not Purchase.objects.exists()
    Job.objects.update(leased_until=timezone.now())
    run_all_jobs()
    assert Purchase.objects.get().order_id == "#1"


def test_a_cancelled_import_stops_and_can_be_resumed(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "ENTRIES_AT_ONCE", 2)
    entry_import = upload(shop.contest, people(5))
    job = start_import(entry_import, audit=AuditContext(reason=""))
    with patch.object(services, "announce_reachable", lambda entries: job.cancel()):
        run_all_jobs()
    entry_import = EntryImport.objects.get()
    assert entry_import.count_outcomes() == {"imported": 2, "new": 3}
    assert entry_import.can_start
    assert entry_import.can_be_undone
    start_import(entry_import, audit=AuditContext(reason=""))
    run_all_jobs()
    assert entry_import.count_outcomes() == {"imported": 5}


def test_two_clicks_are_one_import(shop: Shop) -> None:
    entry_import = upload(shop.contest, people(2))
    audit = AuditContext(reason="")
    assert start_import(entry_import, audit=audit) == start_import(entry_import, audit=audit)
    assert AuditEvent.objects.get(action=AuditEvent.Action.IMPORTED).after == {"rows": 2, "new": 2}
    run_all_jobs()
    start_import(entry_import, audit=audit)
    with pytest.raises(ImportNotReady):
        start_import(entry_import, audit=AuditContext(reason=""))
    assert Job.objects.count() == 1


def test_a_contest_has_one_import_at_a_time(shop: Shop) -> None:
    first, other = upload(shop.contest, people(1)), upload(shop.contest, people(2))
    start_import(first, audit=AuditContext(reason=""))
    with pytest.raises(ContestBusy):
        start_import(other, audit=AuditContext(reason=""))
    other.refresh_from_db()
    assert other.state == State.READY
    run_all_jobs()
    start_import(other, audit=AuditContext(reason=""))
    run_all_jobs()
    assert other.count_outcomes() == {"known": 1, "imported": 1}


def test_a_long_file_is_checked_in_the_background(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "ROWS_CHECKED_IN_REQUEST", 3)
    monkeypatch.setattr(steps, "ROWS_CHECKED_AT_ONCE", 2)
    start_job("recalculate", shop.contest, by=None)
    Job.objects.update(state=Job.State.RUNNING, leased_until=timezone.now() + timedelta(hours=1))
    entry_import = upload(shop.contest, people(5) + "P0@example.com\n")
    assert (entry_import.state, entry_import.is_busy, entry_import.can_start) == (State.CHECKING, True, False)
    with (
        patch.object(RowChecker, "check", side_effect=OperationalError),
        pytest.raises(OperationalError),
    ):
        run_next_job()
    Job.objects.filter(kind="check_entries").update(leased_until=timezone.now())
    run_all_jobs()
    entry_import.refresh_from_db()
    assert (entry_import.state, entry_import.counts, bytes(entry_import.content)) == (
        State.READY,
        {"new": 5, "duplicate": 1},
        b"",
    )


def referrers(contest: Contest) -> dict[str, str]:
    referred_entries = Entry.objects.filter(contest=contest).exclude(referred_by=None)
    return dict(referred_entries.values_list("email", "referred_by__email"))


@pytest.mark.parametrize("rows_at_once", [1, 2, 500])
def test_referrals_are_linked_in_any_order_of_rows(
    shop: Shop, rows_at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "ENTRIES_AT_ONCE", rows_at_once)
    ada = shop.entry.referral_code
    imported(
        shop.contest,
        "email,referral code,referred by\n"
        "a@x.org,code-a,code-c\n"
        "b@x.org,,code-c\n"
        f"c@x.org,code-c,{ada}\n"
        "d@x.org,code-d,code-d\n"
        "e@x.org,,nobodys\n"
        "f@x.org,,code-a\n",
    )
    assert referrers(shop.contest) == {
        "a@x.org": "c@x.org",
        "b@x.org": "c@x.org",
        "c@x.org": "ada@example.com",
        "f@x.org": "a@x.org",
    }


def test_referrals_are_linked_after_a_killed_process(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "ENTRIES_AT_ONCE", 2)
    text = "email,referral code,referred by\na@x.org,,code-d\nb@x.org,,\nc@x.org,,\nd@x.org,code-d,\n"
    start_import(upload(shop.contest, text), audit=AuditContext(reason=""))
    with (
        patch.object(services, "announce_reachable", side_effect=OperationalError),
        pytest.raises(OperationalError),
    ):
        run_next_job()
    Job.objects.update(leased_until=timezone.now())
    run_all_jobs()
    assert referrers(shop.contest) == {"a@x.org": "d@x.org"}


@pytest.mark.parametrize("text", ["100", "100.0", "100,00", " 100 ", "+100", "0100", "１００"])
def test_points_are_read_as_spreadsheets_write_them(shop: Shop, text: str) -> None:
    imported(shop.contest, f"email;points\na@x.org;{text}\n")
    assert Entry.objects.get(email="a@x.org").points == 100


def test_points_below_0_and_disqualification_are_imported(shop: Shop) -> None:
    entry_import = imported(
        shop.contest,
        "email;points;disqualified;confirmed\na@x.org;-1.234;WAHR;FALSCH\nb@x.org;0;falsch;wahr\nc@x.org;-;n/a;1.0\n",
    )
    assert entry_import.counts == {"imported": 3}
    rows = Entry.objects.filter(email__endswith="x.org").order_by("email")
    assert list(rows.values_list("points", "is_disqualified", "email_confirmed")) == [
        (-1234, True, False),
        (0, False, True),
        (0, False, True),
    ]
    line = PointTransaction.objects.get()
    assert (line.kind, line.points, line.reason) == ("adjusted", -1234, "Imported")


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("a@x.org,,1.000,,", "it can be read in two ways"),
        ("a@x.org,,1.5,,", "it is not a whole number"),
        ("a@x.org,,many,,", "it is not a number"),
        ("a@x.org,,-1000000001,,", "points from"),
        ("a@x.org,,,perhaps,", "“perhaps” in the column “confirmed” is not yes or no"),
        ("a@x.org,,,,2", "“2” in the column “disqualified” is not yes or no"),
        ("N/A,-,,,", "no email and no phone"),
        (",1234,,,", "“1234” is not a valid phone number: A phone number has at least 5 digits."),
        ("nobody,+49 30 12345,,,", "is not a valid email"),
    ],
)
def test_refused_rows_have_a_reason(shop: Shop, row: str, sentence: str) -> None:
    entry_import = upload(shop.contest, f"email,phone,points,confirmed,disqualified\n{row}\n")
    ((outcome, note),) = outcomes(entry_import)
    assert outcome == "error"
    assert sentence in note


@pytest.mark.parametrize("phone", ["N/A", "-", "call me", "1234", "n.a.", "x" * 41, "none", "—"])
def test_an_invalid_phone_beside_an_email_is_left_out(shop: Shop, phone: str) -> None:
    entry_import = imported(shop.contest, f"email,phone\na@x.org,{phone}\n")
    ((outcome, note),) = outcomes(entry_import)
    assert outcome == "imported"
    assert note.startswith(f"The phone number “{phone}” was left out: A phone number has at ")
    assert Entry.objects.get(email="a@x.org").phone == ""


def test_a_phone_shortened_by_a_spreadsheet_is_refused(shop: Shop) -> None:
    entry_import = imported(
        shop.contest, "email;phone\na@x.org;4,93012E+11\n;4,93012E+11\n;4.9E11\n;493012345.0\n;493012345\n"
    )
    assert [outcome for outcome, _note in outcomes(entry_import)] == [
        "imported",
        "error",
        "error",
        "imported",
        "duplicate",
    ]
    assert all("shortened it" in note for _outcome, note in outcomes(entry_import)[:3])
    assert Entry.objects.get(email="").phone == "493012345"


@pytest.mark.parametrize(
    "phone", ["(555) 123-4567", "tel:+49-30-12345", "+49 30\u201112345", "+49 (0)30 12345", "'+4930 12345", "030/12345"]
)
def test_phones_are_read_as_the_api_reads_them(shop: Shop, phone: str) -> None:
    entry_import = imported(shop.contest, f"email,phone\na@x.org,{phone}\n,{phone}\n,{phone} \n")
    assert [outcome for outcome, _note in outcomes(entry_import)] == ["imported", "imported", "duplicate"]
    stored = plain_text(phone)
    assert set(Entry.objects.exclude(pk=shop.entry.pk).values_list("phone", "phone_key")) == {
        (stored, Phone.parse(phone).key)
    }
    entry, existing = enter(shop.contest, NewEntry(phone=Phone.parse(phone)), audit=AuditContext())
    assert (existing, entry.email) == (True, "")


def test_an_entry_made_by_phone_meanwhile_is_unchanged(shop: Shop) -> None:
    entry_import = upload(shop.contest, "phone,name,points\n+49 30 12345,File,9\n")
    enter(shop.contest, NewEntry(phone=Phone.parse("tel:+493012345"), name="Herself"), audit=AuditContext())
    start_import(entry_import, audit=AuditContext(reason=""))
    run_all_jobs()
    assert outcomes(entry_import) == [("known", "")]
    assert list(Entry.objects.filter(email="").values_list("name", "points")) == [("Herself", 0)]


@pytest.mark.parametrize("more", ["x", "-1", "0" * 60, "é", " b"])
def test_a_referral_code_that_is_too_long_is_ignored(shop: Shop, more: str) -> None:
    code = "c" * 40
    create_entry(shop.contest, "bob@example.com", referral_code=code)
    imported(shop.contest, f"email,referred by\na@x.org,{code}{more}\nb@x.org,{code}\n")
    assert referrers(shop.contest) == {"b@x.org": "bob@example.com"}
