"""The admin's menu, in the users' words; everybody sees what their roles open."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from contests.admin.scope import EVERYBODY, OWNER, may


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Groups of links for Unfold's sidebar."""
    everybody, owner, superuser = may(request, *EVERYBODY), may(request, OWNER), request.user.is_superuser
    groups = [
        (
            _("Contests"),
            [
                (_("Contests"), "emoji_events", "contests_contest", everybody),
                (_("Entries"), "group", "contests_entry", everybody),
            ],
        ),
        (
            _("Orders"),
            [
                (_("Purchases"), "shopping_bag", "purchases_purchase", everybody),
                (_("Rejected attempts"), "report", "purchases_rejectedpurchase", everybody),
            ],
        ),
        (
            _("Settings"),
            [
                (_("API keys"), "key", "apikeys_apikey", owner),
                (_("Team"), "badge", "contests_membership", owner),
                (_("All teams"), "domain", "contests_team", superuser),
                (_("All users"), "manage_accounts", "contests_user", superuser),
            ],
        ),
    ]
    return [
        {"title": title, "separator": True, "items": [_item(*item[:3]) for item in items if item[3]]}
        for title, items in groups
        if any(item[3] for item in items)
    ]


def _item(title: Any, icon: str, page: str) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse(f"admin:{page}_changelist")}
