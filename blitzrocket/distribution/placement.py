"""On which servers each table lies where contests are spread over several, decided by its model.

- A row that refers to a contest lies with that contest's other rows: ``distributed`` by the contest.
- Small tables lie on every server, so that each can join and check them: ``reference``. They are the tables of a
  team, and what such rows and those of a contest refer to.
- What is left lies on the coordinator, and other servers ask that one: ``local``. These are named here, so that nobody
  forgets to decide for a new table.
- A table of which Citus cannot do the statements stays as it is on one server, and no other server sees it:
  ``unshared``. Only the admin and commands, which ask the coordinator, use these.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db.models import ForeignKey, Model

from blitzrocket.accounts.models import Team
from contests.models import Contest
from contests.models.fields import TeamForeignKey

CONTEST_COLUMN = "contest_id"
# Of Django and other libraries: sign-in, permissions, and the log of Django's own admin.
LOCAL_APPS = {"admin", "auth", "axes", "contenttypes", "sessions"}
LOCAL_MODELS = {
    # Sign-in, which only the admin asks for.
    "accounts.PasswordLink",
    "accounts.PasswordLinkRequest",
    "accounts.RecoveryCode",
    "accounts.SecondFactor",
    "accounts.Session",
    "accounts.TrustedBrowser",
    "accounts.User_groups",
    "accounts.User_user_permissions",
    # Rows of one key or of no contest, which calls of all servers count in.
    "apikeys.CallWindow",
    "purchases.RejectionCount",
    # Its contest is empty where an act is a team's.
    "audit.AuditEvent",
    # Work and figures of the whole installation.
    "jobs.Chore",
    "jobs.StoredFigure",
}
# Each counts in one insert with subqueries, which Citus refuses.
UNSHARED_MODELS = {"accounts.SignInFailures"}
LOCAL_TABLES = {"django_migrations"}  # without a model


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a table belongs; ``column`` names the contest of a distributed one."""

    table: str
    kind: str
    column: str | None = None


def all_placements() -> list[Placement]:
    """Where every table belongs; those that others refer to come first.

    Raises:
        ImproperlyConfigured: a model is of no kind.
    """
    models = {model._meta.db_table: model for model in _models()}
    order = TopologicalSorter({table: sorted(_tables_referred_to(model)) for table, model in models.items()})
    placements = [placement_of(models[table]) for table in order.static_order()]
    return placements + [Placement(table, "local") for table in sorted(LOCAL_TABLES)]


def placement_of(model: type[Model]) -> Placement:
    """Where a model's table belongs.

    Raises:
        ImproperlyConfigured: it is of no kind.
    """
    table, label = model._meta.db_table, model._meta.label
    if _is_of_a_contest(model):
        column = getattr(model, "contest_column", CONTEST_COLUMN)
        if next(field for field in model._meta.concrete_fields if field.column == column).null:
            raise ImproperlyConfigured(f"{label}.{column} may be empty: set contest_column to one that is not.")
        return Placement(table, "distributed", column)
    if model in _small_models():
        return Placement(table, "reference")
    if model._meta.app_label in LOCAL_APPS or label in LOCAL_MODELS:
        return Placement(table, "local")
    if label in UNSHARED_MODELS:
        return Placement(table, "unshared")
    raise ImproperlyConfigured(
        f"{label} has no place where contests are spread over servers: give it a contest or a team, or name it in "
        "LOCAL_MODELS of blitzrocket/distribution/placement.py."
    )


@cache
def keys_across_contests() -> set[tuple[str, str]]:
    """Tables and columns of foreign keys to rows of other contests, which no server alone can check."""
    return {
        (model._meta.db_table, field.column)
        for model in _models()
        for field in model._meta.concrete_fields
        if isinstance(field, TeamForeignKey)
    }


def _models() -> list[type[Model]]:
    return [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]


def _referred_to(model: type[Model]) -> Iterator[type[Model]]:
    for field in model._meta.concrete_fields:
        if isinstance(field, ForeignKey) and isinstance(field.related_model, type):
            yield field.related_model


def _tables_referred_to(model: type[Model]) -> Iterator[str]:
    """Without the model itself, and without purchases, which their last recalculation and import refer to as well."""
    yield from (other._meta.db_table for other in _referred_to(model) if not _is_of_a_contest(other))


def _is_of_a_contest(model: type[Model]) -> bool:
    return Contest in _referred_to(model)


@cache
def _small_models() -> frozenset[type[Model]]:
    small: set[type[Model]] = set()
    models_to_follow = {model for model in _models() if Team in _referred_to(model) or _is_of_a_contest(model)}
    while models_to_follow:
        small |= {model for model in models_to_follow if not _is_of_a_contest(model)}
        models_to_follow = (
            {other for model in models_to_follow for other in _referred_to(model)} - small - models_to_follow
        )
    return frozenset(small)
