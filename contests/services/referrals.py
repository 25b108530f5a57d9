"""Points for referrals: to the entry whose code was used, the advocate, and to the new one, the friend.

Each pair earns once, when the friend's entry is created: the database refuses a second line of an entry with the same
adjustment id, and that of a referral is made of the other entry.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from blitzrocket.emails import Email, Phone
from contests import ledger
from contests.ledger import NewLine
from contests.models import Contest, Entry, PointTransaction

Kind = PointTransaction.Kind
PREFIX = "referral/"  # of the adjustment ids of referral lines, before the id of the other entry


class NoReferralPoints(Exception):
    """The referral of an entry gave no points, or they were removed."""

    def __init__(self) -> None:
        super().__init__("There are no points for this referral, or they were removed meanwhile.")


@dataclass(frozen=True, slots=True)
class ReferralPoints:
    """The points that a sign-up gave to both sides."""

    advocate: int = 0
    friend: int = 0


NO_POINTS = ReferralPoints()


def find_advocate(contest: Contest, code: str, *, is_locked: bool) -> Entry | None:
    """The entry with that referral code; locked until the transaction ends where it may earn points.

    Our own codes are lower case, so that a phone may begin one with a capital; those from elsewhere are as they are.
    """
    entries = Entry.objects.filter(contest=contest)
    if is_locked:
        entries = entries.select_for_update(no_key=True)
    codes = dict.fromkeys([code, code.lower()])
    matches = (entries.filter(referral_code=each).first() for each in codes)
    return next((entry for entry in matches if entry is not None), None)


def is_self_referral(advocate: Entry, email: Email, phone: Phone) -> bool:
    """Whether the new entry has the advocate's phone number or mailbox, which +tags do not change."""
    has_same_phone = bool(phone.key) and phone.key == advocate.phone_key
    return has_same_phone or (bool(email.key) and email.near_key == advocate.near_key)


def earns_referral_points(contest: Contest, now: datetime) -> bool:
    """Whether a referral gives points: the contest has set some, and is running."""
    has_points = contest.advocate_points or contest.friend_points
    return bool(has_points) and contest.phase_at(now) == Contest.Phase.RUNNING


def post_referral(contest: Contest, advocate: Entry, friend: Entry, now: datetime) -> ReferralPoints:
    """Give both their points; a disqualified entry earns none.

    The caller has created the friend in this transaction and holds the advocate's lock.
    """
    points = ReferralPoints(
        0 if advocate.is_disqualified else contest.advocate_points,
        0 if friend.is_disqualified else contest.friend_points,
    )
    lines = [
        _line(advocate, points.advocate, friend, "Referred", now),
        _line(friend, points.friend, advocate, "Referred by", now),
    ]
    ledger.post_all(Kind.REFERRAL, [line for line in lines if line.points])
    return points


def referral_lines(friend: Entry) -> list[PointTransaction]:
    """The lines of both sides for the referral of an entry, without those that were removed."""
    if friend.referred_by_id is None:
        return []
    ids = {friend.pk: f"{PREFIX}{friend.referred_by_id}", friend.referred_by_id: f"{PREFIX}{friend.pk}"}
    # The kind too: the id of an adjustment by hand is what its sender wants.
    lines = PointTransaction.objects.filter(
        contest=friend.contest_id, entry__in=list(ids), adjustment_id__in=list(ids.values()), kind=Kind.REFERRAL
    )
    own = [line for line in lines.order_by("pk") if line.adjustment_id == ids[line.entry_id]]
    undoing = PointTransaction.objects.filter(contest=friend.contest_id, undoes__in=[line.pk for line in own])
    removed = set(undoing.values_list("undoes_id", flat=True)) if own else set()
    return [line for line in own if line.pk not in removed]


def remove_referral_points(friend: Entry, *, audit: AuditContext) -> list[PointTransaction]:
    """Remove the points that the referral of an entry gave to both sides; returns the lines that it undid.

    They are removed in full, also where a balance drops below 0. The same action again changes nothing.

    Raises:
        NoReferralPoints: there are none.
        RequestIdReused: another action has this request id.
    """
    with transaction.atomic():
        # Race: two people remove them at once. They wait for the entries' locks, and the second finds them removed.
        pair = [pk for pk in (friend.pk, friend.referred_by_id) if pk]
        entries = Entry.objects.locked_together(friend.contest_id, pair)
        lines = referral_lines(friend)
        if not lines:
            if audit.is_recorded():
                return []
            raise NoReferralPoints
        now = timezone.now()
        undoing = [NewLine(entries[line.entry_id], -line.points, None, now, undoes_id=line.pk) for line in lines]
        before = {pk: entry.points for pk, entry in entries.items()}
        ledger.post_all(Kind.REFERRAL, undoing, reason=audit.reason, actor=audit.user)
        for line in lines:
            entry = entries[line.entry_id]
            audit.record(
                AuditEvent.Action.ADJUSTED,
                entry,
                contest=friend.contest,
                before={"points": before[entry.pk]},
                after={"points": entry.points},
            )
            audit = audit.follow_up()
    return lines


def other_entry_id(line: PointTransaction) -> str:
    """The id of the other entry of a referral's line; empty where the line is for none."""
    return line.adjustment_id.removeprefix(PREFIX) if line.kind == Kind.REFERRAL else ""


def _line(entry: Entry, points: int, other: Entry, relation: str, now: datetime) -> NewLine:
    # The ledger is never changed, so it names the other entry by its id and not by personal data.
    adjustment_id = f"{PREFIX}{other.pk}"
    return NewLine(entry, points, None, now, adjustment_id=adjustment_id, reason=f"{relation} {other.pk}")
