from contests.services.copying import copy_contest
from contests.services.entries import BalanceTooLow, NewEntry, adjust_points, create_entry, enter, update_entry
from contests.services.jobs import ContestBusy, start_job
from contests.services.rules import create_contest, publish_rules, terms_as_edited

__all__ = [
    "BalanceTooLow",
    "ContestBusy",
    "NewEntry",
    "adjust_points",
    "copy_contest",
    "create_contest",
    "create_entry",
    "enter",
    "publish_rules",
    "start_job",
    "terms_as_edited",
    "update_entry",
]
