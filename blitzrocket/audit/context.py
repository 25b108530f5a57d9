"""The audit context that services take: who acts and why. It records the audit event and makes actions idempotent."""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, Protocol, TypeVar

from django.db import IntegrityError
from django.db.models import Model, QuerySet
from django.utils import timezone

from blitzrocket.audit.models import AuditEvent
from blitzrocket.ids import new_id
from blitzrocket.strict_json import write

_Row = TypeVar("_Row", bound=Model)


class AuditedTeam(Protocol):
    """A team, of which the event stores the id."""

    pk: Any


class AuditedContest(Protocol):
    """A contest, of which the event stores the id and the team's id."""

    pk: Any
    team_id: str


class RequestIdReused(Exception):
    """The request id belongs to another action: the form was already submitted and must be opened again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditContext:
    """Who acts and why. The same action with the same id runs once; another one with that id is refused.

    Actions are the same when actor, action, object, parameters and reason are.
    """

    reason: str = ""
    user: Any = None  # untyped, as the key is: accounts and apikeys are higher apps
    api_key: Any = None
    id: str = field(default_factory=partial(new_id, "event"))
    at: datetime = field(default_factory=timezone.now)

    def follow_up(self) -> "AuditContext":
        """A context for a further action of the same actor for the same reason."""
        return replace(self, id=new_id("event"), at=timezone.now())

    def is_recorded(self) -> bool:
        """Whether the action's event exists: it ran now or before."""
        return AuditEvent.objects.filter(pk=self.id).exists()

    def find_object(self, rows: "QuerySet[_Row]") -> "_Row | None":
        """The row among these that the same person's action with this id is about."""
        events = AuditEvent.objects.filter(pk=self.id, actor=self.user, object_type=rows.model._meta.model_name)
        object_id = events.values_list("object_id", flat=True).first()
        return rows.filter(pk=object_id).first() if object_id else None

    def previous_event(self, action: AuditEvent.Action, target: Model, **parameters: Any) -> AuditEvent | None:
        """The action's event if it ran before; call it under the lock of the object that the action changes.

        Raises:
            RequestIdReused: another action has this id.
        """
        event = AuditEvent.objects.filter(pk=self.id).first()
        if event is not None and event.request_digest != self._digest(action, target, parameters):
            raise RequestIdReused
        return event

    def record(
        self,
        action: AuditEvent.Action,
        obj: Model,
        *,
        contest: AuditedContest | None = None,
        team: AuditedTeam | None = None,
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
        target: Model | None = None,
        parameters: dict[str, Any] | None = None,
    ) -> AuditEvent:
        """Record the action's event in the transaction of the action; ``contest`` also sets the team.

        ``target`` (``obj``, unless the action creates that) and ``parameters`` are those passed to `previous_event`.

        Raises:
            RequestIdReused: another action with this id was recorded meanwhile.
        """
        try:
            return AuditEvent.objects.create(
                id=self.id,
                team_id=contest.team_id if contest else getattr(team, "pk", None),
                contest_id=getattr(contest, "pk", None),
                action=action,
                object_type=str(obj._meta.model_name),
                object_id=obj.pk,
                reason=self.reason,
                before=before or {},
                after=after or {},
                actor=self.user,
                api_key_id=self.api_key.pk if self.api_key else "",
                api_key_name=str(self.api_key or ""),
                request_digest=self._digest(action, target or obj, parameters or {}),
                created_at=self.at,
            )
        except IntegrityError as error:
            # Race: two actions on different objects with one id. They share no lock; the primary key stops them.
            raise RequestIdReused from error

    def _digest(self, action: AuditEvent.Action, target: Model, parameters: dict[str, Any]) -> str:
        identity = [
            str(action),
            str(target._meta.model_name),
            str(target.pk),
            str(self.user.pk if self.user else ""),
            str(self.api_key.pk if self.api_key else ""),
            self.reason,
            {name: _plain(value) for name, value in sorted(parameters.items())},
        ]
        return hashlib.sha256(write(identity)).hexdigest()


def _plain(value: Any) -> str:
    """A parameter for the digest: 10 and 10.00 are the same amount."""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)
