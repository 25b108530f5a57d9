"""What to do first, where there is nothing to show yet."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from apikeys.models import ApiKey
from contests.models import Contest
from purchases.stats import has_purchases


@dataclass(frozen=True, slots=True)
class OnboardingStep:
    """A sentence, the button that does it, and what to type."""

    title: str
    sentence: str
    url: str = ""
    button: str = ""
    code: str = ""


def first_contest(*, is_owner: bool) -> OnboardingStep:
    if not is_owner:
        return OnboardingStep("No contest yet", "Your team has no contest yet. Its owner makes the first.")
    sentence = "People enter a contest, and what they buy earns them points in it. It starts with 1 point per 1.00."
    return OnboardingStep("Create a contest", sentence, reverse("admin:contests_contest_add"), "Create a contest")


def onboarding_step(request: HttpRequest, contests: list[Contest], *, is_owner: bool) -> OnboardingStep | None:
    """What is missing for the first purchase of these contests, or that these days had none."""
    if has_purchases([contest.pk for contest in contests]):
        return OnboardingStep("No purchase in these days", "There are older ones: choose more days, or open the list.")
    now = timezone.now()
    keys = ApiKey.objects.filter(team__in={contest.team_id for contest in contests}, kind=ApiKey.Kind.PRIVATE)
    has_key = keys.filter(Q(expires_at=None) | Q(expires_at__gt=now), revoked_at=None).exists()
    if not is_owner:
        said = "Orders appear here as soon as the shop sends them. Until then there is nothing to look after."
        return OnboardingStep("No purchase yet", said)
    if not has_key:
        said = "The shop's server sends its orders with a private key. It is shown once, when you make it."
        return OnboardingStep("Make a key", said, reverse("admin:apikeys_apikey_add"), "Make a key")
    said = "Send the first order from your shop's server, or try it with this line and an address that has an entry."
    return OnboardingStep("Send the first purchase", said, "/api/docs", "Read the API", _curl(request, contests[0]))


def _curl(request: HttpRequest, contest: Contest) -> str:
    url: Any = request.build_absolute_uri(f"/api/v1/contests/{contest.pk}/purchases")
    return (
        f"curl -X POST {url} \\\n"
        "  -H 'x-api-key: PRIVATE_KEY' -H 'Content-Type: application/json' \\\n"
        """  -d '{"email": "ada@example.com", "orderId": "order-1", "amount": 49.99, "currency": "USD"}'"""
    )
