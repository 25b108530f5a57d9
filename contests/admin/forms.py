"""A contest's form that was opened before somebody else saved: what they did is not undone unseen."""

import hashlib
from typing import Any

from django.core.exceptions import ValidationError

from contests.admin.scope import ContestRowForm
from contests.models import Contest, PointRule

SEEN = "seen"
EDITED = (
    "title", "description", "slug", "mode", "status", "starts_at", "ends_at", "is_evergreen", "tracking_enabled",
    "attaches_automatically", "rounding", "cap_per_purchase", "cap_per_entry",
)  # fmt: skip


class ContestForm(ContestRowForm):
    """Knows what of the contest and its rules its page showed; the page sends that back as `SEEN`."""

    is_preview_only = False  # whether nothing is saved by it

    @property
    def seen(self) -> str:
        """What stands in the database now, as a short text."""
        rows: list[Any] = list(Contest.objects.filter(pk=self.instance.pk).values(*EDITED))
        rows += PointRule.objects.filter(contest=self.instance.pk).order_by("pk").values()
        return hashlib.sha256(repr(rows).encode()).hexdigest()[:20]

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.is_preview_only or self.instance._state.adding or SEEN not in self.data:
            return cleaned
        # Race: two save at once, or one clicks twice. The second waits here, and sees what the first has saved.
        Contest.objects.select_for_update(no_key=True).get(pk=self.instance.pk)
        if self.data[SEEN] != self.seen:
            message = (
                "Someone saved this contest after you opened it. Review it in a new tab, or save again to overwrite."
            )
            raise ValidationError(message)
        return cleaned
