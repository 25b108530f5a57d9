"""Jobs: work that takes longer than a request (backtests, recalculations, imports), run by `manage.py run_jobs`."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from blitzrocket.ids import MAX_LENGTH, id_field, new_id
from blitzrocket.jobs.registry import KINDS
from blitzrocket.model_fields import ExactJSONField

LEASE = timedelta(seconds=60)
MOST_ATTEMPTS = 5


class JobStopped(Exception):
    """The job was cancelled, or another process has taken it over."""


class JobQuerySet(models.QuerySet["Job"]):
    def open(self) -> "JobQuerySet":
        """Jobs that are waiting or running."""
        return self.filter(state__in=Job.OPEN)

    def claim_next(self) -> "Job | None":
        """Lease the oldest job that waits or whose process was killed; None where there is none."""
        now = timezone.now()
        due = Q(state=Job.State.WAITING) | Q(state=Job.State.RUNNING, leased_until__lt=now)
        with transaction.atomic():
            # Race: two processes look for work at once. The first to lock the row gets it; the other skips it.
            job = self.filter(due).order_by("id").select_for_update(skip_locked=True).first()
            if job is None:
                return None
            job.state, job.holder, job.leased_until = Job.State.RUNNING, new_id("holder"), now + LEASE
            job.attempts += 1
            job.save(update_fields=["state", "holder", "leased_until", "attempts"])
        return job


class Job(models.Model):
    """A piece of work for a contest, and its progress.

    Its process holds a lease, which every step renews. When that process is killed the lease runs out, another process
    claims the job, and its handler goes on where the last step ended.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        CANCELLED = "cancelled", "Cancelled"
        FAILED = "failed", "Failed"

    OPEN = (State.WAITING, State.RUNNING)

    id = id_field("job")
    # As text, because contests stand above jobs; a migration of theirs adds the foreign key.
    contest_id = models.CharField("contest", max_length=MAX_LENGTH, db_collation="C")
    kind = models.CharField("kind", max_length=30)
    is_exclusive = models.BooleanField("exclusive", default=True)
    state = models.CharField("state", max_length=9, choices=State, default=State.WAITING)
    params = ExactJSONField("parameters", default=dict)
    result = ExactJSONField("result", default=dict)
    problem = models.CharField("problem", max_length=300, blank=True)
    done = models.PositiveBigIntegerField("done", default=0)
    total = models.PositiveBigIntegerField("of", null=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, db_index=False, related_name="+", verbose_name="by"
    )
    holder = models.CharField(max_length=MAX_LENGTH, blank=True, editable=False)
    leased_until = models.DateTimeField(null=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)  # claims since its last completed step
    created_at = models.DateTimeField("created at", auto_now_add=True)
    finished_at = models.DateTimeField("finished", null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = "job"
        verbose_name_plural = "jobs"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["id"], condition=Q(state__in=["waiting", "running"]), name="job_open"),
            models.Index(fields=["contest_id", "id"], name="job_by_contest"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["contest_id"],
                condition=Q(state__in=["waiting", "running"], is_exclusive=True),
                name="job_one_exclusive_per_contest",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "running", "done", "cancelled", "failed"]), name="job_state_known"
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The kind of work, for screens."""
        return KINDS[self.kind].label

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

    @property
    def percent(self) -> int:
        """The progress; 0 while the total is unknown."""
        return min(100, 100 * self.done // self.total) if self.total else 0

    def proceed(self, done: int, *, total: int | None = None) -> None:
        """Save the progress and renew the lease, in the transaction of the step.

        Raises:
            JobStopped: it was cancelled, or the lease ran out and another process has it: write nothing more.
        """
        # Race: this process was slow, and another one claimed the job. The condition on the holder makes the slow one
        # fail here, and its step is rolled back with it.
        lease = Job.objects.filter(pk=self.pk, state=self.State.RUNNING, holder=self.holder)
        self.done, self.total = done, self.total if total is None else total
        if not lease.update(done=done, total=self.total, leased_until=timezone.now() + LEASE, attempts=0):
            raise JobStopped
        self.attempts = 0

    def finish(self, result: dict[str, Any] | None = None) -> None:
        """Mark the job as done, in the transaction of its last step.

        Raises:
            JobStopped: as for `proceed`.
        """
        self._end(self.State.DONE, result=result or {})

    def fail(self, problem: str) -> None:
        """Mark the job as failed; ``problem`` is shown to users.

        Raises:
            JobStopped: as for `proceed`.
        """
        self._end(self.State.FAILED, problem=problem)

    def release(self) -> None:
        """Give the job back, so that another process claims it at once."""
        Job.objects.filter(pk=self.pk, state=self.State.RUNNING, holder=self.holder).update(
            state=self.State.WAITING, attempts=max(0, self.attempts - 1)
        )

    def cancel(self) -> bool:
        """Cancel the job and return whether it was open; committed steps stay."""
        job = Job.objects.filter(pk=self.pk, state__in=self.OPEN)
        return bool(job.update(state=self.State.CANCELLED, finished_at=timezone.now()))

    def _end(self, state: "Job.State", **columns: Any) -> None:
        lease = Job.objects.filter(pk=self.pk, state=self.State.RUNNING, holder=self.holder)
        if not lease.update(state=state, finished_at=timezone.now(), **columns):
            raise JobStopped
        self.state = state
        for name, value in columns.items():
            setattr(self, name, value)
