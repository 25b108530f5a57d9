"""What to do first, where there is nothing to show yet."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apikeys.models import ApiKey
from contests.models import Contest
from purchases.reports import has_purchases


@dataclass(frozen=True, slots=True)
class Step:
    """A sentence, the button that does it, and what to type."""

    title: str
    sentence: str
    url: str = ""
    button: str = ""
    code: str = ""


def first_contest(*, is_owner: bool) -> Step:
    if not is_owner:
        return Step(_("No contest yet"), _("Your team has no contest yet. Its owner makes the first."))
    sentence = _("People enter a contest, and what they buy earns them points in it. It starts with 1 point per 1.00.")
    return Step(_("Create a contest"), sentence, reverse("admin:contests_contest_add"), _("Create a contest"))


def next_step(request: HttpRequest, contests: list[Contest], *, is_owner: bool) -> Step | None:
    """What is missing for the first purchase of these contests, or that these days had none."""
    if has_purchases([contest.pk for contest in contests]):
        return Step(_("No purchase in these days"), _("There are older ones: choose more days, or open the list."))
    now = timezone.now()
    keys = ApiKey.objects.filter(team__in={contest.team_id for contest in contests}, kind=ApiKey.Kind.PRIVATE)
    has_key = keys.filter(Q(expires_at=None) | Q(expires_at__gt=now), revoked_at=None).exists()
    if not is_owner:
        said = _("Orders appear here as soon as the shop sends them. Until then there is nothing to look after.")
        return Step(_("No purchase yet"), said)
    if not has_key:
        said = _("The shop's server sends its orders with a private key. It is shown once, when you make it.")
        return Step(_("Make a key"), said, reverse("admin:apikeys_apikey_add"), _("Make a key"))
    said = _("Send the first order from your shop's server, or try it with this line and an address that has an entry.")
    return Step(_("Send the first purchase"), said, "/api/docs", _("Read the API"), _curl(request, contests[0]))


def _curl(request: HttpRequest, contest: Contest) -> str:
    url: Any = request.build_absolute_uri(f"/api/v1/contests/{contest.pk}/purchases")
    return (
        f"curl -X POST {url} \\\n"
        "  -H 'x-api-key: PRIVATE_KEY' -H 'Content-Type: application/json' \\\n"
        """  -d '{"email": "ada@example.com", "orderId": "order-1", "amount": 49.99, "currency": "USD"}'"""
    )
