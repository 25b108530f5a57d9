from contests.models.audit import AuditLine
from contests.models.chore import Chore
from contests.models.contest import Contest
from contests.models.entry import Entry, NameWord
from contests.models.imports import EntryImport, EntryImportRow, FileImport, FileImportRow
from contests.models.invitation import Invitation
from contests.models.job import Job, JobStopped
from contests.models.ledger import PointTransaction
from contests.models.people import Membership, Team, User
from contests.models.rules import PointRule, RuleSet
from contests.models.sign_in import SignInFailures
from contests.models.totals import ContestTotals

__all__ = [
    "AuditLine",
    "Chore",
    "Contest",
    "ContestTotals",
    "Entry",
    "EntryImport",
    "EntryImportRow",
    "FileImport",
    "FileImportRow",
    "Invitation",
    "Job",
    "JobStopped",
    "Membership",
    "NameWord",
    "PointRule",
    "PointTransaction",
    "RuleSet",
    "SignInFailures",
    "Team",
    "User",
]
