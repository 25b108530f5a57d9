"""The API's URLs of contests and entries."""

from blitzrocket.api.routers import ApiRouter
from contests.api.contests import ContestViewSet
from contests.api.entries import ContestEntryViewSet, EntryViewSet

router = ApiRouter()
router.register("contests", ContestViewSet, basename="contest")
router.register("contests/(?P<contest_id>[^/]+)/entries", ContestEntryViewSet, basename="contest-entry")
router.register("entries", EntryViewSet, basename="entry")
urlpatterns = router.urls
