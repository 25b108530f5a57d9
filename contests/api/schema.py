"""The OpenAPI descriptions of the contest and entry endpoints."""

from blitzrocket.api import exceptions
from blitzrocket.api.schema import describe
from contests.api.exceptions import (
    BalanceTooLowError,
    ContestNotFoundError,
    EmailTakenError,
    EntryNotFoundError,
    PhoneTakenError,
)
from contests.api.serializers import AdjustedSerializer, CreatedEntrySerializer, EntrySerializer

describe_contests = describe("listContests", "List contests", "Contests")
describe_contest = describe(
    "getContest",
    "Get contest",
    "Contests",
    fails=(ContestNotFoundError,),
)
describe_leaderboard = describe(
    "getLeaderboard",
    "Get leaderboard",
    "Contests",
    many=True,
    fails=(ContestNotFoundError,),
)
describe_entries = describe(
    "listEntries",
    "List entries",
    "Entries",
    fails=(exceptions.PrivateKeyRequiredError, ContestNotFoundError),
)
describe_create_entry = describe(
    "createEntry",
    "Create entry",
    "Entries",
    CreatedEntrySerializer,
    statuses={
        201: "Entry created.",
        200: "An entry with that email, or with that phone and no email, already exists; nothing changed.",
    },
    fails=(ContestNotFoundError,),
    example={"email": "ada@example.com", "name": "Ada Lovelace"},
)
describe_entry = describe("getEntry", "Get entry", "Entries", fails=(EntryNotFoundError,))
describe_lookup = describe(
    "lookupEntry",
    "Look up entry by email",
    "Entries",
    fails=(ContestNotFoundError, EntryNotFoundError),
)
describe_update_entry = describe(
    "updateEntry",
    "Update entry",
    "Entries",
    EntrySerializer,
    fails=(EntryNotFoundError, EmailTakenError, PhoneTakenError),
    example={"name": "Ada King", "emailConfirmed": True},
)
describe_disqualify = describe(
    "disqualifyEntry",
    "Disqualify or reinstate entry",
    "Entries",
    EntrySerializer,
    fails=(EntryNotFoundError,),
    example={"reason": "Entered twice"},
)
describe_adjust_points = describe(
    "adjustPoints",
    "Adjust points",
    "Entries",
    AdjustedSerializer,
    fails=(EntryNotFoundError, BalanceTooLowError),
    example={"points": 50, "reason": "Welcome bonus", "adjustmentId": "welcome-ada"},
)
