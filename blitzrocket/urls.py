"""The URLs of the site: API, admin, invitations, landing page."""

from django.contrib import admin
from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, include, path, re_path, reverse_lazy
from django.utils.functional import lazy
from django.views.generic import RedirectView, TemplateView
from drf_spectacular.views import SpectacularSwaggerSplitView

from blitzrocket.accounts.admin.time_zone import time_zone_page
from blitzrocket.accounts.views import invitation_page
from blitzrocket.api import views
from blitzrocket.api.document import OpenApiView

handler400 = "blitzrocket.adminsite.error_pages.bad_request"
handler403 = "blitzrocket.adminsite.error_pages.permission_denied"
handler404 = "blitzrocket.adminsite.error_pages.not_found"
handler500 = "blitzrocket.adminsite.error_pages.server_error"

ICON = lazy(static, str)("blitzrocket/icon-32.png")  # its name has a digest once files are collected
DESK = reverse_lazy("admin:purchases_purchase_desk")

api: list[URLPattern | URLResolver] = [
    path("v1/", include("purchases.api.urls")),
    path("v1/", include("contests.api.urls")),
    path("v1/", include("apikeys.api.urls")),
    path("webhooks/", include("purchases.api.webhook_urls")),
    re_path(r"^schema/?$", OpenApiView.as_view(), name="schema"),
    re_path(r"^docs/?$", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
]
urlpatterns = [
    path("api/", include(api)),
    path("openapi.json", OpenApiView.as_view()),
    path("admin/time-zone/", time_zone_page, name="reader_time_zone"),
    path("admin/", admin.site.urls),
    path("invitation/", invitation_page, name="invitation"),
    re_path(r"^[/]*api(?:/|\Z)", views.no_such_route),
    path("favicon.ico", RedirectView.as_view(url=ICON)),
    path("", TemplateView.as_view(template_name="landing.html", extra_context={"desk_url": DESK}), name="landing"),
]
