from contests.models.contest import Contest
from contests.models.entry import Entry
from contests.models.ledger import PointTransaction
from contests.models.people import Membership, Team, User
from contests.models.rules import PointRule, RuleSet

__all__ = ["Contest", "Entry", "Membership", "PointRule", "PointTransaction", "RuleSet", "Team", "User"]
