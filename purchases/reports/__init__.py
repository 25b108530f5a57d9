from purchases.reports.figures import (
    Figures,
    Sum,
    currencies_of,
    figures_of,
    first_day_of,
    has_purchases,
    judged_by_rule_set,
)
from purchases.reports.roll_up import catch_up, catch_up_all, closed_until, forget, prove, rebuild
from purchases.reports.totals import figures_of_purchases, update_totals, update_totals_of

__all__ = [
    "Figures",
    "Sum",
    "catch_up",
    "catch_up_all",
    "closed_until",
    "currencies_of",
    "figures_of",
    "figures_of_purchases",
    "first_day_of",
    "forget",
    "has_purchases",
    "judged_by_rule_set",
    "prove",
    "rebuild",
    "update_totals",
    "update_totals_of",
]
