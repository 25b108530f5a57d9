"""The API's addresses for purchases and refunds."""

from django.urls import re_path

from blitzrocket.api.routers import ApiRouter
from purchases.api.analytics import AnalyticsViewSet
from purchases.api.purchases import PurchaseViewSet
from purchases.api.refunds import RefundViewSet

CONTEST = "contests/(?P<contest_id>[^/]+)"
router = ApiRouter()
router.register(f"{CONTEST}/purchases", PurchaseViewSet, basename="purchase")
router.register(f"{CONTEST}/refunds", RefundViewSet, basename="refund")
urlpatterns = [
    *router.urls,
    re_path(f"^{CONTEST}/analytics/?$", AnalyticsViewSet.as_view({"get": "retrieve"}), name="analytics"),
]
