"""How a connection is doing: when its store last delivered, its longest silence, and whether the newest request failed.

These stand in the connection's row, so that pages need not look through its deliveries. So that deliveries of a busy
store don't wait for each other's updates of that row, it is written once a minute at most, unless a problem begins or
ends.
"""

from datetime import datetime, timedelta

from purchases.models.stores import StoreConnection, StoreDelivery

ACCURACY = timedelta(minutes=1)
Problem = StoreConnection.Problem
PROBLEMS = {StoreDelivery.State.UNUSABLE: Problem.UNUSABLE, StoreDelivery.State.FAILED: Problem.FAILED}


def note_delivery(connection: StoreConnection, at: datetime) -> None:
    """Note that a verified delivery arrived."""
    last = connection.last_delivery_at
    if last is not None and at - last < ACCURACY:
        return
    silence = at - connection.quiet_since if last is not None else timedelta()
    # Race: of deliveries that arrive together, the first to write is noted.
    StoreConnection.objects.filter(contest=connection.contest_id, pk=connection.pk, last_delivery_at=last).update(
        last_delivery_at=at, longest_silence=max(connection.longest_silence, silence)
    )


def note_outcome(connection: StoreConnection, state: str, at: datetime) -> None:
    """Note what became of a delivery: the end of a problem, or a problem."""
    note_problem(connection, PROBLEMS.get(StoreDelivery.State(state), ""), at)


def note_problem(connection: StoreConnection, problem: str, at: datetime) -> None:
    """Note why a request of the store brought nothing; empty: it did."""
    noted_at = connection.problem_at
    is_noted = connection.problem == problem and (not problem or (noted_at is not None and at - noted_at < ACCURACY))
    if not is_noted:
        StoreConnection.objects.filter(contest=connection.contest_id, pk=connection.pk).update(
            problem=problem, problem_at=at if problem else None
        )


def note_dismissal(delivery: StoreDelivery) -> None:
    """Note that a person has handled a delivery that could not be used, so that it is no problem any more."""
    rows = StoreConnection.objects.filter(contest=delivery.contest_id, pk=delivery.connection_id)
    rows.filter(problem=Problem.UNUSABLE).update(problem="", problem_at=None)
