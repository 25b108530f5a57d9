"""Who does what and why: handed to every service that a person can cause, and kept as an audit line."""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError
from django.db.models import Model
from django.utils import timezone

from blitzrocket.exact_json import write
from blitzrocket.ids import new_id
from contests.models import AuditLine, Contest, Team, User

if TYPE_CHECKING:
    from apikeys.models import ApiKey


class ActIdTaken(Exception):
    """Another act has the id that came with this one: the form was used already and has to be opened anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Somebody does something for a reason. The same act with the same id is done once; any other is refused.

    What makes it the same: who, what, to which object, with which parameters, and for which reason.
    """

    reason: str = ""
    user: User | None = None
    api_key: "ApiKey | None" = None
    id: str = field(default_factory=partial(new_id, "act"))
    at: datetime = field(default_factory=timezone.now)

    def again(self) -> "Act":
        """The same person for the same reason, in an act of its own that belongs to this one."""
        return replace(self, id=new_id("act"), at=timezone.now())

    @property
    def is_noted(self) -> bool:
        """Whether its audit line is there: it was done, now or before."""
        return AuditLine.objects.filter(pk=self.id).exists()

    def previous_line(self, action: AuditLine.Action, target: Model, **parameters: Any) -> AuditLine | None:
        """Its audit line where it was done before; ask under the lock of what it changes.

        Raises:
            ActIdTaken: another act has this id.
        """
        line = AuditLine.objects.filter(pk=self.id).first()
        if line is not None and line.request_digest != self._digest(action, target, parameters):
            raise ActIdTaken
        return line

    def note(
        self,
        action: AuditLine.Action,
        obj: Model,
        *,
        contest: Contest | None = None,
        team: Team | None = None,
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
        target: Model | None = None,
        parameters: dict[str, Any] | None = None,
    ) -> AuditLine:
        """Keep it, in the transaction that does it. A contest's team is the act's.

        ``target`` (the object itself, unless the act makes it) and ``parameters`` are those given to `previous_line`.

        Raises:
            ActIdTaken: another act with this id was done meanwhile.
        """
        try:
            return AuditLine.objects.create(
                id=self.id,
                team=contest.team if contest else team,
                contest=contest,
                action=action,
                object_type=str(obj._meta.model_name),
                object_id=obj.pk,
                reason=self.reason,
                before=before or {},
                after=after or {},
                actor=self.user,
                api_key=self.api_key,
                request_digest=self._digest(action, target or obj, parameters or {}),
                created_at=self.at,
            )
        except IntegrityError as error:
            # Race: two acts on different objects with one id. Neither waits for the other's lock, only for its line.
            raise ActIdTaken from error

    def _digest(self, action: AuditLine.Action, target: Model, parameters: dict[str, Any]) -> str:
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
