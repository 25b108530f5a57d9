from contests.models.contest import Contest
from contests.models.entry import Entry, NameWord
from contests.models.imports import EntryImport, EntryImportRow, FileImport, FileImportRow
from contests.models.ledger import PointTransaction
from contests.models.rules import PointRule, RuleSet
from contests.models.totals import EntryTotals

__all__ = [
    "Contest",
    "Entry",
    "EntryImport",
    "EntryImportRow",
    "EntryTotals",
    "FileImport",
    "FileImportRow",
    "NameWord",
    "PointRule",
    "PointTransaction",
    "RuleSet",
]
