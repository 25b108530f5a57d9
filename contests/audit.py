"""Who does what and why: handed to every service that a person can cause, and kept as an audit line."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db.models import Model
from django.utils import timezone

from blitzrocket.ids import new_id
from contests.models import AuditLine, Contest, Team, User

if TYPE_CHECKING:
    from apikeys.models import ApiKey


class ActIdTaken(Exception):
    """Another act has the id that came with this one; the dialog has to be opened anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Somebody does something for a reason. The same id again is the same act, and is done once."""

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

    def was_done_to(self, obj: Model) -> bool:
        """Whether it was done before; ask under the lock of what it changes.

        Raises:
            ActIdTaken: another act has this id.
        """
        line = AuditLine.objects.filter(pk=self.id).first()
        if line is None:
            return False
        if (line.object_id, line.actor_id) != (obj.pk, self.user.pk if self.user else None):
            raise ActIdTaken
        return True

    def note(
        self,
        action: AuditLine.Action,
        obj: Model,
        *,
        contest: Contest | None = None,
        team: Team | None = None,
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
    ) -> AuditLine:
        """Keep it, in the transaction that does it. A contest's team is the act's."""
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
            created_at=self.at,
        )
