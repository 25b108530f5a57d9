from contests.services.copying import copy_contest
from contests.services.entries import (
    BalanceTooLow,
    EmailTaken,
    EntryGone,
    NewEntry,
    NotReachable,
    PhoneTaken,
    adjust_points,
    check_adjustment,
    create_entry,
    enter,
    update_entry,
)
from contests.services.rules import (
    TooManyRules,
    add_rule_for_currency,
    create_contest,
    limit_rules_to_currency,
    publish_rules,
    terms_as_edited,
)

__all__ = [
    "BalanceTooLow",
    "EmailTaken",
    "EntryGone",
    "NewEntry",
    "NotReachable",
    "PhoneTaken",
    "TooManyRules",
    "add_rule_for_currency",
    "adjust_points",
    "check_adjustment",
    "copy_contest",
    "create_contest",
    "create_entry",
    "enter",
    "limit_rules_to_currency",
    "publish_rules",
    "terms_as_edited",
    "update_entry",
]
