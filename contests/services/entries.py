"""Entries: made once a person, changed, disqualified, and their points adjusted by hand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from blitzrocket.emails import NO_EMAIL, NO_PHONE, Email, Phone
from contests import ledger
from contests.models import Contest, Entry, EntryImportRow, PointTransaction


class BalanceTooLow(Exception):
    """A hand adjustment would bring the entry below 0; it has ``balance`` points."""

    def __init__(self, balance: int) -> None:
        super().__init__(f"The entry has {balance} points; remove at most {balance}.")
        self.balance = balance


class EntryGone(Exception):
    """The undo of an import removed the entry since it was looked up."""

    def __init__(self) -> None:
        super().__init__("This entry was removed.")


class EmailTaken(Exception):
    """Another entry of the contest has the address."""


class PhoneTaken(Exception):
    """Another entry of the contest without an address has the number."""


class NotReachable(Exception):
    """The entry would have neither an address nor a number; ``cleared`` is what it would lose."""

    def __init__(self, cleared: str) -> None:
        super().__init__("Either email or phone is required")
        self.cleared = cleared


PERSONAL = ("email", "name", "phone")  # people can be erased, the audit cannot
TAKEN: dict[str, type[Exception]] = {
    "entry_unique_email_per_contest": EmailTaken,
    "entry_unique_phone_per_contest": PhoneTaken,
}


def adjust_points(entry: Entry, points: int, *, adjustment_id: str, audit: AuditContext) -> PointTransaction:
    """Add points to an entry by hand, or take some; the same adjustment id again changes nothing.

    Raises:
        BalanceTooLow: more points would be taken than the entry has.
        RequestIdReused: another act has the act's id.
        EntryGone: it was removed meanwhile.
    """
    with transaction.atomic():
        # Race: the same adjustment twice (a double click), or a purchase at the same time: the entry's lock.
        locked = _locked(entry)
        parameters = {"points": points, "adjustment": adjustment_id}
        audit.previous_event(AuditEvent.Action.ADJUSTED, locked, **parameters)  # or its id is another act's
        known = locked.ledger.filter(contest=entry.contest_id, adjustment_id=adjustment_id).first()
        if known is not None:
            return known
        if points < 0 and locked.points + points < 0:
            raise BalanceTooLow(locked.points)
        line = ledger.post(
            locked,
            PointTransaction.Kind.ADJUSTED,
            points,
            occurred_at=timezone.now(),
            reason=audit.reason,
            adjustment_id=adjustment_id,
            actor=audit.user,
        )
        audit.record(
            AuditEvent.Action.ADJUSTED,
            locked,
            contest=entry.contest,
            before={"points": line.balance - points},
            after={"points": line.balance},
            parameters=parameters,
        )
    return line


def create_entry(contest: Contest, email: str, **fields: Any) -> Entry:
    """A new entry with that address.

    Raises:
        InvalidEmail: it is not an address.
        IntegrityError: the contest has an entry with it (`entry_unique_email_per_contest`).
    """
    return _insert(contest, Email.parse(email), NO_PHONE, fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """Somebody who enters: an address or a phone number is there; ``referral_code`` is that of who sent them."""

    email: Email = NO_EMAIL
    name: str = ""
    phone: Phone = NO_PHONE
    referral_code: str = ""
    email_confirmed: bool = True


REQUEST_SECONDS = 2.0  # for recording held purchases, while somebody waits for the answer

# Called after commit with new or re-addressed entries of one contest, and the seconds that it may take (None: any).
# Each returns how many purchases it recorded for them. A higher app adds its own in ``ready()``.
when_reachable: list[Callable[[Sequence[Entry], float | None], int]] = []


def announce_reachable(entries: Sequence[Entry], *, seconds: float | None = None) -> int:
    """Call after commit where entries were created or got another address; how many purchases that recorded."""
    return sum(call(entries, seconds) for call in when_reachable) if entries else 0


def enter(contest: Contest, new: NewEntry, *, audit: AuditContext) -> tuple[Entry, bool]:
    """The entry with that address (or phone, where it has no address), and whether it was there already.

    Nothing of one that is there is changed.

    A referral code that is nobody's is passed over: no sign-up is lost for a mistyped link.
    """
    known = _known(contest, new)
    if known is not None:
        return known, True
    fields: dict[str, Any] = {"name": new.name, "email_confirmed": new.email_confirmed}
    if new.referral_code:
        fields["referred_by"] = Entry.objects.filter(contest=contest, referral_code=new.referral_code).first()
    try:
        with transaction.atomic():
            entry = _insert(contest, new.email, new.phone, fields)
            audit.record(AuditEvent.Action.ADDED, entry, contest=contest)
            return entry, False
    except IntegrityError:
        # Races: the same person enters twice at once, and the second finds what the first made. Or the import that made
        # whoever referred them is taken back, and their code is nobody's now.
        known = _known(contest, new)
        if known is not None:
            return known, True
        referrer = fields.get("referred_by")
        if not isinstance(referrer, Entry) or Entry.objects.filter(contest=contest, pk=referrer.pk).exists():
            raise
        return enter(contest, replace(new, referral_code=""), audit=audit)


def update_entry(entry: Entry, changes: dict[str, Any], *, audit: AuditContext) -> Entry:
    """Change fields of an entry; only what differs is written and kept in the audit.

    An ``email`` is an `Email`, a ``phone`` a `Phone`. After a new address is committed, the caller releases the orders
    that waited for it.

    Raises:
        EmailTaken, PhoneTaken: another entry has it.
        NotReachable: neither email nor phone would be left.
        EntryGone: it was removed meanwhile.
    """
    try:
        with transaction.atomic():
            return _update_locked(entry, changes, audit)
    except IntegrityError as error:
        # Race: whoever takes the address or number meanwhile was not there to be looked up before, and is found here.
        taken = TAKEN.get(constraint_of(error))
        if taken is None:
            raise
        raise taken from error


def _update_locked(entry: Entry, changes: dict[str, Any], audit: AuditContext) -> Entry:
    fresh = _locked(entry)
    before = {name: getattr(fresh, name) for name in changes}
    _apply(fresh, changes)
    changed = [name for name in changes if getattr(fresh, name) != before[name]]
    if not changed:
        return fresh
    cleared = [name for name in changed if name in ("email", "phone") and not getattr(fresh, name)]
    if cleared and not fresh.email_key and not fresh.phone_key:
        raise NotReachable(cleared[0])
    fresh.save(update_fields=[*changed, "email_key", "near_key", "phone_key"])
    if "name" in changed:
        fresh.index_name()
    told = [name for name in changed if name not in PERSONAL]
    audit.record(
        AuditEvent.Action.CHANGED,
        fresh,
        contest=entry.contest,
        before={name: before[name] for name in told},
        after={name: changes[name] if name in told else "changed" for name in changed},
    )
    return fresh


def _locked(entry: Entry) -> Entry:
    """The entry as it is now, held until the transaction ends."""
    locked = Entry.objects.locked_together(entry.contest_id, [entry.pk]).get(entry.pk)
    if locked is None:
        raise EntryGone
    return locked


def _apply(entry: Entry, changes: dict[str, Any]) -> None:
    for name, value in changes.items():
        match value:
            case Email():
                entry.set_email(value)
            case Phone():
                entry.set_phone(value)
            case _:
                setattr(entry, name, value)


def constraint_of(error: IntegrityError) -> str:
    """The name of the constraint that refused a row."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None) or ""


