"""Who does what and why: handed to every service that a person can cause, and kept as an audit line."""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, Protocol

from django.db import IntegrityError
from django.db.models import Model
from django.utils import timezone

from blitzrocket.audit.models import AuditEvent
from blitzrocket.ids import new_id
from blitzrocket.strict_json import write


class HasKey(Protocol):
    """A team or an API key, of which the audit keeps the id."""

    pk: Any


class OfTeam(Protocol):
    """A contest, of which the audit keeps the id and the team's."""

    pk: Any
    team_id: str


class RequestIdReused(Exception):
    """Another act has the id that came with this one: the form was used already and has to be opened anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditContext:
    """Somebody does something for a reason. The same act with the same id is done once; any other is refused.

    What makes it the same: who, what, to which object, with which parameters, and for which reason.
    """

    reason: str = ""
    user: Any = None  # a user, or None; accounts and keys stand above
    api_key: Any = None
    id: str = field(default_factory=partial(new_id, "event"))
    at: datetime = field(default_factory=timezone.now)

    def follow_up(self) -> "AuditContext":
        """The same person for the same reason, in an act of its own that belongs to this one."""
        return replace(self, id=new_id("event"), at=timezone.now())

    @property
    def is_recorded(self) -> bool:
        """Whether its audit line is there: it was done, now or before."""
        return AuditEvent.objects.filter(pk=self.id).exists()

    def previous_event(self, action: AuditEvent.Action, target: Model, **parameters: Any) -> AuditEvent | None:
        """Its audit line where it was done before; ask under the lock of what it changes.

        Raises:
            RequestIdReused: another act has this id.
        """
        line = AuditEvent.objects.filter(pk=self.id).first()
        if line is not None and line.request_digest != self._digest(action, target, parameters):
            raise RequestIdReused
        return line

    def record(
        self,
        action: AuditEvent.Action,
        obj: Model,
        *,
        contest: OfTeam | None = None,
        team: HasKey | None = None,
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
        target: Model | None = None,
        parameters: dict[str, Any] | None = None,
    ) -> AuditEvent:
        """Keep it, in the transaction that does it. A contest's team is the act's.

        ``target`` (the object itself, unless the act makes it) and ``parameters`` are those given to `previous_event`.

        Raises:
            RequestIdReused: another act with this id was done meanwhile.
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
            # Race: two acts on different objects with one id. Neither waits for the other's lock, only for its line.
            raise RequestIdReused from error

    def _digest(self, action: AuditEvent.Action, target: Model, parameters: dict[str, Any]) -> str:
        asked = [
            str(action),
            str(target._meta.model_name),
            str(target.pk),
            str(self.user.pk if self.user else ""),
            str(self.api_key.pk if self.api_key else ""),
            self.reason,
            {name: _plain(value) for name, value in sorted(parameters.items())},
        ]
        return hashlib.sha256(write(asked)).hexdigest()


def _plain(value: Any) -> str:
    """A parameter as text: 10 and 10.00 are the same amount."""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)
