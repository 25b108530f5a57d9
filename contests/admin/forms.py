"""The forms of a contest: each warns before it overwrites changes that someone else saved meanwhile."""

import hashlib
from typing import Any, ClassVar

from django.core.exceptions import ValidationError

from contests.admin.contest_dates import ContestDatesMixin
from contests.admin.scope import ContestRowForm
from contests.models import Contest, PointRule
from contests.scoring import Terms

VERSION_FIELD = "seen"


class VersionedForm(ContestDatesMixin, ContestRowForm):
    """A form that sends back the version of what its page showed, as `VERSION_FIELD`."""

    is_preview_only = False  # whether the form only feeds the live preview

    def version(self) -> str:
        """A digest of the form's fields as stored now; not of those of the contest's other forms."""
        names = {field.name for field in Contest._meta.concrete_fields} & set(self.fields)
        rows: list[Any] = list(Contest.objects.filter(pk=self.instance.pk).values("pk", *sorted(names)))
        rows += self.related_rows()
        return hashlib.sha256(repr(rows).encode()).hexdigest()[:20]

    def related_rows(self) -> list[Any]:
        """The rows that are saved with the form."""
        return []

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.is_outdated():
            message = (
                "Someone saved this contest after you opened it. Review it in a new tab, or save again to overwrite."
            )
            raise ValidationError(message)
        return cleaned

    def is_outdated(self) -> bool:
        """Whether someone saved these fields after the page was opened."""
        if self.is_preview_only or self.instance._state.adding or VERSION_FIELD not in self.data:
            return False
        return bool(self.data[VERSION_FIELD] != self.version())


class SettingsForm(VersionedForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "time_zone" in self.fields and self.instance.team_id:
            self.fields["time_zone"].widget.attrs["placeholder"] = self.instance.team.time_zone


class RulesForm(VersionedForm):
    """Rounding and maximums; the rules are the formset that is saved with it."""

    draft: ClassVar[Terms | None] = None  # an earlier rule set, whose rounding and caps the form is opened with

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.draft is not None:
            self.initial["rounding"] = self.draft.rounding.value
            self.initial["cap_per_purchase"] = self.draft.cap_per_purchase
            self.initial["cap_per_entry"] = self.draft.cap_per_entry

    def related_rows(self) -> list[Any]:
        return list(PointRule.objects.filter(contest=self.instance.pk).order_by("pk").values())
