"""What owners do with webhooks to other systems: added, tested, changed, paused, sent again, with another secret."""

import html
import re
from datetime import timedelta
from typing import Any

from django.contrib.admin.utils import quote
from django.utils import timezone

from contests.models import Contest
from purchases.models import EventKind, OutgoingEvent, WebhookEndpoint
from purchases.models.webhooks import TEST
from tests.simulation.calls import Unexpected, url_of
from tests.simulation.contest_days import contest_url
from tests.simulation.people import World, expect
from tests.simulation.receiver import REFUSED
from tests.simulation.setting_up import ALL_EVENTS, ENDED, subscribe

MODEL = "purchases/webhookendpoint"


def tell_another_system(world: World, contest: Contest) -> None:
    """A webhook that nobody accepts: tested, changed, paused, resumed, its secret replaced, its failures sent again."""
    fields: dict[str, Any] = {"name": "CRM", "url": world.receiver.url(REFUSED), "kinds": ["purchase.voided"]}
    page = world.desk().submit(contest_url(contest, "webhooks") + "add/", **fields).text
    world.receiver.received.secrets[REFUSED] = secret_in(page)
    endpoint = WebhookEndpoint.objects.get(contest=contest, name="CRM")
    path = url_of(MODEL, endpoint.pk)
    world.desk().submit(path, "../test/")
    for action in ("pause", "resume"):
        world.desk().act(url_of(MODEL, endpoint.pk, action))
    world.desk().submit(path, **fields | {"name": "CRM of the shop"})
    send_one_again(world, endpoint)
    world.receiver.received.secrets[REFUSED] = secret_in(world.desk().submit(path, "../secret/").text)
    world.desk().submit(path, "../test/")
    for action in ("end_overlap", "resend_failed", "remove"):
        world.desk().act(url_of(MODEL, endpoint.pk, action))
    for logged in ("paused", "resumed", "secret_replaced", "retried", "retried"):
        world.log(logged)


def send_one_again(world: World, endpoint: WebhookEndpoint) -> None:
    """The test that failed, from its own page."""
    event = OutgoingEvent.objects.get(contest=endpoint.contest_id, endpoint_id=endpoint.pk, kind=TEST)
    expect(event.state == OutgoingEvent.State.FAILED, "a test that was refused has not failed")
    path = f"/{MODEL}/{quote(endpoint.pk)}/events/{quote(event.pk)}/"
    world.desk().submit(path, "again/")


def check_the_other_system(world: World, contest: Contest) -> None:
    """The system that is told everything gets a test."""
    endpoint = WebhookEndpoint.objects.get(contest=contest, name=f"To {ALL_EVENTS}")
    world.desk().submit(url_of(MODEL, endpoint.pk), "../test/")
    expect(TEST in world.receiver.received.kinds(), "the test has not arrived")


def end_the_copy(world: World, contest: Contest) -> None:
    """The copy of the contest ran until a moment ago: the background process tells its end."""
    copy = Contest.objects.get(team=contest.team_id, title="The next two weeks")
    subscribe(copy, world.receiver, ENDED, EventKind.ENDED)
    now = timezone.now()
    running = {"starts_at": now - timedelta(days=1), "ends_at": now, "is_evergreen": False}
    Contest.objects.filter(pk=copy.pk).update(status=Contest.Status.ACTIVE, **running)


def secret_in(page: str) -> str:
    """The secret of a webhook, which its page shows once.

    Raises:
        Unexpected: it does not.
    """
    match = re.search(r"whsec_[A-Za-z0-9+/=&#;]+", page)
    if match is None:
        raise Unexpected("the webhook's secret is not shown")
    return html.unescape(match[0])
