"""The API's addresses for contests and entries."""

from blitzrocket.api.routers import ApiRouter
from contests.api.contests import ContestsViewSet
from contests.api.entries import EntriesOfContestViewSet, EntriesViewSet

router = ApiRouter()
router.register("contests", ContestsViewSet, basename="contest")
router.register("contests/(?P<contest_id>[^/]+)/entries", EntriesOfContestViewSet, basename="contest-entry")
router.register("entries", EntriesViewSet, basename="entry")
urlpatterns = router.urls
