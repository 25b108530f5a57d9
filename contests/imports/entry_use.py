"""The activity of entries besides their import, by which an undo decides what to remove."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from blitzrocket.audit.models import AuditEvent
from contests.models import Contest, Entry, EntryImportRow, PointTransaction

Outcome = EntryImportRow.Outcome

# Each returns which of some entries of a contest it refers to, so that the undo of an import does not remove them. A
# higher app adds its own in ``ready()``.
entry_usage_checks: list[Callable[[Contest, Collection[str]], Iterable[str]]] = []


@dataclass(slots=True)
class EntryUse:
    """The activity of some entries, seen from one import."""

    imported: dict[str, PointTransaction] = field(default_factory=dict)  # the import's ledger line, by entry
    settled: set[str] = field(default_factory=set)  # entries with reversed points of undone imports
    # entries with other activity: orders, other points, referrals, a sign-up or a change
    used: set[str] = field(default_factory=set)


def entry_use_of(contest: Contest, ids: Collection[str], import_id: str = "") -> EntryUse:
    """The activity of these entries, seen from one import or from none."""
    rows = EntryImportRow.objects.filter(contest=contest, entry__in=ids)
    used = {entry_id for entries_used in entry_usage_checks for entry_id in entries_used(contest, ids)}
    used |= set(Entry.objects.filter(contest=contest, referred_by__in=ids).values_list("referred_by_id", flat=True))
    used |= set(rows.filter(signed_up_since=True).values_list("entry_id", flat=True))
    used |= set(AuditEvent.objects.filter(object_type="entry", object_id__in=ids).values_list("object_id", flat=True))
    use = EntryUse(used=used)
    undone_pairs = set(rows.filter(outcome=Outcome.POINTS_REMOVED).values_list("entry_id", "entry_import"))
    lines = list(PointTransaction.objects.filter(contest=contest, entry__in=ids))
    settled = {line.pk for line in lines if (line.entry_id, line.adjustment_id) in undone_pairs}
    for line in lines:
        if line.pk in settled or line.undoes_id in settled:
            use.settled.add(line.entry_id)
        elif import_id and line.adjustment_id == import_id:
            use.imported[line.entry_id] = line
        else:
            use.used.add(line.entry_id)
    return use


def entries_of_undone_imports(contest: Contest, ids: Collection[str]) -> set[str]:
    """Which of these entries stayed only for ledger lines of undone imports."""
    rows = EntryImportRow.objects.filter(contest=contest, entry__in=ids).values_list("entry_id", "outcome")
    outcomes = set(rows)
    entry_ids = {entry_id for entry_id, outcome in outcomes if outcome == Outcome.POINTS_REMOVED and entry_id}
    entry_ids -= {entry_id for entry_id, outcome in outcomes if outcome != Outcome.POINTS_REMOVED}
    return entry_ids - entry_use_of(contest, entry_ids).used if entry_ids else entry_ids
