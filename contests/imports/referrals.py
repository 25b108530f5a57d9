"""Who referred whom in a file of entries, whichever of the two stands further up."""

from dataclasses import dataclass, field

from django.db import connection

from contests.models import Contest, Entry, EntryImport, EntryImportRow


@dataclass(slots=True)
class Referrals:
    """Entries of an import by the referral code of who sent them, as long as nobody has that code."""

    contest: Contest
    waiting: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, entry_import: EntryImport) -> "Referrals":
        """Those that wait from before, where another process began the import."""
        referrals = cls(entry_import.contest)
        rows = entry_import.rows.filter(
            contest=entry_import.contest_id,
            outcome=EntryImportRow.Outcome.MADE,
            values__has_key="referred_by",
            entry__contest=entry_import.contest_id,
            entry__referred_by=None,
        )
        for code, entry_id in rows.values_list("values__referred_by", "entry"):
            referrals.waiting.setdefault(code, []).append(entry_id)
        return referrals

    def add(self, made: dict[Entry, str]) -> None:
        """Note new entries with the code of who sent them, and link whoever can be linked now.

        It is called in the transaction that made them.
        """
        for entry, code in made.items():
            if code:
                self.waiting.setdefault(code, []).append(entry.pk)
        codes = {code for code in made.values() if code} | {entry.referral_code for entry in made}
        referrers = Entry.objects.filter(contest=self.contest, referral_code__in=codes & self.waiting.keys())
        pairs = [
            (referred, referrer)
            for code, referrer in referrers.values_list("referral_code", "pk")
            for referred in self.waiting.pop(code)
            if referred != referrer
        ]
        self._link(dict(pairs))

    def _link(self, referrers: dict[str, str]) -> None:
        if not referrers:
            return
        # Some were made by an earlier step and earn points by now: locked in the order that everybody takes them in.
        Entry.objects.locked_together(self.contest.pk, referrers)
        with connection.cursor() as cursor:
            cursor.execute(_LINK, [list(referrers), list(referrers.values()), self.contest.pk])


_LINK = """
    UPDATE contests_entry SET referred_by_id = pair.referrer
    FROM unnest(%s::text[], %s::text[]) AS pair (referred, referrer)
    WHERE contests_entry.contest_id = %s AND contests_entry.id = pair.referred
"""
