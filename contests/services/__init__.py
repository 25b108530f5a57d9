from contests.services.copying import copy_contest
from contests.services.entries import (
    BalanceTooLow,
    EmailTaken,
    NewEntry,
    NotReachable,
    PhoneTaken,
    adjust_points,
    create_entry,
    enter,
    update_entry,
)
from contests.services.file_imports import ImportNotReady, start_import, start_undo
from contests.services.importing import keep_upload
from contests.services.jobs import ContestBusy, start_job
from contests.services.rules import create_contest, publish_rules, terms_as_edited

__all__ = [
    "BalanceTooLow",
    "ContestBusy",
    "EmailTaken",
    "ImportNotReady",
    "NewEntry",
    "NotReachable",
    "PhoneTaken",
    "adjust_points",
    "copy_contest",
    "create_contest",
    "create_entry",
    "enter",
    "keep_upload",
    "publish_rules",
    "start_import",
    "start_job",
    "start_undo",
    "terms_as_edited",
    "update_entry",
]
