"""Our own export imports as it is: into an empty contest it gives the same people, whatever they are called."""

import re
import string
from typing import Any

from django.contrib.admin.utils import quote
from django.db import transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from blitzrocket.audit.context import AuditContext
from blitzrocket.emails import NO_EMAIL, NO_PHONE, Email, Phone
from blitzrocket.jobs.queue import run_all_jobs
from blitzrocket.spreadsheets.cells import FORMULA_STARTS, QUOTE
from blitzrocket.text import trim
from contests import ledger
from contests.imports import create_entry_import, start_import, start_undo
from contests.models import Contest, Entry, EntryImport, PointTransaction
from contests.services import NewEntry, create_contest, enter, update_entry
from tests.profiles import times
from tests.support import Shop, downloaded, signed_in

COLUMNS = (
    "email", "email_key", "name", "phone", "phone_key", "points", "email_confirmed", "is_disqualified", "referral_code",
    "referred_by__referral_code",
)  # fmt: skip
AWKWARD = [
    *FORMULA_STARTS,
    QUOTE,
    '"',
    ",",
    ";",
    "|",
    " ",
    "\u00a0",
    "\ufeff",
    "sep=;",
    "0",
    "-",
    "N/A",
    "é",
    "e\u0301",
    "😀",
]

WITH_DECIMALS = re.compile("[1-9][0-9]{4,}[.,]0+")  # to an import this is a spreadsheet's number, 12345

names = st.lists(st.one_of(st.sampled_from(AWKWARD), st.text(max_size=5)), max_size=6).map("".join)
locals_ = st.text(string.ascii_letters + string.digits + "=+-'{}|~&*/ßéÄ", min_size=1, max_size=8)
phones = (
    st.lists(
        st.sampled_from(
            [*"0123456789" * 2, "+", "'", "-", "=", "(0)", "tel:", " ", "/", ":::", "\u2011", "x", '"', ","]
        ),
        min_size=5,
        max_size=25,
    )
    .map("".join)
    .filter(lambda text: not WITH_DECIMALS.fullmatch(trim(text)))
)
points = st.one_of(st.integers(-2000, 2000), st.sampled_from([0, 1000, -1000, 10**9, -(10**9)]))
people = st.lists(
    st.fixed_dictionaries(
        {
            "local": st.one_of(st.none(), locals_),
            "phone": st.one_of(st.none(), phones),
            "name": names,
            "points": points,
            "is_confirmed": st.booleans(),
            "is_disqualified": st.booleans(),
            "referrer": st.integers(0, 5),
        }
    ),
    min_size=1,
    max_size=6,
)
ADA = {
    "local": "ada",
    "phone": None,
    "name": "Ada",
    "points": 0,
    "is_confirmed": True,
    "is_disqualified": False,
    "referrer": 0,
}


def storable(text: str) -> str:
    """A name as the API stores it: trimmed, without control characters and what PostgreSQL does not take."""
    return trim("".join(character for character in text if character.isprintable() or character == "\u00a0"))[:200]


def enter_person(contest: Contest, person: dict[str, Any], number: int, codes: list[str]) -> None:
    email = Email.parse(f"{person['local']}{number}@example.com") if person["local"] else NO_EMAIL
    try:
        phone = Phone.parse(trim(person["phone"] or "")[:40])
    except ValueError:
        phone = NO_PHONE
    if not email.key and not phone.key:
        return
    entry, existing = enter(
        contest,
        NewEntry(
            email=email,
            phone=phone,
            name=storable(person["name"]),
            email_confirmed=person["is_confirmed"],
            referral_code=codes[person["referrer"] % len(codes)] if codes else "",
        ),
        audit=AuditContext(),
    )
    if existing:
        return
    codes.append(entry.referral_code)
    update_entry(entry, {"is_disqualified": person["is_disqualified"]}, audit=AuditContext())
    if person["points"]:
        locked = Entry.objects.locked_together(contest.pk, [entry.pk])[entry.pk]
        ledger.post(locked, PointTransaction.Kind.ADJUSTED, person["points"], occurred_at=entry.created_at)


def exported(client: Client, contest: Contest) -> str:
    return downloaded(client, reverse("admin:contests_contest_export_entries", args=[quote(contest.pk)]))


def people_of(contest: Contest) -> list[tuple[Any, ...]]:
    return sorted(Entry.objects.filter(contest=contest).values_list(*COLUMNS), key=repr)


def imported(contest: Contest, text: str, encoding: str) -> EntryImport:
    entry_import = create_entry_import(contest, "entries.csv", text.encode(encoding), by=None)
    assert not entry_import.counts.get("error"), list(entry_import.rows.values_list("line", "outcome", "note"))
    start_import(entry_import, audit=AuditContext())
    run_all_jobs()
    entry_import.refresh_from_db()
    return entry_import


@settings(max_examples=times(4, 40), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(group=people, encoding=st.sampled_from(["utf-8-sig", "utf-8", "utf-16"]))
@example(group=[ADA | {"name": text} for text in ("=1+1", "'=1+1", "''", "Ada", "'Ada")], encoding="utf-8")
@example(
    group=[ADA | {"local": None, "phone": number, "points": -45} for number in ("+4930 12345", "'+49301", "12345")],
    encoding="utf-8",
)
@example(group=[ADA | {"local": None, "phone": number} for number in ("0000,0", "012345.0")], encoding="utf-8")
@example(
    group=[ADA | {"phone": "12345 ::: 67890", "is_disqualified": True, "referrer": number} for number in range(4)],
    encoding="utf-8",
)
def test_an_export_imports_as_it_is(shop: Shop, encoding: str, group: list[dict[str, Any]]) -> None:
    with transaction.atomic():
        codes: list[str] = []
        for number, person in enumerate(group):
            enter_person(shop.contest, person, number, codes)
        text = exported(signed_in(shop, "owner"), shop.contest)
        empty = create_contest(shop.team, title="Empty", slug="empty")
        entry_import = imported(empty, text, encoding)
        assert entry_import.counts == {"imported": Entry.objects.filter(contest=shop.contest).count()}
        assert people_of(empty) == people_of(shop.contest)
        assert exported(signed_in(shop, "owner"), empty).splitlines()[0] == text.splitlines()[0]
        start_undo(entry_import, audit=AuditContext(reason="Tried"))
        run_all_jobs()
        assert not Entry.objects.filter(contest=empty).exclude(points=0).exists()
        assert not Entry.objects.filter(contest=empty, line_count=0).exists()
        transaction.set_rollback(True)
