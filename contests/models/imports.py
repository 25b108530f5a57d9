"""File imports and their rows, with the outcome of each row."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Count, Q

from blitzrocket.ids import id_field
from blitzrocket.jobs.models.jobs import Job
from blitzrocket.spreadsheets.csv_table import WINDOWS
from contests.models.contest import Contest
from contests.models.entry import Entry
from contests.models.fields import ContestForeignKey, ContestRow

if TYPE_CHECKING:
    from django_stubs_ext.db.models.manager import RelatedManager

MAX_NOTE_LENGTH = 300


class FileImport(ContestRow):
    """An uploaded file. Its rows are deleted after `ROW_RETENTION_DAYS`; the counts stay.

    A subclass names the kinds of its jobs, and has rows (`FileImportRow`) as ``rows``.
    """

    check_kind: ClassVar[str]
    import_kind: ClassVar[str]
    undo_kind: ClassVar[str]
    new_outcomes: ClassVar[tuple[str, ...]] = ("new",)  # of rows to be imported
    made_outcomes: ClassVar[tuple[str, ...]] = ("imported",)  # of rows that were, and can be undone
    if TYPE_CHECKING:
        rows: RelatedManager[Any]

    class State(models.TextChoices):
        CHECKING = "checking", "Checking"
        READY = "ready", "Ready to import"
        IMPORTING = "importing", "Importing"
        IMPORTED = "imported", "Imported"
        UNDOING = "undoing", "Undoing"
        UNDONE = "undone", "Undone"

    id = id_field("import")
    contest = models.ForeignKey(Contest, models.PROTECT, db_index=False, related_name="+", verbose_name="contest")
    file_name = models.CharField("file", max_length=200)
    state = models.CharField("state", max_length=9, choices=State, default=State.CHECKING)
    content = models.BinaryField(default=b"", editable=False)  # only until its rows are saved
    encoding = models.CharField("encoding", max_length=20, blank=True)
    unread_columns: "models.JSONField[Any, Any]" = models.JSONField("ignored columns", default=list)
    row_count = models.PositiveIntegerField("rows")
    counts: "models.JSONField[Any, Any]" = models.JSONField("row counts", default=dict)
    job = models.ForeignKey(Job, models.PROTECT, null=True, db_index=False, related_name="+", verbose_name="job")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, db_index=False, related_name="+", verbose_name="by"
    )
    created_at = models.DateTimeField("uploaded", auto_now_add=True)
    rows_deleted_at = models.DateTimeField("rows deleted", null=True)

    class Meta:
        abstract = True
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["contest", "id"], name="%(class)s_by_contest"),
            models.CheckConstraint(
                condition=Q(state__in=["checking", "ready", "importing", "imported", "undoing", "undone"]),
                name="%(class)s_state_known",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_busy(self) -> bool:
        """Whether its job is waiting or running."""
        return self.job is not None and self.job.is_open

    @property
    def has_guessed_encoding(self) -> bool:
        """Whether the encoding is a guess: Windows-1252 cannot be distinguished from other one-byte encodings."""
        return self.encoding == WINDOWS

    @property
    def state_label(self) -> str:
        """The state for screens; “Stopped” where the job ended without finishing."""
        active_states = (self.State.CHECKING, self.State.IMPORTING, self.State.UNDOING)
        return str("Stopped" if self.state in active_states and not self.is_busy else self.get_state_display())

    @property
    def can_start(self) -> bool:
        """Whether the import can be started, or resumed after it was stopped."""
        startable_states = (self.State.READY, self.State.IMPORTING)
        return self.state in startable_states and not self.is_busy and self.rows_deleted_at is None

    @property
    def can_be_undone(self) -> bool:
        undoable_states = (self.State.IMPORTING, self.State.IMPORTED, self.State.UNDOING)
        return self.state in undoable_states and not self.is_busy and self.rows_deleted_at is None

    def facts_for_audit(self) -> dict[str, Any]:
        """Further values for the audit event of the import."""
        return {}

    def count_new(self) -> int:
        """The number of rows to be imported."""
        return sum_of(self.count_outcomes(), self.new_outcomes)

    def count_made(self) -> int:
        """The number of rows that were imported and can be undone."""
        return sum_of(self.count_outcomes(), self.made_outcomes)

    def count_outcomes(self) -> dict[str, int]:
        """The number of rows by outcome; the stored one where the rows are deleted."""
        if self.rows_deleted_at is not None:
            return dict(self.counts)
        rows = self.rows.filter(contest=self.contest_id)
        return dict(rows.values_list("outcome").annotate(count=Count("pk")))


def sum_of(counts: dict[str, int], outcomes: tuple[str, ...]) -> int:
    """The number of rows with one of these outcomes."""
    return sum(counts.get(outcome, 0) for outcome in outcomes)


class FileImportRow(ContestRow):
    """A row of a file as it was read, with its outcome.

    A subclass has its ``outcome`` and a foreign key to its import. Of the outcomes, NEW rows are to be imported, MADE
    rows were imported, and ERROR rows are invalid.
    """

    if TYPE_CHECKING:
        outcome: Any

    contest = models.ForeignKey(Contest, models.PROTECT, db_index=False, related_name="+")
    line = models.PositiveIntegerField("line")
    values: "models.JSONField[Any, Any]" = models.JSONField("values")
    note = models.CharField("note", max_length=MAX_NOTE_LENGTH, blank=True)

    class Meta:
        abstract = True
        ordering = ["line"]


class EntryImport(FileImport):
    """A file with entries."""

    check_kind = "check_entries"
    import_kind = "import_entries"
    undo_kind = "undo_import_of_entries"

    class Meta(FileImport.Meta):
        verbose_name = "entry import"
        verbose_name_plural = "entry imports"


class EntryImportRow(FileImportRow):
    """A row of an import of entries."""

    class Outcome(models.TextChoices):
        NEW = "new", "New"
        KNOWN = "known", "Already entered"
        DUPLICATE = "duplicate", "Duplicate row"
        ERROR = "error", "Error"
        IMPORTED = "imported", "Added"
        REMOVED = "removed", "Removed"
        POINTS_REMOVED = "points_removed", "Kept, without its imported points"
        STAYED = "stayed", "Kept: it has other activity"

    entry_import = ContestForeignKey(EntryImport, models.CASCADE, db_index=False, related_name="rows")
    outcome = models.CharField("outcome", max_length=14, choices=Outcome)
    # Whether the person has entered by themselves since, so that an undo does not remove the entry.
    signed_up_since = models.BooleanField(default=False, editable=False)
    entry = ContestForeignKey(Entry, models.SET_NULL, null=True, db_index=False, related_name="+")

    class Meta(FileImportRow.Meta):
        indexes = [
            models.Index(fields=["contest", "entry_import", "outcome", "line"], name="entryimportrow_by_outcome"),
            # For the foreign key when an entry is deleted.
            models.Index(fields=["entry"], condition=Q(entry__isnull=False), name="entryimportrow_by_entry"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["contest", "entry_import", "line"], name="entryimportrow_unique_line_per_import"
            ),
            models.CheckConstraint(
                condition=Q(
                    outcome__in=[
                        "new",
                        "known",
                        "duplicate",
                        "error",
                        "imported",
                        "removed",
                        "points_removed",
                        "stayed",
                    ],
                ),
                name="entryimportrow_outcome_known",
            ),
        ]

    def __str__(self) -> str:
        return str(self.values.get("email") or self.values.get("phone") or "")
