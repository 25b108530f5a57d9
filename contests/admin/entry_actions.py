"""The dialogs of actions that change entries' points: each shows the points and places before and after."""

from typing import Any

from blitzrocket.adminsite.action_forms import ActionForm
from contests.services.preview import Effect, PointChanges, effects_of


class EntryActionForm(ActionForm):
    """A dialog of an action after which the points of some entries may be others."""

    def changes(self, values: dict[str, Any]) -> PointChanges:
        """The points that it would add to entries; raises what `perform` would refuse."""
        raise NotImplementedError

    def effects(self, values: dict[str, Any]) -> list[Effect]:
        return effects_of(self.changes(values))
