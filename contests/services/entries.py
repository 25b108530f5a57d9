"""Services for entries: create (once per person), change, disqualify, adjust points by hand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from blitzrocket.emails import NO_EMAIL, NO_PHONE, Email, Phone
from blitzrocket.numbers import counted, show_number
from contests import ledger
from contests.models import Contest, Entry, EntryImportRow, PointTransaction
from contests.services.referrals import (
    NO_POINTS,
    ReferralPoints,
    earns_referral_points,
    find_advocate,
    is_self_referral,
    post_referral,
)


class BalanceTooLow(Exception):
    """An adjustment by hand would bring the entry below 0; it has ``balance`` points."""

    def __init__(self, balance: int) -> None:
        super().__init__(f"The entry has {counted(balance, 'point', 'points')}; remove at most {show_number(balance)}.")
        self.balance = balance


class EntryGone(Exception):
    """The undo of an import has removed the entry since it was loaded."""

    def __init__(self) -> None:
        super().__init__("This entry was removed.")


class EntryErased(EntryGone):
    """The personal data of the entry was erased; it takes no new."""

    def __init__(self) -> None:
        Exception.__init__(self, "This entry's personal data was erased, so it can't be edited.")


class EmailTaken(Exception):
    """Another entry of the contest has the email address."""


class PhoneTaken(Exception):
    """Another entry of the contest without an email address has the phone number."""


class NotReachable(Exception):
    """The entry would have neither email nor phone; ``cleared`` is the field that was cleared."""

    def __init__(self, cleared: str) -> None:
        super().__init__("Either email or phone is required")
        self.cleared = cleared


PERSONAL = ("email", "name", "phone")  # not in audit events, which cannot be erased
TAKEN_ERRORS: dict[str, type[Exception]] = {
    "entry_unique_email_per_contest": EmailTaken,
    "entry_unique_phone_per_contest": PhoneTaken,
}


def adjust_points(entry: Entry, points: int, *, adjustment_id: str, audit: AuditContext) -> PointTransaction:
    """Add points to an entry by hand, or subtract with a minus; the same adjustment id again changes nothing.

    Raises:
        BalanceTooLow: more points would be subtracted than the entry has.
        RequestIdReused: another action has this request id.
        EntryGone: the entry was removed meanwhile.
    """
    with transaction.atomic():
        # Race: the same adjustment twice (a double click), or a purchase at the same time. They wait for the entry's
        # lock, so that the second finds the first's line and balance.
        locked = _locked(entry)
        parameters = {"points": points, "adjustment": adjustment_id}
        audit.previous_event(AuditEvent.Action.ADJUSTED, locked, **parameters)  # raises RequestIdReused
        previous_line = locked.ledger.filter(contest=entry.contest_id, adjustment_id=adjustment_id).first()
        if previous_line is not None:
            return previous_line
        check_adjustment(locked, points)
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


def check_adjustment(entry: Entry, points: int) -> None:
    """Whether these points can be added to an entry by hand.

    Raises:
        BalanceTooLow: more points would be taken than the entry has.
    """
    if points < 0 and entry.points + points < 0:
        raise BalanceTooLow(entry.points)


def create_entry(contest: Contest, email: str, **fields: Any) -> Entry:
    """Create an entry with that email address.

    Raises:
        InvalidEmail: it is not an email address.
        IntegrityError: the contest has an entry with it (`entry_unique_email_per_contest`).
    """
    return _insert(contest, Email.parse(email), NO_PHONE, fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """The data of a new entry: email or phone is required; ``referral_code`` is that of the referring entry."""

    email: Email = NO_EMAIL
    name: str = ""
    phone: Phone = NO_PHONE
    referral_code: str = ""
    email_confirmed: bool = True
    is_disqualified: bool = False


REQUEST_SECONDS = 2.0  # for recording held purchases within a request

# Called after commit with new or re-addressed entries of one contest, and the seconds that it may take (None: any).
# Each returns how many purchases it recorded for them. A higher app adds its own in ``ready()``.
when_reachable: list[Callable[[Sequence[Entry], float | None], int]] = []


def announce_reachable(entries: Sequence[Entry], *, seconds: float | None = None) -> int:
    """Record the held purchases of entries that were created or got another email address; returns how many.

    Call it after the commit, in which other processes must see the entries; ``seconds`` limits the time.
    """
    return sum(call(entries, seconds) for call in when_reachable) if entries else 0


# Called with a new entry in the transaction that creates it; not with imported ones. A higher app adds its own.
when_created: list[Callable[[Entry], None]] = []


@dataclass(frozen=True, slots=True)
class SignedUp:
    """The entry of a sign-up, whether it existed before, and the points for the referral."""

    entry: Entry
    already_exists: bool
    points: ReferralPoints = NO_POINTS

    @property
    def is_referred(self) -> bool:
        """Whether the entry was created with another one's code."""
        return self.entry.referred_by_id is not None


def enter(contest: Contest, new_entry: NewEntry, *, audit: AuditContext) -> tuple[Entry, bool]:
    """`sign_up` without the points for the referral: the entry, and whether it existed."""
    signed_up = sign_up(contest, new_entry, audit=audit)
    return signed_up.entry, signed_up.already_exists


