"""The API's addresses for purchases."""

from blitzrocket.api.routers import ApiRouter
from purchases.api.analytics import AnalyticsViewSet
from purchases.api.batch import BatchViewSet, ReconcileViewSet
from purchases.api.purchases import PreviewViewSet, PurchaseViewSet
from purchases.api.refunds import RefundViewSet, VoidViewSet

CONTEST = "contests/(?P<contest_id>[^/]+)"
router = ApiRouter()
router.register(f"{CONTEST}/purchases/preview", PreviewViewSet, basename="preview")
router.register(f"{CONTEST}/purchases/batch", BatchViewSet, basename="batch")
router.register(f"{CONTEST}/purchases/reconcile", ReconcileViewSet, basename="reconcile")
router.register(f"{CONTEST}/purchases/(?P<purchase_id>[^/]+)/void", VoidViewSet, basename="void")
router.register(f"{CONTEST}/purchases", PurchaseViewSet, basename="purchase")
router.register(f"{CONTEST}/analytics", AnalyticsViewSet, basename="analytics")
router.register(f"{CONTEST}/refunds", RefundViewSet, basename="refund")
urlpatterns = router.urls
