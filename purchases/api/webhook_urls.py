"""The addresses that stores call."""

from django.urls import re_path

from purchases.api.secret_webhooks import PurchaseWebhookViewSet, SignUpWebhookViewSet
from purchases.api.webhooks import store_webhook

CONTEST = "(?P<contest_id>[^/]+)"
urlpatterns = [
    re_path(f"^purchase/{CONTEST}/?$", PurchaseWebhookViewSet.as_view({"post": "create"}), name="purchase-webhook"),
    re_path(f"^signup/{CONTEST}/?$", SignUpWebhookViewSet.as_view({"post": "create"}), name="signup-webhook"),
    re_path("^(?P<kind>[^/]+)/(?P<connection_id>[^/]+)/?$", store_webhook, name="store-webhook"),
]
