"""The schedule of chores: when each is next due."""

from datetime import datetime, timedelta

from django.db import connection, models


class ChoreQuerySet(models.QuerySet["Chore"]):
    def not_due(self, names: list[str], now: datetime) -> set[str]:
        """The names of chores that are not due yet."""
        return set(self.filter(name__in=names, due_at__gt=now).values_list("name", flat=True))

    def claim(self, name: str, now: datetime, every: timedelta) -> bool:
        """Whether this process runs the chore now; it is due again after ``every``."""
        # Race: two processes see the same chore due. The second waits here for the first's row, and finds it not due.
        with connection.cursor() as cursor:
            cursor.execute(_CLAIM, {"name": name, "now": now, "next": now + every})
            return cursor.fetchone() is not None


class Chore(models.Model):
    """A chore's next due time, so that of several background processes one runs it."""

    name = models.CharField("name", max_length=60, primary_key=True)
    due_at = models.DateTimeField("due")

    objects = ChoreQuerySet.as_manager()

    class Meta:
        verbose_name = "chore"
        verbose_name_plural = "chores"

    def __str__(self) -> str:
        return self.name


_CLAIM = """
    INSERT INTO jobs_chore AS chore (name, due_at) VALUES (%(name)s, %(next)s)
    ON CONFLICT (name) DO UPDATE SET due_at = excluded.due_at WHERE chore.due_at <= %(now)s
    RETURNING name
"""
