"""The dialogs of actions that change entries' points: each shows the points and places before and after."""

from typing import Any

from blitzrocket.adminsite.action_forms import ActionForm
from blitzrocket.audit.context import AuditContext
from contests.services.preview import Effect, effects_of


class EntryActionForm(ActionForm):
    """A dialog of an action after which the points of some entries may be others."""

    def touched(self, values: dict[str, Any]) -> list[str]:
        """The entries whose points it may change."""
        raise NotImplementedError

    def effects(self, values: dict[str, Any]) -> list[Effect]:
        return effects_of(self.touched(values), lambda: self.perform(values, AuditContext(reason="?")))
