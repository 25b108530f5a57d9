"""How the calls about contests and entries stand in the OpenAPI description."""

from blitzrocket.api import exceptions
from blitzrocket.api.schema import describe
from contests.api.serializers import (
    AdjustedSerializer,
    CreatedEntrySerializer,
    EntrySerializer,
)

describe_contests = describe("listContests", "The team's contests", "Contests")
describe_contest = describe(
    "getContest",
    "One contest",
    "Contests",
    fails=(exceptions.ContestNotFoundError,),
)
describe_leaderboard = describe(
    "getLeaderboard",
    "The leaderboard",
    "Contests",
    many=True,
    fails=(exceptions.ContestNotFoundError,),
)
describe_entries = describe(
    "listEntries",
    "A contest's entries",
    "Entries",
    fails=(exceptions.PrivateKeyRequiredError, exceptions.ContestNotFoundError),
)
describe_create_entry = describe(
    "createEntry",
    "Make an entry",
    "Entries",
    CreatedEntrySerializer,
    statuses={
        201: "Made.",
        200: "The contest has an entry with that email, or with that phone and no email; nothing changed.",
    },
    fails=(exceptions.ContestNotFoundError,),
    example={"email": "ada@example.com", "name": "Ada Lovelace"},
)
describe_entry = describe("getEntry", "One entry", "Entries", fails=(exceptions.EntryNotFoundError,))
describe_lookup = describe(
    "lookupEntry",
    "The entry with an email address",
    "Entries",
    fails=(exceptions.ContestNotFoundError, exceptions.EntryNotFoundError),
)
describe_update_entry = describe(
    "updateEntry",
    "Change an entry",
    "Entries",
    EntrySerializer,
    fails=(exceptions.EntryNotFoundError, exceptions.EmailTakenError, exceptions.PhoneTakenError),
    example={"name": "Ada King", "emailConfirmed": True},
)
describe_disqualify = describe(
    "disqualifyEntry",
    "Disqualify an entry, or take it back",
    "Entries",
    EntrySerializer,
    fails=(exceptions.EntryNotFoundError,),
    example={"reason": "Entered twice"},
)
describe_adjust_points = describe(
    "adjustPoints",
    "Add or take points by hand",
    "Entries",
    AdjustedSerializer,
    fails=(exceptions.EntryNotFoundError, exceptions.BalanceTooLowError),
    example={"points": 50, "reason": "Welcome bonus", "adjustmentId": "welcome-ada"},
)
