"""The API's addresses for purchases."""

from blitzrocket.api.routers import ApiRouter
from purchases.views.batch import BatchViewSet, ReconcileViewSet
from purchases.views.record import PreviewViewSet, PurchaseViewSet
from purchases.views.refunds import RefundViewSet, VoidViewSet

CONTEST = "contests/(?P<contest_id>[^/]+)"
router = ApiRouter()
router.register(f"{CONTEST}/purchases/preview", PreviewViewSet, basename="preview")
router.register(f"{CONTEST}/purchases/batch", BatchViewSet, basename="batch")
router.register(f"{CONTEST}/purchases/reconcile", ReconcileViewSet, basename="reconcile")
router.register(f"{CONTEST}/purchases/(?P<purchase_id>[^/]+)/void", VoidViewSet, basename="void")
router.register(f"{CONTEST}/purchases", PurchaseViewSet, basename="purchase")
router.register(f"{CONTEST}/refunds", RefundViewSet, basename="refund")
urlpatterns = router.urls
