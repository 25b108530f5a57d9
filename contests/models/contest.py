"""A contest: what people enter, and how its purchases earn points."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.text import slugify

from blitzrocket.accounts.models.users import Team
from blitzrocket.ids import IdField
from blitzrocket.text import plural

if TYPE_CHECKING:
    from contests.models.rules import RuleSet

INSTANT = timedelta(microseconds=1)


class ContestQuerySet(models.QuerySet["Contest"]):
    def for_recording(self, team_id: str) -> "ContestQuerySet":
        """The contests that a team's key may record into, each with its rules as published."""
        return self.filter(team=team_id).select_related("rule_set")


class Contest(models.Model):
    """People enter it, their purchases earn them points in it."""

    class Mode(models.TextChoices):
        GIVEAWAY = "giveaway", "Giveaway"
        LEADERBOARD = "leaderboard", "Leaderboard"
        WAITLIST = "waitlist", "Waitlist"

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"
        ENDED = "ended", "Ended"

    class Phase(models.TextChoices):
        DRAFT = "draft", "Draft"
        UPCOMING = "upcoming", "Starts later"
        RUNNING = "running", "Running"
        PAUSED = "paused", "Paused"
        ENDED = "ended", "Ended"

    class Rounding(models.TextChoices):
        NEAREST = "nearest", "To the nearest whole point, a half goes up"
        DOWN = "down", "Down"
        UP = "up", "Up"

    id = IdField(
        verbose_name="id",
        validators=[RegexValidator(r"\A[A-Za-z0-9_-]+\Z", "Use letters, digits, hyphens and underscores only.")],
        help_text="Stands in the API's addresses. When you move from another service, type the id it had there.",
    )
    team = models.ForeignKey(
        Team,
        models.PROTECT,
        related_name="contests",
        verbose_name="team",
        help_text="Only its members and its API keys reach the contest. Cannot be changed later.",
    )
    title = models.CharField("title", max_length=200, help_text="What participants and your team call it.")
    description = models.TextField("description", blank=True, help_text="For participants; may stay empty.")
    slug = models.SlugField("slug", max_length=100, help_text="The contest's name in web addresses.")
    mode = models.CharField(
        "mode",
        max_length=12,
        choices=Mode,
        default=Mode.GIVEAWAY,
        help_text="What points are for: chances to win, places on a list, or a place in a queue.",
    )
    status = models.CharField(
        "status",
        max_length=8,
        choices=Status,
        default=Status.DRAFT,
        help_text="Purchases earn points only while the contest is active and between its start and end.",
    )
    starts_at = models.DateTimeField("start", null=True, blank=True, help_text="Empty: it has started.")
    ends_at = models.DateTimeField(
        "end", null=True, blank=True, help_text="The first moment that no longer counts. Empty: no end yet."
    )
    is_evergreen = models.BooleanField("evergreen", default=False, help_text="Runs on without an end.")
    tracking_enabled = models.BooleanField(
        "purchases earn points",
        default=True,
        help_text="When off, purchases are still recorded, with 0 points.",
    )
    attaches_automatically = models.BooleanField(
        "waiting orders are recorded by themselves",
        default=True,
        help_text="As soon as an entry with their email address appears. When off, support attaches each by hand.",
    )
    rounding = models.CharField(
        "rounding",
        max_length=8,
        choices=Rounding,
        default=Rounding.NEAREST,
        help_text="What the rules give together is rounded once, to whole points.",
    )
    cap_per_purchase = models.PositiveBigIntegerField(
        "most points for one purchase", null=True, blank=True, help_text="Empty: no limit."
    )
    cap_per_entry = models.PositiveBigIntegerField(
        "most points from purchases for one entry",
        null=True,
        blank=True,
        help_text="Over the whole contest. Empty: no limit.",
    )
    rule_set = models.ForeignKey(
        "contests.RuleSet",
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name="rules in force",
    )
    created_at = models.DateTimeField("created at", auto_now_add=True)

    objects = ContestQuerySet.as_manager()

    class Meta:
        verbose_name = "contest"
        verbose_name_plural = "contests"
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["team", "slug"], name="contest_unique_slug_per_team"),
            models.CheckConstraint(condition=Q(id__regex=r"^[A-Za-z0-9_-]+$"), name="contest_id_safe_in_url"),
            models.CheckConstraint(
                condition=Q(mode__in=["giveaway", "leaderboard", "waitlist"]), name="contest_mode_known"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "active", "paused", "ended"]), name="contest_status_known"
            ),
            models.CheckConstraint(condition=Q(rounding__in=["nearest", "down", "up"]), name="contest_rounding_known"),
            models.CheckConstraint(
                condition=Q(starts_at=None) | Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                name="contest_ends_after_it_starts",
                violation_error_message="The end must be later than the start.",
            ),
            models.CheckConstraint(
                condition=Q(is_evergreen=False) | Q(ends_at=None),
                name="contest_evergreen_has_no_end",
                violation_error_message="An evergreen contest has no end: clear one of the two.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        if not self.slug:
            self.slug = slugify(self.title)[:100]
        if self.is_evergreen and self.ends_at:
            raise ValidationError({"ends_at": "An evergreen contest has no end: clear one of the two."})

    @property
    def current_rules(self) -> "RuleSet":
        """The rule set that judges purchases now; every contest has one from its creation on."""
        if self.rule_set is None:
            raise RuntimeError(f"Contest {self.pk} was made without publish_rules.")
        return self.rule_set

    def phase_at(self, moment: datetime) -> "Contest.Phase":
        """Where the contest stands; the dates count only while its status is active."""
        if self.status != self.Status.ACTIVE:
            return self.Phase(self.status)
        if self.starts_at is not None and moment < self.starts_at:
            return self.Phase.UPCOMING
        if self.ends_at is not None and moment >= self.ends_at:
            return self.Phase.ENDED
        return self.Phase.RUNNING

    def status_line(self, moment: datetime) -> str:
        """Where the contest stands, for people: “Starts in 3 days”, “Ended yesterday”.

        Its last day is that of the last moment that counts: one whose end is midnight ends on the day before.
        """
        phase = self.phase_at(moment)
        if phase == self.Phase.UPCOMING and self.starts_at:
            return str(f"Starts {_days_from(moment, self.starts_at)}")
        if phase == self.Phase.ENDED and self.ends_at and self.ends_at <= moment:
            return str(f"Ended {_days_from(moment, self.ends_at - INSTANT)}")
        if phase == self.Phase.RUNNING and self.ends_at:
            return str(f"Running, ends {_days_from(moment, self.ends_at - INSTANT)}")
        return str(phase.label)


def _days_from(now: datetime, moment: datetime) -> str:
    days = (timezone.localtime(moment).date() - timezone.localtime(now).date()).days
    if abs(days) <= 1:
        return str({-1: "yesterday", 0: "today", 1: "tomorrow"}[days])
    if days > 0:
        return plural(days, "in %(days)d day", "in %(days)d days") % {"days": days}
    return plural(-days, "%(days)d day ago", "%(days)d days ago") % {"days": -days}
