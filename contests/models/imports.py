"""Entries that come from a file: what was in it, and what became of each row."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from blitzrocket.ids import id_field
from contests.models.contest import Contest
from contests.models.entry import Entry
from contests.models.job import Job

MAX_NOTE_LENGTH = 300


class EntryImport(models.Model):
    """One file. Its rows are forgotten after a while; the figures stay."""

    class State(models.TextChoices):
        CHECKING = "checking", _("Being looked through")
        READY = "ready", _("Not imported yet")
        IMPORTING = "importing", _("Being imported")
        IMPORTED = "imported", _("Imported")
        UNDOING = "undoing", _("Being taken back")
        UNDONE = "undone", _("Taken back")

    id = id_field("import")
    contest = models.ForeignKey(
        Contest, models.PROTECT, db_index=False, related_name="imports", verbose_name=_("contest")
    )
    file_name = models.CharField(_("file"), max_length=200)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.CHECKING)
    content = models.BinaryField(default=b"", editable=False)  # until its rows are kept
    unread_columns: "models.JSONField[Any, Any]" = models.JSONField(_("columns not read"), default=list)
    row_count = models.PositiveIntegerField(_("rows"))
    counts: "models.JSONField[Any, Any]" = models.JSONField(_("what became of the rows"), default=dict)
    job = models.ForeignKey(Job, models.PROTECT, null=True, db_index=False, related_name="+", verbose_name=_("job"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, db_index=False, related_name="+", verbose_name=_("by")
    )
    created_at = models.DateTimeField(_("uploaded"), auto_now_add=True)
    forgotten_at = models.DateTimeField(_("rows forgotten"), null=True)

    class Meta:
        verbose_name = _("import of entries")
        verbose_name_plural = _("imports of entries")
        ordering = ["-id"]
        indexes = [models.Index(fields=["contest", "id"], name="entryimport_by_contest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["checking", "ready", "importing", "imported", "undoing", "undone"]),
                name="entryimport_state_known",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_busy(self) -> bool:
        """Whether the background is at it."""
        return self.job is not None and self.job.is_open

    @property
    def standing(self) -> str:
        """Its state, for people; one that the background is not at any more was stopped."""
        moving = (self.State.CHECKING, self.State.IMPORTING, self.State.UNDOING)
        return str(_("Stopped") if self.state in moving and not self.is_busy else self.get_state_display())

    @property
    def can_start(self) -> bool:
        """Whether entries can be made of it: for the first time, or on from where that was stopped."""
        open_states = (self.State.READY, self.State.IMPORTING)
        return self.state in open_states and not self.is_busy and self.forgotten_at is None

    @property
    def can_be_undone(self) -> bool:
        made = (self.State.IMPORTING, self.State.IMPORTED, self.State.UNDOING)
        return self.state in made and not self.is_busy and self.forgotten_at is None

    def count_outcomes(self) -> dict[str, int]:
        """How many rows have each outcome; as it was, where they are forgotten."""
        if self.forgotten_at is not None:
            return dict(self.counts)
        counted = EntryImportRow.objects.filter(contest=self.contest_id, entry_import=self).order_by()
        return dict(counted.values_list("outcome").annotate(count=Count("pk")))


class EntryImportRow(models.Model):
    """One row of the file, as it was read, with what it does or did."""

    class Outcome(models.TextChoices):
        NEW = "new", _("Will be made")
        KNOWN = "known", _("Takes part already")
        TWICE = "twice", _("Twice in the file")
        ERROR = "error", _("Error")
        MADE = "made", _("Made")
        REMOVED = "removed", _("Removed again")
        TAKEN = "taken", _("Stays, without its imported points")
        STAYED = "stayed", _("Stays: it has more than the import gave it")

    contest = models.ForeignKey(Contest, models.PROTECT, db_index=False, related_name="+")
    entry_import = models.ForeignKey(EntryImport, models.CASCADE, db_index=False, related_name="rows")
    line = models.PositiveIntegerField(_("line"))
    values: "models.JSONField[Any, Any]" = models.JSONField(_("as read"))
    outcome = models.CharField(_("what it does"), max_length=7, choices=Outcome)
    note = models.CharField(_("why"), max_length=MAX_NOTE_LENGTH, blank=True)
    # They entered by themselves since: then they are no longer there by the import alone.
    came_since = models.BooleanField(default=False, editable=False)
    entry = models.ForeignKey(Entry, models.SET_NULL, null=True, db_index=False, related_name="+")

    class Meta:
        ordering = ["line"]
        indexes = [
            models.Index(fields=["contest", "entry_import", "outcome", "line"], name="entryimportrow_by_outcome"),
            # Asked for when an entry is deleted.
            models.Index(fields=["entry"], condition=Q(entry__isnull=False), name="entryimportrow_by_entry"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["contest", "entry_import", "line"], name="entryimportrow_unique_line_per_import"
            ),
            models.CheckConstraint(
                condition=Q(
                    outcome__in=["new", "known", "twice", "error", "made", "removed", "taken", "stayed"],
                ),
                name="entryimportrow_outcome_known",
            ),
        ]

    def __str__(self) -> str:
        return str(self.values.get("email") or self.values.get("phone") or "")
