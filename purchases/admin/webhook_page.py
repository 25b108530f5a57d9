"""What the pages of a webhook say: how it is doing, its events, and one event with its requests."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.admin.utils import quote
from django.urls import reverse
from django.utils.http import urlencode

from blitzrocket.accounts.admin.team_scoped import change_url
from blitzrocket.numbers import show_number
from blitzrocket.times import show_datetime, time_element
from purchases.admin.order_page import Badge, Fact
from purchases.admin.store_page import News
from purchases.models import OutgoingEvent, WebhookEndpoint
from purchases.support.open_items import MAX_COUNTED, capped_count

State = WebhookEndpoint.State
EventState = OutgoingEvent.State
BADGES = {
    State.ACTIVE: "success",
    State.WAITING: "plain",
    State.PAUSED: "plain",
    State.FAILING: "warning",
    State.STOPPED: "danger",
}
EVENT_BADGES = {EventState.SENT: "success", EventState.PENDING: "plain", EventState.FAILED: "danger"}
PAGE = 25


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event in the log."""

    event: OutgoingEvent
    url: str
    badge: Badge
    result: str


@dataclass(frozen=True, slots=True)
class EventLog:
    """A page of the log, the newest first; ``state`` is the chosen status."""

    rows: list[EventRow]
    state: str
    choices: list[tuple[str, str, bool]]  # label, URL, whether it is chosen
    first_url: str
    next_url: str


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One request: when, its response, and how long it took."""

    at: datetime
    result: str
    is_success: bool
    duration: str
    response: str


def badge_of(endpoint: WebhookEndpoint) -> Badge:
    return Badge(BADGES[endpoint.state], endpoint.state.label)


def count_of(endpoint: WebhookEndpoint, state: EventState) -> int:
    """How many events are in this state, as far as they are counted."""
    rows = OutgoingEvent.objects.filter(contest=endpoint.contest_id, endpoint_id=endpoint.pk, state=state)
    return rows.values("pk")[: MAX_COUNTED + 1].count()


def news_of(endpoint: WebhookEndpoint) -> News:
    match endpoint.state:
        case State.PAUSED:
            return News("Paused", "Events wait, and are sent when you resume.")
        case State.STOPPED:
            text = "Every request failed for days. Events wait, and are sent when you resume."
            return News("Paused after failures", text, is_bad=True)
        case State.FAILING:
            since = show_datetime(endpoint.failing_since) if endpoint.failing_since else ""
            return News("Failing", f"No request has succeeded since {since}. The events below say why.", is_bad=True)
        case State.WAITING:
            return News("Nothing sent yet", "Send a test, or wait for the first event.")
    return News("Events arrive", is_good=True)


def facts_of(endpoint: WebhookEndpoint, failed: int) -> Iterator[Fact]:
    yield Fact("URL", endpoint.url)
    yield Fact("Last sent", time_element(endpoint.last_sent_at) if endpoint.last_sent_at else "Nothing yet")
    waiting = count_of(endpoint, EventState.PENDING)
    yield Fact("Waiting", capped_count(waiting) if waiting else "None")
    yield Fact("Failed", capped_count(failed) if failed else "None")


def log_of(endpoint: WebhookEndpoint, state: str, before: str) -> EventLog:
    """A page of the endpoint's events, those before an id."""
    url = change_url(endpoint)
    state = state if state in EventState.values else ""
    rows = OutgoingEvent.objects.filter(contest=endpoint.contest_id, endpoint_id=endpoint.pk)
    rows = rows.filter(state=state) if state else rows
    page = list((rows.filter(pk__lt=before) if before else rows).order_by("-pk")[: PAGE + 1])
    chosen = {"state": state} if state else {}
    has_next = len(page) > PAGE
    choices = [("All", "", not state), *((each.label, each.value, state == each.value) for each in EventState)]
    return EventLog(
        rows=[_row_of(endpoint, event) for event in page[:PAGE]],
        state=state,
        choices=[
            (str(label), f"{url}?{urlencode({'state': value})}#events" if value else f"{url}#events", is_chosen)
            for label, value, is_chosen in choices
        ],
        first_url=f"{url}?{urlencode(chosen)}#events" if before else "",
        next_url=f"{url}?{urlencode({**chosen, 'before': page[PAGE - 1].pk})}#events" if has_next else "",
    )


def event_url(endpoint: WebhookEndpoint, event: OutgoingEvent, view: str = "event") -> str:
    return reverse(f"admin:purchases_webhookendpoint_{view}", args=[quote(endpoint.pk), quote(event.pk)])


def event_badge(event: OutgoingEvent) -> Badge:
    return Badge(EVENT_BADGES[EventState(event.state)], event.get_state_display())


def event_facts(event: OutgoingEvent) -> Iterator[Fact]:
    yield Fact("Happened", time_element(event.created_at))
    if event.state == EventState.PENDING:
        yield Fact("Next request", time_element(event.due_at))
    elif event.finished_at:
        yield Fact("Sent" if event.state == EventState.SENT else "Given up", time_element(event.finished_at))
    yield Fact("Requests", show_number(len(event.attempts)))
    yield Fact("ID", event.pk)


def requests_of(event: OutgoingEvent) -> list[RequestRow]:
    """The requests, the newest first."""
    return [_request_row(stored) for stored in reversed(event.attempts)]


def _request_row(stored: dict[str, Any]) -> RequestRow:
    status = stored["status"]
    return RequestRow(
        at=datetime.fromisoformat(stored["at"]),
        result=f"HTTP {status}" if status else "No response",
        is_success=status is not None and status // 100 == 2,  # noqa: PLR2004  # 2xx
        duration=f"{show_number(stored['ms'])} ms",
        response=stored["answer"],
    )


def _row_of(endpoint: WebhookEndpoint, event: OutgoingEvent) -> EventRow:
    return EventRow(event, event_url(endpoint, event), event_badge(event), _result(event.attempts))


def _result(stored_requests: Iterable[dict[str, Any]]) -> str:
    """What the last request brought; empty where there was none."""
    last = next(reversed(list(stored_requests)), None)
    if last is None:
        return ""
    return f"HTTP {last['status']}" if last["status"] else str(last["answer"])
