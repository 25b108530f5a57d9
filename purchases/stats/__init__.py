from purchases.stats.queries import (
    Figures,
    FigureTotal,
    currencies_of,
    figures_of,
    has_purchases,
    purchases_by_rule_set,
)
from purchases.stats.rollup import catch_up, catch_up_all, closed_until, prove, rebuild, reset_stats
from purchases.stats.totals import (
    figures_of_purchases,
    purchase_count,
    purchase_totals_of,
    update_totals,
    update_totals_of,
)

__all__ = [
    "FigureTotal",
    "Figures",
    "catch_up",
    "catch_up_all",
    "closed_until",
    "currencies_of",
    "figures_of",
    "figures_of_purchases",
    "has_purchases",
    "prove",
    "purchase_count",
    "purchase_totals_of",
    "purchases_by_rule_set",
    "rebuild",
    "reset_stats",
    "update_totals",
    "update_totals_of",
]