def sign_up(contest: Contest, new_entry: NewEntry, *, audit: AuditContext) -> SignedUp:
    """The entry with that email (or phone, without an email); an existing one is unchanged.

    An unknown referral code, and one's own, is ignored: no sign-up is lost to a mistyped link.
    """
    existing = _find_existing(contest, new_entry)
    if existing is not None:
        return SignedUp(existing, already_exists=True)
    try:
        with transaction.atomic():
            return _create(contest, new_entry, audit)
    except IntegrityError:
        # Races: the same person enters twice at once; the second finds the first's entry. Or the referring entry was
        # removed by the undo of its import; then this is tried again without the code.
        existing = _find_existing(contest, new_entry)
        if existing is not None:
            return SignedUp(existing, already_exists=True)
        if not new_entry.referral_code or find_advocate(contest, new_entry.referral_code, is_locked=False):
            raise
        return sign_up(contest, replace(new_entry, referral_code=""), audit=audit)


def _create(contest: Contest, new_entry: NewEntry, audit: AuditContext) -> SignedUp:
    now = timezone.now()
    earns = bool(new_entry.referral_code) and earns_referral_points(contest, now)
    # Locked before the new entry is inserted, as all locks of entries come first.
    advocate = _advocate(contest, new_entry, is_locked=earns)
    fields: dict[str, Any] = {name: getattr(new_entry, name) for name in ("name", "email_confirmed", "is_disqualified")}
    entry = _insert(contest, new_entry.email, new_entry.phone, fields | {"referred_by": advocate})
    for call in when_created:
        call(entry)
    points = NO_POINTS if advocate is None or not earns else post_referral(contest, advocate, entry, now)
    after = {"advocate points": points.advocate, "friend points": points.friend} if points != NO_POINTS else {}
    audit.record(AuditEvent.Action.ADDED, entry, contest=contest, after=after)
    return SignedUp(entry, already_exists=False, points=points)


def _advocate(contest: Contest, new_entry: NewEntry, *, is_locked: bool) -> Entry | None:
    """The entry that referred the new one, unless both are the same person."""
    if not new_entry.referral_code:
        return None
    advocate = find_advocate(contest, new_entry.referral_code, is_locked=is_locked)
    if advocate is None or is_self_referral(advocate, new_entry.email, new_entry.phone):
        return None
    return advocate


def update_entry(entry: Entry, changes: dict[str, Any], *, audit: AuditContext) -> Entry:
    """Change fields of an entry; only differences are written and recorded in the activity log.

    An ``email`` is an `Email`, a ``phone`` a `Phone`. After the commit of a new address, the caller calls
    `announce_reachable`.

    Raises:
        EmailTaken, PhoneTaken: another entry has it.
        NotReachable: neither email nor phone would be left.
        EntryGone: the entry was removed meanwhile.
        EntryErased: its personal data was erased.
    """
    try:
        with transaction.atomic():
            return _update_locked(entry, changes, audit)
    except IntegrityError as error:
        # Race: another entry takes the address or number meanwhile. A look-up before would not see it; the constraint
        # does.
        taken_error = TAKEN_ERRORS.get(constraint_of(error))
        if taken_error is None:
            raise
        raise taken_error from error


def _update_locked(entry: Entry, changes: dict[str, Any], audit: AuditContext) -> Entry:
    locked = _locked(entry)
    if locked.is_erased:
        raise EntryErased
    before = {name: getattr(locked, name) for name in changes}
    _apply(locked, changes)
    changed = [name for name in changes if getattr(locked, name) != before[name]]
    if not changed:
        return locked
    cleared = [name for name in changed if name in ("email", "phone") and not getattr(locked, name)]
    if cleared and not locked.email_key and not locked.phone_key:
        raise NotReachable(cleared[0])
    locked.save(update_fields=[*changed, "email_key", "near_key", "phone_key"])
    if "name" in changed:
        locked.index_name()
    public_fields = [name for name in changed if name not in PERSONAL]
    audit.record(
        AuditEvent.Action.CHANGED,
        locked,
        contest=entry.contest,
        before={name: before[name] for name in public_fields},
        after={name: changes[name] if name in public_fields else "changed" for name in changed},
    )
    return locked


def _locked(entry: Entry) -> Entry:
    """The entry as it is now, locked until the transaction ends."""
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


def _find_existing(contest: Contest, new_entry: NewEntry) -> Entry | None:
    """The existing entry of this person, marked so that the undo of its import no longer removes it."""
    imported = EntryImportRow.objects.filter(contest=contest, signed_up_since=False)
    existing = (
        _matching(contest, new_entry).annotate(is_only_imported=Exists(imported.filter(entry=OuterRef("pk")))).first()
    )
    if existing is None or not existing.is_only_imported:
        return existing
    with transaction.atomic():
        # Race: the import is undone meanwhile, which locks the entry while it decides. If this comes first, the undo
        # sees ``signed_up_since``; if it comes second, the entry is gone and a new one is created.
        if not Entry.objects.locked_together(contest.pk, [existing.pk]):
            return None
        imported.filter(entry=existing).update(signed_up_since=True)
    return existing


def _matching(contest: Contest, new_entry: NewEntry) -> "QuerySet[Entry]":
    """The entry with that email; by phone alone, only an entry without an email."""
    if new_entry.email.key:
        return Entry.objects.filter(contest=contest, email_key=new_entry.email.key)
    return Entry.objects.filter(contest=contest, email_key="", phone_key=new_entry.phone.key)


def _insert(contest: Contest, email: Email, phone: Phone, fields: dict[str, Any]) -> Entry:
    entry = Entry(contest=contest, **fields)
    entry.set_email(email)
    entry.set_phone(phone)
    with transaction.atomic():
        entry.save(force_insert=True)
        entry.index_name()
    return entry
