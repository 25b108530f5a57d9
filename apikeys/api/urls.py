"""The API's address for keys."""

from apikeys.api.views import KeyViewSet
from blitzrocket.api.routers import ApiRouter

router = ApiRouter()
router.register("key", KeyViewSet, basename="key")
urlpatterns = router.urls
