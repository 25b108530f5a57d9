from contests.services.entries import BalanceTooLow, NewEntry, adjust_points, create_entry, enter, update_entry
from contests.services.rules import create_contest, publish_rules, terms_as_edited

__all__ = [
    "BalanceTooLow",
    "NewEntry",
    "adjust_points",
    "create_contest",
    "create_entry",
    "enter",
    "publish_rules",
    "terms_as_edited",
    "update_entry",
]
