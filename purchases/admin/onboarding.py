"""The steps to a first purchase, which dashboards without purchases show."""

from dataclasses import dataclass
from typing import Any

from django.contrib.admin.utils import quote
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from apikeys.models import ApiKey
from contests.admin.contest_pages import tab_url
from contests.models import Contest
from purchases.models import StoreConnection
from purchases.stats import has_purchases


@dataclass(frozen=True, slots=True)
class OnboardingStep:
    """A step: a sentence, a button, and code to copy; ``store_url`` connects a store instead."""

    title: str
    sentence: str
    url: str = ""
    button: str = ""
    code: str = ""
    store_url: str = ""


def first_contest(*, is_owner: bool) -> OnboardingStep:
    if not is_owner:
        return OnboardingStep("No contest yet", "Your team has no contest yet. Ask its owner to create one.")
    sentence = "People enter a contest and earn points for what they buy. A new contest gives 1 point per 1.00."
    return OnboardingStep("Create a contest", sentence, reverse("admin:contests_contest_add"), "Create contest")


def onboarding_step(request: HttpRequest, contests: list[Contest], *, is_owner: bool) -> OnboardingStep | None:
    """The next step to a first purchase of these contests; where there are purchases, a hint at the period."""
    if has_purchases([contest.pk for contest in contests]):
        return OnboardingStep("No purchases in this period", "Choose a longer period, or open the list of purchases.")
    keys = ApiKey.objects.usable_at(timezone.now())
    has_key = keys.filter(team__in={contest.team_id for contest in contests}, kind=ApiKey.Kind.PRIVATE).exists()
    if not is_owner:
        message = "Orders appear here as soon as the shop sends them."
        return OnboardingStep("No purchases yet", message)
    if StoreConnection.objects.filter(contest__in=contests, is_active=True).exists():
        message = "Orders appear here as soon as a connected store sends them."
        return OnboardingStep("No purchases yet", message, tab_url(contests[0], "stores"), "Open stores")
    if not has_key:
        message = "Orders come straight from Shopify, Stripe and others. Your server can send them with a private key."
        key_url = reverse("admin:apikeys_apikey_add")
        store_url = reverse("admin:contests_contest_add_store", args=[quote(contests[0].pk)])
        return OnboardingStep("Connect your store", message, key_url, "Create a private key", store_url=store_url)
    message = "Send it from your shop's server, or run this command with the email of an entry."
    return OnboardingStep(
        "Send the first order", message, "/api/docs", "Open API reference", _curl(request, contests[0])
    )


def _curl(request: HttpRequest, contest: Contest) -> str:
    url: Any = request.build_absolute_uri(f"/api/v1/contests/{contest.pk}/purchases")
    return (
        f"curl -X POST {url} \\\n"
        "  -H 'x-api-key: PRIVATE_KEY' -H 'Content-Type: application/json' \\\n"
        """  -d '{"email": "ada@example.com", "orderId": "order-1", "amount": 49.99, "currency": "USD"}'"""
    )