def _known(contest: Contest, new: NewEntry) -> Entry | None:
    """The entry with that address, which an undo of the import that made it does not remove from now on."""
    imported = EntryImportRow.objects.filter(contest=contest, came_since=False)
    known = _with_address(contest, new).annotate(is_only_imported=Exists(imported.filter(entry=OuterRef("pk")))).first()
    if known is None or not known.is_only_imported:
        return known
    with transaction.atomic():
        # Race: the import is undone meanwhile, which holds the entry while it decides. Where this comes first, the undo
        # sees that they came; where it comes second, the entry is gone, and they enter like anybody else.
        if not Entry.objects.locked_together(contest.pk, [known.pk]):
            return None
        imported.filter(entry=known).update(came_since=True)
    return known


def _with_address(contest: Contest, new: NewEntry) -> "QuerySet[Entry]":
    """The entry with that address; by a number alone, only one that has no address."""
    if new.email.key:
        return Entry.objects.filter(contest=contest, email_key=new.email.key)
    return Entry.objects.filter(contest=contest, email_key="", phone_key=new.phone.key)


def _insert(contest: Contest, email: Email, phone: Phone, fields: dict[str, Any]) -> Entry:
    entry = Entry(contest=contest, **fields)
    entry.set_email(email)
    entry.set_phone(phone)
    with transaction.atomic():
        entry.save(force_insert=True)
        entry.index_name()
    return entry
