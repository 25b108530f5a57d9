"""Someone opens every page that there is; which of them are closed, also to a superuser, is noted."""

from django.contrib import admin
from django.contrib.admin.utils import quote
from django.db.models import Model

from contests.models import Contest
from purchases.models import OutgoingEvent, Purchase
from tests.simulation.calls import Desk
from tests.simulation.contest_days import contest_url
from tests.simulation.people import World
from tests.simulation.team_days import root_desk

OF_CONTEST = (
    "overview",
    "rules",
    "change",
    "entries",
    "leaderboard",
    "history",
    "imports",
    "purchaseimports",
    "stores",
    "webhooks",
    "recalculate",
)
OTHERS = (
    "/",
    "/contests/",
    "/search/?s=heir",
    "/autocomplete/",
    "/jsi18n/",
    "/r/1/1/",
    "/account/sessions/",
    "/account/two-step/",
    "/purchases/purchase/desk/?q=person-1",
)
OF_ROW = ("change", "history", "delete")


def open_every_page(world: World, contest: Contest) -> None:
    desk = world.desk()
    for view in OF_CONTEST:
        desk.page(contest_url(contest, view))
    desk.submit("/purchases/purchase/desk/", q="order-0")
    desk.post("/purchases/purchase/suggestions/", {"q": "order"})
    event = OutgoingEvent.objects.filter(contest=contest).latest("pk")
    desk.page(f"/purchases/webhookendpoint/{quote(event.endpoint_id)}/events/{quote(event.pk)}/")
    desk.page(f"/purchases/purchase/{quote(Purchase.objects.filter(contest=contest).latest('pk').pk)}/change/")
    for path in (*OTHERS, *pages_of_models()):
        note_if_closed(world, path)


def pages_of_models() -> list[str]:
    """The list of each model, its form for a new row, and the pages of one row."""
    paths = []
    for model in admin.site._registry:
        base = f"/{model._meta.app_label}/{model._meta.model_name}"
        row = a_row_of(model)
        paths += [f"{base}/", f"{base}/add/"]
        paths += [f"{base}/{quote(str(row.pk))}/{view}/" for view in OF_ROW if row is not None]
    return paths


def a_row_of(model: type[Model]) -> Model | None:
    return model._default_manager.order_by("pk").first()


def note_if_closed(world: World, path: str) -> None:
    """Open it as a superuser, who sees all that anyone sees."""
    status = root_desk_of(world).status_of(path)
    world.api().tries.coverage.close(f"/admin{path}", status)


def root_desk_of(world: World) -> Desk:
    if world.root is None:
        world.root = root_desk(world)
    return world.root
