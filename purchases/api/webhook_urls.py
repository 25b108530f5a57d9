"""The addresses that stores call."""

from django.urls import path

from purchases.api.secret_webhooks import PurchaseWebhookViewSet
from purchases.api.webhooks import store_webhook

urlpatterns = [
    path("purchase/<str:contest_id>", PurchaseWebhookViewSet.as_view({"post": "create"}), name="purchase-webhook"),
    path("<str:kind>/<str:connection_id>", store_webhook, name="store-webhook"),
]
