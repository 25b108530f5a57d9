"""The admin's site: Unfold's, with a context that is not worked out anew for each page."""

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from unfold.sites import UnfoldAdminSite

from blitzrocket.adminsite.navigation import account_links, navigation
from blitzrocket.process_cache import once_a_process

# What Unfold puts into the context of a page by its user and its address.
OF_THE_REQUEST = {
    "available_apps",
    "has_permission",
    "is_nav_sidebar_enabled",
    "is_popup",
    "log_entries",
    "account_links",
    "sidebar_navigation",
}


class Site(UnfoldAdminSite):
    """Unfold merges its settings 33 times a page, and lists the apps, which our sidebar does not show."""

    index_title = "Overview"

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        """The apps and models, built where a page shows them."""
        build = super().get_app_list
        return SimpleLazyObject(lambda: build(request, app_label))

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context = super(UnfoldAdminSite, self).each_context(request)
        return {
            **context,
            **frame_of(self),
            "account_links": account_links(request),
            "sidebar_navigation": navigation(request) if context["has_permission"] else [],
        }


@once_a_process
def frame_of(site: AdminSite) -> dict[str, Any]:
    """What the context of every page says by the settings alone: titles, colours, style sheets and scripts.

    It is that of a request of nobody, so that nothing of a user can be in it.
    """
    request = HttpRequest()
    request.user, request.META["SCRIPT_NAME"] = AnonymousUser(), ""
    context = UnfoldAdminSite.each_context(site, request)
    return {name: value for name, value in context.items() if name not in OF_THE_REQUEST}
