"""Taking an import back: who has nothing but it goes, and whoever has more stays."""

from collections.abc import Iterable
from datetime import timedelta
from typing import TypeAlias

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from contests import ledger
from contests.audit import Act
from contests.models import AuditLine, Entry, EntryImport, EntryImportRow, Job, PointTransaction
from contests.services.importing import ImportNotReady, end_with, import_of, settle
from contests.services.jobs import start_job
from purchases.models import Purchase

ENTRIES_AT_ONCE = 50  # few: before PostgreSQL 18, each that is removed has the whole ledger looked through
DAYS_KEPT = 30

Outcome: TypeAlias = EntryImportRow.Outcome
State = EntryImport.State


def start_undo(kept: EntryImport, *, act: Act) -> Job:
    """Have an import taken back in the background; the same act again is the same job.

    Raises:
        ImportNotReady: there is nothing to take back, or its rows are forgotten.
        ContestBusy: another job writes to the contest.
        ActIdTaken: another act has this id.
    """
    with transaction.atomic():
        # Race: a double click. The second waits here and sees that it was started.
        fresh = EntryImport.objects.select_for_update(of=["self"]).select_related("contest", "job").get(pk=kept.pk)
        if act.was_done_to(fresh) and fresh.job is not None:
            return fresh.job
        if not fresh.can_be_undone:
            raise ImportNotReady
        params = {"import": fresh.pk, "reason": act.reason}
        job = start_job(Job.Kind.UNDO_IMPORT, fresh.contest, by=act.user, **params)
        fresh.state, fresh.job = State.UNDOING, job
        fresh.save(update_fields=["state", "job"])
        made = fresh.count_outcomes().get(Outcome.MADE, 0)
        act.note(AuditLine.Action.UNIMPORTED, fresh, contest=fresh.contest, before={"made": made}, after={"made": 0})
    return job


def undo_import(job: Job) -> None:
    """The handler of taking it back."""
    kept = import_of(job)
    rows_left = EntryImportRow.objects.filter(contest=job.contest_id, entry_import=kept, outcome=Outcome.MADE)
    total = job.total or rows_left.count()
    done = job.done
    while True:
        with transaction.atomic():
            rows = list(rows_left.order_by("line")[:ENTRIES_AT_ONCE])
            done += len(rows)
            job.proceed(done, total=total)
            if not rows:
                end_with(kept, State.UNDONE, job)
                return
            _take_back(kept, rows, job)


def forget_old_imports() -> int:
    """Delete the rows of imports that are older than `DAYS_KEPT`; how many there were. Figures and names stay."""
    before = timezone.now() - timedelta(days=DAYS_KEPT)
    count = 0
    for old in EntryImport.objects.filter(created_at__lt=before, forgotten_at=None).select_related("job"):
        if old.is_busy:
            continue
        with transaction.atomic():
            old.counts, old.content, old.forgotten_at = old.count_outcomes(), b"", timezone.now()
            old.save(update_fields=["counts", "content", "forgotten_at"])
            rows = EntryImportRow.objects.filter(contest=old.contest_id, entry_import=old)
            count += rows.delete()[0]
    return count


def _take_back(kept: EntryImport, rows: list[EntryImportRow], job: Job) -> None:
    # Races: a purchase of theirs is recorded, or somebody enters with their referral code. Both hold the entry while
    # they do, so they are waited for here and seen below; who comes later finds the entry gone.
    ids = [row.entry_id for row in rows if row.entry_id]
    entries = {
        entry.pk: entry
        for entry in Entry.objects.filter(contest=kept.contest, pk__in=ids).order_by("pk").select_for_update()
    }
    bonuses, used = _traces(kept, ids)
    _post_back(kept, entries, bonuses, job)
    for row in rows:
        row.outcome, row.note = _outcome(row.entry_id, bonuses, used)
        if row.outcome == Outcome.REMOVED:
            row.entry_id = None
    settle(rows)
    Entry.objects.filter(contest=kept.contest, pk__in=entries.keys() - used - bonuses.keys()).delete()


def _outcome(entry_id: str | None, bonuses: dict[str, PointTransaction], used: set[str]) -> tuple[Outcome, str]:
    if entry_id in used:
        return Outcome.STAYED, _("Its imported points were taken back.") if entry_id in bonuses else ""
    if entry_id in bonuses:
        return Outcome.TAKEN, _("The ledger keeps its lines for ever, and so its entry.")
    return Outcome.REMOVED, ""


def _traces(kept: EntryImport, ids: Iterable[str]) -> tuple[dict[str, PointTransaction], set[str]]:
    """The imported points by entry, and which entries have more than those: orders, other points, people they
    referred, a sign-up or a change of their own.
    """
    bonuses: dict[str, PointTransaction] = {}
    used = set(Purchase.objects.filter(contest=kept.contest, entry__in=ids).values_list("entry_id", flat=True))
    used |= set(
        Entry.objects.filter(contest=kept.contest, referred_by__in=ids).values_list("referred_by_id", flat=True)
    )
    used |= set(EntryImportRow.objects.filter(entry__in=ids, came_since=True).values_list("entry_id", flat=True))
    used |= set(AuditLine.objects.filter(object_type="entry", object_id__in=ids).values_list("object_id", flat=True))
    for line in PointTransaction.objects.filter(contest=kept.contest, entry__in=ids):
        if line.adjustment_id == kept.pk:
            bonuses[line.entry_id] = line
        else:
            used.add(line.entry_id)
    return bonuses, used


def _post_back(kept: EntryImport, entries: dict[str, Entry], bonuses: dict[str, PointTransaction], job: Job) -> None:
    now = timezone.now()
    lines = [ledger.NewLine(entries[pk], -bonus.points, None, now, undoes_id=bonus.pk) for pk, bonus in bonuses.items()]
    ledger.post_all(PointTransaction.Kind.BONUS, lines, reason=job.params["reason"], actor=job.actor)
