"""Referrals between the entries of an import, in any order of the two rows."""

from dataclasses import dataclass, field

from django.db import connection

from contests.models import Contest, Entry, EntryImport, EntryImportRow


@dataclass(slots=True)
class Referrals:
    """Imported entries whose referring entry does not exist yet, by its referral code."""

    contest: Contest
    unresolved: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, entry_import: EntryImport) -> "Referrals":
        """The unresolved referrals of earlier steps, which another process may have run."""
        referrals = cls(entry_import.contest)
        rows = entry_import.rows.filter(
            contest=entry_import.contest_id,
            outcome=EntryImportRow.Outcome.IMPORTED,
            values__has_key="referred_by",
            entry__contest=entry_import.contest_id,
            entry__referred_by=None,
        )
        for code, entry_id in rows.values_list("values__referred_by", "entry"):
            referrals.unresolved.setdefault(code, []).append(entry_id)
        return referrals

    def add(self, new_entries: dict[Entry, str]) -> None:
        """Add new entries with their ``referred_by`` codes, and link those whose referring entry exists now.

        Call it in the transaction that creates the entries.
        """
        for entry, code in new_entries.items():
            if code:
                self.unresolved.setdefault(code, []).append(entry.pk)
        codes = {code for code in new_entries.values() if code} | {entry.referral_code for entry in new_entries}
        referrers = Entry.objects.filter(contest=self.contest, referral_code__in=codes & self.unresolved.keys())
        pairs = [
            (referred, referrer)
            for code, referrer in referrers.values_list("referral_code", "pk")
            for referred in self.unresolved.pop(code)
            if referred != referrer
        ]
        self._link(dict(pairs))

    def _link(self, referrers: dict[str, str]) -> None:
        if not referrers:
            return
        # Entries of earlier steps may earn points at the same time; `locked_together` has the common order of locks.
        Entry.objects.locked_together(self.contest.pk, referrers)
        with connection.cursor() as cursor:
            cursor.execute(_LINK, [list(referrers), list(referrers.values()), self.contest.pk])


_LINK = """
    UPDATE contests_entry SET referred_by_id = pair.referrer
    FROM unnest(%s::text[], %s::text[]) AS pair (referred, referrer)
    WHERE contests_entry.contest_id = %s AND contests_entry.id = pair.referred
"""
