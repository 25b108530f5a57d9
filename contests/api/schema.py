"""How the calls about contests and entries stand in the OpenAPI description."""

from drf_spectacular.utils import OpenApiParameter

from blitzrocket.api import exceptions
from blitzrocket.api.pagination import PageQuery
from blitzrocket.api.schema import describe
from contests.api.queries import EntryListQuery, LeaderboardQuery, LookupQuery
from contests.api.serializers import (
    AdjustedSerializer,
    AdjustPointsSerializer,
    ContestSerializer,
    CreatedEntrySerializer,
    CreateEntrySerializer,
    DisqualifySerializer,
    EntrySerializer,
    PlaceSerializer,
    UpdateEntrySerializer,
)

CONTEST = OpenApiParameter("contest_id", str, OpenApiParameter.PATH, description="The contest's id.")
ENTRY = OpenApiParameter("entry_id", str, OpenApiParameter.PATH, description="The entry's id.")

describe_contests = describe(
    "listContests", "The team's contests", "Contests", ContestSerializer, paged=True, parameters=[PageQuery]
)
describe_contest = describe(
    "getContest",
    "One contest",
    "Contests",
    ContestSerializer,
    fails=(exceptions.ContestNotFoundError,),
    parameters=[CONTEST],
)
describe_leaderboard = describe(
    "getLeaderboard",
    "The leaderboard",
    "Contests",
    PlaceSerializer,
    many=True,
    fails=(exceptions.ContestNotFoundError,),
    parameters=[CONTEST, LeaderboardQuery],
)
describe_entries = describe(
    "listEntries",
    "A contest's entries",
    "Entries",
    EntrySerializer,
    paged=True,
    fails=(exceptions.PrivateKeyRequiredError, exceptions.ContestNotFoundError),
    parameters=[CONTEST, EntryListQuery],
)
describe_create_entry = describe(
    "createEntry",
    "Make an entry",
    "Entries",
    CreatedEntrySerializer,
    body=CreateEntrySerializer,
    statuses={
        201: "Made.",
        200: "The contest has an entry with that email, or with that phone and no email; nothing changed.",
    },
    fails=(exceptions.ContestNotFoundError,),
    parameters=[CONTEST],
    example={"email": "ada@example.com", "name": "Ada Lovelace"},
)
describe_entry = describe(
    "getEntry", "One entry", "Entries", EntrySerializer, fails=(exceptions.EntryNotFoundError,), parameters=[ENTRY]
)
describe_lookup = describe(
    "lookupEntry",
    "The entry with an email address",
    "Entries",
    EntrySerializer,
    fails=(exceptions.ContestNotFoundError, exceptions.EntryNotFoundError),
    parameters=[LookupQuery],
)
describe_update_entry = describe(
    "updateEntry",
    "Change an entry",
    "Entries",
    EntrySerializer,
    body=UpdateEntrySerializer,
    fails=(exceptions.EntryNotFoundError, exceptions.EmailTakenError, exceptions.PhoneTakenError),
    parameters=[ENTRY],
    example={"name": "Ada King", "emailConfirmed": True},
)
describe_disqualify = describe(
    "disqualifyEntry",
    "Disqualify an entry, or take it back",
    "Entries",
    EntrySerializer,
    body=DisqualifySerializer,
    fails=(exceptions.EntryNotFoundError,),
    parameters=[ENTRY],
    example={"reason": "Entered twice"},
)
describe_adjust_points = describe(
    "adjustPoints",
    "Add or take points by hand",
    "Entries",
    AdjustedSerializer,
    body=AdjustPointsSerializer,
    fails=(exceptions.EntryNotFoundError, exceptions.BalanceTooLowError),
    parameters=[ENTRY],
    example={"points": 50, "reason": "Welcome bonus", "adjustmentId": "welcome-ada"},
)
