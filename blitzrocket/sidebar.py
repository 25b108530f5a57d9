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
                (_("Dashboard"), "monitoring", "index", everybody),
                (_("Contests"), "emoji_events", "contests_contest_changelist", everybody),
                (_("Entries"), "group", "contests_entry_changelist", everybody),
            ],
        ),
        (
            _("Orders"),
            [
                (_("Support desk"), "support_agent", "purchases_purchase_desk", everybody),
                (_("Purchases"), "shopping_bag", "purchases_purchase_changelist", everybody),
                (_("Rejected attempts"), "report", "purchases_rejectedpurchase_changelist", everybody),
                (_("Waiting refunds"), "hourglass_top", "purchases_waitingrefund_changelist", everybody),
                (_("What people did"), "history", "contests_auditline_changelist", everybody),
            ],
        ),
        (
            _("Settings"),
            [
                (_("API keys"), "key", "apikeys_apikey_changelist", owner),
                (_("Team"), "badge", "contests_membership_changelist", owner),
                (_("Invitations"), "mail", "contests_invitation_changelist", owner),
                (_("All teams"), "domain", "contests_team_changelist", superuser),
                (_("All users"), "manage_accounts", "contests_user_changelist", superuser),
            ],
        ),
    ]
    links = [reverse(f"admin:{item[2]}") for _title, items in groups for item in items]
    here = max((link for link in links if request.path.startswith(link)), key=len, default="")
    here = "" if here == reverse("admin:index") != request.path else here
    return [
        {"title": title, "separator": True, "items": [_item(*item[:3], here) for item in items if item[3]]}
        for title, items in groups
        if any(item[3] for item in items)
    ]


def _item(title: Any, icon: str, page: str, here: str) -> dict[str, Any]:
    link = reverse(f"admin:{page}")
    return {"title": title, "icon": icon, "link": link, "active": link == here}
