"""The URLs of the site: API, admin, invitations, landing page."""

from django.contrib import admin
from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, include, path, re_path, reverse_lazy
from django.utils.functional import lazy
from django.views.generic import RedirectView, TemplateView
from drf_spectacular.views import SpectacularSwaggerSplitView

from blitzrocket.accounts.admin.own_password import password_change_page
from blitzrocket.accounts.admin.own_sessions import sessions_page
from blitzrocket.accounts.admin.time_zone import time_zone_page
from blitzrocket.accounts.admin.two_step import recovery_codes_page, second_factor_page, setup_page, turn_off_page
from blitzrocket.accounts.views.invitations import invitation_page
from blitzrocket.accounts.views.passwords import forgot_password_page, new_password_page
from blitzrocket.accounts.views.sign_in import SignInView, second_step_page
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
    # At the addresses of Django's own pages, so that its links and redirects lead here.
    path("admin/login/", SignInView.as_view()),
    path("admin/login/code/", second_step_page, name="second_step"),
    path("admin/password_change/", password_change_page),
    path("admin/account/sessions/", sessions_page, name="own_sessions"),
    path("admin/account/two-step/", second_factor_page, name="second_factor"),
    path("admin/account/two-step/set-up/", setup_page, name="second_factor_setup"),
    path("admin/account/two-step/recovery-codes/", recovery_codes_page, name="recovery_codes"),
    path("admin/account/two-step/turn-off/", turn_off_page, name="second_factor_off"),
    path("admin/password/forgot/", forgot_password_page, name="forgot_password"),
    path("admin/password/new/", new_password_page, name="new_password"),
    path("admin/", admin.site.urls),
    path("invitation/", invitation_page, name="invitation"),
    re_path(r"^[/]*api(?:/|\Z)", views.no_such_route),
    path("favicon.ico", RedirectView.as_view(url=ICON)),
    path("", TemplateView.as_view(template_name="landing.html", extra_context={"desk_url": DESK}), name="landing"),
]
