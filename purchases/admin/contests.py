"""The pages of a contest with what concerns its purchases: overview, backtest, recalculation, past orders, exports."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest

from contests.admin.contest import ContestAdmin
from contests.admin.contest_pages import Tab
from contests.admin.rules_page import RulesAdmin
from contests.models import Contest
from contests.scoring import ScoringFacts
from purchases.admin.backtest import BacktestMixin
from purchases.admin.currency_limit import CurrencyLimitMixin
from purchases.admin.exports import EXPORT_ACTIONS, ExportMixin
from purchases.admin.imports import PastOrderImportMixin
from purchases.admin.overview import OverviewMixin
from purchases.admin.recalculation import RecalculationMixin
from purchases.admin.store_tab import StoresMixin
from purchases.admin.webhook_tab import WebhooksMixin
from purchases.services import release_all_held_purchases
from purchases.services.recent_orders import currencies_coming_in, last_orders
from purchases.stats import purchases_by_rule_set

RELEASE_SECONDS = 2.0  # while the page waits; the background process does the rest

admin.site.unregister(Contest)


class RulesWithBacktestAdmin(BacktestMixin, RulesAdmin):
    def currencies_of(self, contest: Contest) -> list[str]:
        return currencies_coming_in(contest.pk)

    def last_orders_of(self, contest: Contest) -> list[ScoringFacts]:
        return last_orders(contest.pk)


@admin.register(Contest)
class ContestWithPurchasesAdmin(
    OverviewMixin,
    StoresMixin,
    WebhooksMixin,
    CurrencyLimitMixin,
    ExportMixin,
    PastOrderImportMixin,
    RecalculationMixin,
    ContestAdmin,
):
    tabs: ClassVar[list[Tab]] = [
        Tab("overview", "Overview"),
        *ContestAdmin.tabs[:-1],
        Tab("stores", "Stores"),
        Tab("webhooks", "Webhooks"),
        ContestAdmin.tabs[-1],
    ]
    rules_admin = RulesWithBacktestAdmin
    actions_detail = ["recalculate", "copy", "imports", "purchaseimports", *EXPORT_ACTIONS]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        contest = form.instance
        if contest.attaches_automatically and "attaches_automatically" in form.changed_data:
            transaction.on_commit(lambda: release_all_held_purchases(contest, seconds=RELEASE_SECONDS))

    def uses_of_rule_sets(self, contest: Contest) -> dict[str, int]:
        return purchases_by_rule_set(contest)
