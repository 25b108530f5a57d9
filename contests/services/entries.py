"""Entries: made once a person, changed, disqualified, and their points adjusted by hand."""

from dataclasses import dataclass, replace
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from contests import ledger
from contests.audit import Act
from contests.identity import Email
from contests.models import AuditLine, Contest, Entry, EntryImportRow, PointTransaction


class BalanceTooLow(Exception):
    """A hand adjustment would bring the entry below 0; it has ``balance`` points."""

    def __init__(self, balance: int) -> None:
        super().__init__(f"The entry has {balance} points; take at most those.")
        self.balance = balance


def adjust_points(entry: Entry, points: int, *, adjustment_id: str, act: Act) -> PointTransaction:
    """Add points to an entry by hand, or take some; the same adjustment id again changes nothing.

    Raises:
        BalanceTooLow: more points would be taken than the entry has.
        ActIdTaken: another act has the act's id.
    """
    with transaction.atomic():
        # Race: the same adjustment twice (a double click), or a purchase at the same time: the entry's lock.
        locked = Entry.objects.locked_together(entry.contest_id, [entry.pk])[entry.pk]
        parameters = {"points": points, "adjustment": adjustment_id}
        act.previous_line(AuditLine.Action.ADJUSTED, locked, **parameters)  # or its id is another act's
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
            reason=act.reason,
            adjustment_id=adjustment_id,
            actor=act.user,
        )
        act.note(
            AuditLine.Action.ADJUSTED,
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
    return _insert(contest, Email.parse(email), fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """Somebody who enters: an address or a phone number is there; ``referral_code`` is that of who sent them."""

    email: Email | None = None
    name: str = ""
    phone: str = ""
    referral_code: str = ""
    email_confirmed: bool = True


def enter(contest: Contest, new: NewEntry, *, act: Act) -> tuple[Entry, bool]:
    """The entry with that address (or phone, where it has no address), and whether it was there already.

    Nothing of one that is there is changed.

    A referral code that is nobody's is passed over: no sign-up is lost for a mistyped link.
    """
    known = _with_address(contest, new)
    if known is not None:
        EntryImportRow.objects.filter(entry=known, came_since=False).update(came_since=True)
        return known, True
    fields: dict[str, Any] = {"name": new.name, "phone": new.phone, "email_confirmed": new.email_confirmed}
    if new.referral_code:
        fields["referred_by"] = Entry.objects.filter(contest=contest, referral_code=new.referral_code).first()
    try:
        with transaction.atomic():
            entry = _insert(contest, new.email or Email("", ""), fields)
            act.note(AuditLine.Action.ADDED, entry, contest=contest)
            return entry, False
    except IntegrityError:
        # Races: the same person enters twice at once, and the second finds what the first made. Or the import that made
        # whoever referred them is taken back, and their code is nobody's now.
        known = _with_address(contest, new)
        if known is not None:
            return known, True
        referrer = fields.get("referred_by")
        if not isinstance(referrer, Entry) or Entry.objects.filter(pk=referrer.pk).exists():
            raise
        return enter(contest, replace(new, referral_code=""), act=act)


def update_entry(entry: Entry, changes: dict[str, Any], *, act: Act) -> Entry:
    """Change name, phone or confirmation; only what differs is written and kept in the audit."""
    with transaction.atomic():
        fresh = Entry.objects.locked_together(entry.contest_id, [entry.pk])[entry.pk]
        changed = {name: value for name, value in changes.items() if getattr(fresh, name) != value}
        if not changed:
            return fresh
        before = {name: getattr(fresh, name) for name in changed}
        for name, value in changed.items():
            setattr(fresh, name, value)
        fresh.save(update_fields=list(changed))
        if "name" in changed:
            fresh.index_name()
        told = {name for name in changed if name not in ("name", "phone")}  # people can be erased, the audit cannot
        act.note(
            AuditLine.Action.CHANGED,
            fresh,
            contest=entry.contest,
            before={name: before[name] for name in told},
            after={name: changed[name] if name in told else "changed" for name in changed},
        )
    return fresh


def _with_address(contest: Contest, new: NewEntry) -> Entry | None:
    if new.email is None:
        return Entry.objects.filter(contest=contest, email_key="", phone=new.phone).first()
    return Entry.objects.filter(contest=contest, email_key=new.email.key).first()


def _insert(contest: Contest, email: Email, fields: dict[str, Any]) -> Entry:
    entry = Entry(contest=contest, **fields)
    entry.set_email(email)
    with transaction.atomic():
        entry.save(force_insert=True)
        entry.index_name()
    return entry
