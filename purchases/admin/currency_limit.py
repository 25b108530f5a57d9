"""The offer to limit a contest's rules to the one currency that its orders are in."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.admin.utils import quote
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import path, reverse

from blitzrocket.accounts.models import User
from contests.admin.contest_pages import ContestPagesMixin, tab_url
from contests.admin.rule_sets import rules_text
from contests.models import Contest
from contests.money import InvalidCurrency, read_currency
from contests.scoring import Rule
from contests.services import limit_rules_to_currency
from purchases.stats import currencies_of


class CurrencyLimitMixin(ContestPagesMixin):
    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.limit_currency)
        return [
            path("<str:object_id>/limit_currency/", view, name="contests_contest_limit_currency"),
            *super().get_urls(),
        ]

    def offer_on(self, request: HttpRequest, contest: Contest, page: str) -> dict[str, str]:
        """The offer, where an owner may take it: orders are in one currency, and a rule takes any."""
        if page not in ("overview", "rules") or not self.has_change_permission(request, contest):
            return {}
        rules = contest.current_rules().terms.rules
        currencies = currencies_of([contest.pk]).get(contest.pk, [])
        if len(currencies) != 1 or not any(_takes_any_currency(rule) for rule in rules):
            return {}
        url = reverse("admin:contests_contest_limit_currency", args=[quote(contest.pk)])
        return {"currency": currencies[0], "url": url}

    def limit_currency(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Limit the rules for any currency to one, and publish."""
        contest = self.get_for_roles(request, object_id, self.editors)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            currency = read_currency(request.POST.get("currency", ""))
        except InvalidCurrency as error:
            messages.error(request, str(error))
        else:
            live = limit_rules_to_currency(contest, currency, by=cast("User", request.user))
            message = f"Version {live.number} is live: {rules_text(contest, live.terms)}."
            messages.success(request, f"{message} To undo, restore an earlier version from the history.")
        return redirect(tab_url(contest, "rules"))


def _takes_any_currency(rule: Rule) -> bool:
    return rule.is_active and not rule.currency and rule.points_per_unit > 0
