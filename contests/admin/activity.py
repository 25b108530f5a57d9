"""The sentences of the activity log about contests, entries and their imports."""

from collections.abc import Collection, Mapping

from blitzrocket.audit.models import AuditEvent
from blitzrocket.audit.sentences import (
    OBJECT_TYPES,
    SENTENCES,
    ObjectType,
    Reference,
    SearchScope,
    Sentence,
    Subject,
    fields_changed,
    reference_in,
)
from blitzrocket.numbers import counted, show_number
from contests.models import Contest, Entry, EntryImport
from contests.services.entry_search import find_entries

MAX_FOUND = 50
Action = AuditEvent.Action


def ids_of(references: Collection[Reference]) -> dict[str, list[str]]:
    """The filter for the rows of these objects, which names their contests."""
    contest_ids = {reference.contest_id for reference in references}
    return {"contest__in": sorted(contest_ids), "pk__in": [reference.object_id for reference in references]}


def _contests(references: Collection[Reference]) -> Mapping[str, Subject]:
    ids = [reference.object_id for reference in references]
    contests = Contest.objects.filter(pk__in=ids).select_related("team")
    return {contest.pk: Subject(contest.title, zone=contest.zone) for contest in contests}


def _entries(references: Collection[Reference]) -> Mapping[str, Subject]:
    return {entry.pk: Subject(str(entry)) for entry in Entry.objects.filter(**ids_of(references))}


def _imports(references: Collection[Reference]) -> Mapping[str, Subject]:
    return {row.pk: Subject(row.file_name) for row in EntryImport.objects.filter(**ids_of(references))}


def _find_contests(text: str, scope: SearchScope) -> list[str]:
    rows = Contest.objects.filter(team__in=scope.team_ids, title__icontains=text)
    return list(rows.values_list("pk", flat=True)[:MAX_FOUND])


def _find_entries(text: str, scope: SearchScope) -> list[str]:
    return find_entries(text, scope.contest_ids)[:MAX_FOUND]


def rows_exported(event: AuditEvent, subject: Subject) -> dict[str, str]:
    """What was exported, with the number of rows; older events have none."""
    rows = event.after.get("rows")
    more = "more than " if event.after.get("more") else ""
    return {
        "what": str(event.after.get("exported", "data")),
        "rows": "" if rows is None else f" ({more}{counted(int(rows), 'row', 'rows')})",
    }


EXPORTED = ("exported", "rows", "more")


def _exported_of_team(event: AuditEvent, subject: Subject) -> dict[str, str]:
    is_person = event.after.get("exported") == "personal data"
    return {"of": " of someone without an entry" if is_person else " with unknown contests"} | rows_exported(
        event, subject
    )


def _rows_erased(event: AuditEvent, subject: Subject) -> dict[str, str]:
    rows = sum(int(count) for count in event.after.values())
    return {"rows": f" ({counted(rows, 'row', 'rows')})"}


def _version(event: AuditEvent, subject: Subject) -> dict[str, str]:
    return {"version": str(event.after.get("rule set", ""))}


def _period(event: AuditEvent, subject: Subject) -> dict[str, str]:
    days = event.after.get("days", "all")
    period = "all past orders" if days == "all" else f"the orders of the last {counted(int(days), 'day', 'days')}"
    return _version(event, subject) | {"orders": period if "continued" not in event.after else "the remaining orders"}


def _adjustment(event: AuditEvent, subject: Subject) -> dict[str, str]:
    before, after = int(event.before["points"]), int(event.after["points"])
    return {"points": show_number(after - before, signed=True), "balance": show_number(after)}


def _referral(event: AuditEvent, subject: Subject) -> dict[str, str]:
    if "advocate points" not in event.after:
        return {"referral": ""}
    advocate = counted(int(event.after["advocate points"]), "point", "points")
    friend = show_number(int(event.after["friend points"]))
    return {"referral": f", with {advocate} for the advocate and {friend} for the friend"}


def _source(event: AuditEvent) -> Reference | None:
    source = event.after.get("copy of")
    return reference_in(event, "contest", str(source)) if source else None


def imported(event: AuditEvent, subject: Subject) -> dict[str, str]:
    """How many rows an import adds."""
    return {"count": show_number(int(event.after.get("new", 0)))}


def unimported(event: AuditEvent, subject: Subject) -> dict[str, str]:
    """How many rows the undo of an import looks at."""
    return {"count": show_number(int(event.before.get("imported", 0)))}


OBJECT_TYPES |= {
    "contest": ObjectType(_contests, "a deleted contest", _find_contests),
    "entry": ObjectType(_entries, "a removed entry", _find_entries),
    "entryimport": ObjectType(_imports, "a deleted import"),
}
SENTENCES |= {
    ("contest", Action.ADDED): Sentence("created the contest {object}", mentioned=("title", "team")),
    ("contest", Action.CHANGED): Sentence(
        "changed {fields} of {object}", lambda event, subject: {"fields": fields_changed(event, Contest)}
    ),
    ("contest", Action.COPIED): Sentence(
        "created {object} as a copy of {source}", others={"source": _source}, mentioned=("copy of",)
    ),
    ("contest", Action.PUBLISHED): Sentence(
        "published rules version {version} of {object}", _version, mentioned=("rule set",)
    ),
    ("contest", Action.EXPORTED): Sentence("exported {what} of {object}{rows}", rows_exported, mentioned=EXPORTED),
    ("contest", Action.RECALCULATED): Sentence(
        "applied rules version {version} to {orders} of {object}",
        _period,
        mentioned=("rule set", "days", "recalculation", "continued"),
    ),
    ("contest", Action.UNDONE): Sentence(
        "undid a recalculation of {object}, by rules version {version}",
        _version,
        mentioned=("rule set", "recalculation"),
    ),
    ("team", Action.EXPORTED): Sentence("exported {what}{of}{rows}", _exported_of_team, mentioned=EXPORTED),
    ("team", Action.ERASED): Sentence("erased the personal data of someone without an entry{rows}", _rows_erased),
    ("entry", Action.ERASED): Sentence("erased the personal data of {object} in {contest}{rows}", _rows_erased),
    ("entry", Action.EXPORTED): Sentence("exported {what} of {object}{rows}", rows_exported, mentioned=EXPORTED),
    ("entry", Action.ADDED): Sentence(
        "added the entry {object} to {contest}{referral}",
        _referral,
        mentioned=("email", "name", "phone", "contest", "advocate points", "friend points"),
    ),
    ("entry", Action.CHANGED): Sentence(
        "changed {fields} of {object}", lambda event, subject: {"fields": fields_changed(event, Entry)}
    ),
    ("entry", Action.ADJUSTED): Sentence(
        "adjusted the points of {object} by {points} to {balance}", _adjustment, mentioned=("points",)
    ),
    ("entryimport", Action.IMPORTED): Sentence(
        "imported {object} into {contest}, new entries: {count}", imported, mentioned=("rows", "new")
    ),
    ("entryimport", Action.UNIMPORTED): Sentence(
        "undid the import {object} into {contest}, entries: {count}", unimported, mentioned=("imported",)
    ),
}
