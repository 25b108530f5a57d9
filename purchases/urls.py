"""The API's addresses for purchases."""

from blitzrocket.api.routers import ApiRouter
from purchases.views import PurchaseViewSet

router = ApiRouter()
router.register("contests/(?P<contest_id>[^/]+)/purchases", PurchaseViewSet, basename="purchase")
urlpatterns = router.urls
