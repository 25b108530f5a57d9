"""Warnings about a contest's store connections: they fail, are silent, or have had no delivery yet."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.utils.timesince import timesince

from blitzrocket.accounts.admin.team_scoped import change_url
from contests.models import Contest
from purchases.models import StoreConnection

State, Problem = StoreConnection.State, StoreConnection.Problem
PROBLEMS = {
    Problem.SIGNATURE: "“%(name)s” sends orders with an invalid signature. Check its secret.",
    Problem.SECRET: "The secret of “%(name)s” is missing or can't be read, so its orders aren't recorded.",
    Problem.UNUSABLE: "The last delivery of “%(name)s” could not be used. Check it, then retry it.",
    Problem.FAILED: "The last delivery of “%(name)s” failed. Check it, then retry it.",
}


def connections_by_contest(contest_ids: Sequence[str]) -> dict[str, list[StoreConnection]]:
    """The active connections of these contests by contest id, in one statement."""
    connections: dict[str, list[StoreConnection]] = {}
    for connection in StoreConnection.objects.filter(contest__in=contest_ids, is_active=True).order_by("created_at"):
        connections.setdefault(connection.contest_id, []).append(connection)
    return connections


def store_warnings(
    contest: Contest, connections: Sequence[StoreConnection], now: datetime
) -> Iterator[tuple[str, str, str]]:
    """Sentence, URL and level of each warning; silence is none while the contest doesn't run."""
    for connection in connections:
        url = change_url(connection)
        if connection.problem:
            yield PROBLEMS[Problem(connection.problem)] % {"name": connection.name}, url, "danger"
        elif contest.phase_at(now) == Contest.Phase.RUNNING and connection.is_silent_at(now):
            yield _silence(connection, now), url, "warning"


def _silence(connection: StoreConnection, now: datetime) -> str:
    days = timesince(connection.quiet_since, now, depth=1)
    if connection.last_delivery_at is None:
        return f"“{connection.name}” was connected {days} ago and has had no delivery yet. Finish its setup."
    return f"“{connection.name}” has been silent for {days}, longer than ever before. Check its webhook in the store."
