"""Contests: their schedule, status and purchase settings."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.text import slugify

from blitzrocket.accounts.models.users import Team
from blitzrocket.ids import IdField
from blitzrocket.model_fields import TimeZoneField
from blitzrocket.text import plural
from contests.models.fields import ContestForeignKey

if TYPE_CHECKING:
    from contests.models.rules import RuleSet

INSTANT = timedelta(microseconds=1)
MAX_REFERRAL_POINTS = 1_000_000
EVERGREEN_HAS_NO_END = "An evergreen contest has no end date. Clear the end or turn off evergreen."


class ContestQuerySet(models.QuerySet["Contest"]):
    def for_recording(self, team_id: str) -> "ContestQuerySet":
        """The contests that a team's key may record into, each with its live rules."""
        return self.filter(team=team_id).select_related("rule_set")


class Contest(models.Model):
    """A contest that people enter, and in which their purchases earn points."""

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
        UPCOMING = "upcoming", "Upcoming"
        RUNNING = "running", "Running"
        PAUSED = "paused", "Paused"
        ENDED = "ended", "Ended"

    class Rounding(models.TextChoices):
        NEAREST = "nearest", "Nearest whole point (0.5 rounds up)"
        DOWN = "down", "Round down"
        UP = "up", "Round up"

    id = IdField(
        verbose_name="ID",
        validators=[RegexValidator(r"\A[A-Za-z0-9_-]+\Z", "Use letters, digits, hyphens and underscores only.")],
        help_text="Used in API URLs. Migrating? Enter the old ID.",
    )
    team = models.ForeignKey(
        Team,
        models.PROTECT,
        related_name="contests",
        verbose_name="team",
        help_text="Its members and API keys have access. Cannot be changed later.",
    )
    title = models.CharField("title", max_length=200)
    description = models.TextField("description", blank=True, help_text="For participants.")
    slug = models.SlugField("slug", max_length=100, help_text="Used in web addresses.")
    mode = models.CharField(
        "mode",
        max_length=12,
        choices=Mode,
        default=Mode.GIVEAWAY,
        help_text="Points give chances to win, ranks on a leaderboard, or places in line.",
    )
    status = models.CharField(
        "status",
        max_length=8,
        choices=Status,
        default=Status.DRAFT,
        help_text="Purchases earn points only while the contest is active, between start and end.",
    )
    starts_at = models.DateTimeField("start", null=True, blank=True, help_text="Leave empty to start right away.")
    ends_at = models.DateTimeField(
        "end", null=True, blank=True, help_text="Ends at this moment (not included). Leave empty for no end."
    )
    is_evergreen = models.BooleanField("evergreen", default=False, help_text="No end date.")
    time_zone = TimeZoneField(
        blank=True,
        default="",
        db_default="",
        help_text="For the dates of the contest and its rules. Leave empty for the team's.",
    )
    tracking_enabled = models.BooleanField(
        "purchases earn points",
        default=True,
        help_text="If off, purchases are recorded with 0 points.",
    )
    attaches_automatically = models.BooleanField(
        "record waiting orders automatically",
        default=True,
        help_text="As soon as an entry with their email exists. If off, support attaches each order.",
    )
    rounding = models.CharField(
        "rounding",
        max_length=8,
        choices=Rounding,
        default=Rounding.NEAREST,
        help_text="Applied once, to the sum of all rules.",
    )
    cap_per_purchase = models.PositiveBigIntegerField(
        "maximum points per purchase", null=True, blank=True, help_text="Leave empty for no limit."
    )
    cap_per_entry = models.PositiveBigIntegerField(
        "maximum purchase points per entry",
        null=True,
        blank=True,
        help_text="Over the whole contest. Leave empty for no limit.",
    )
    advocate_points = models.PositiveIntegerField(
        "advocate points",
        default=0,
        db_default=0,
        validators=[MaxValueValidator(MAX_REFERRAL_POINTS)],
        help_text="To the entry whose code was used. 0 for none.",
    )
    friend_points = models.PositiveIntegerField(
        "friend points",
        default=0,
        db_default=0,
        validators=[MaxValueValidator(MAX_REFERRAL_POINTS)],
        help_text="To the new entry. 0 for none.",
    )
    # The only one without a key in the database: see docs/decisions/0015; check_ledger looks.
    rule_set = ContestForeignKey(
        "contests.RuleSet",
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name="live rules",
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
                violation_error_message=EVERGREEN_HAS_NO_END,
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        if not self.slug:
            self.slug = slugify(self.title)[:100]
        if self.is_evergreen and self.ends_at:
            raise ValidationError({"ends_at": EVERGREEN_HAS_NO_END})

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the contest's dates and those of its rules: its own, else the team's.

        It says how dates are shown and entered; the stored times stay the same when it changes.
        """
        return ZoneInfo(self.time_zone or self.team.time_zone)

    def current_rules(self) -> "RuleSet":
        """The rule set that scores purchases now; every contest has one from its creation on."""
        if self.rule_set is None:
            raise RuntimeError(f"Contest {self.pk} was made without publish_rules.")
        return self.rule_set

    def phase_at(self, moment: datetime) -> "Contest.Phase":
        """The contest's phase; its dates count only while its status is active."""
        if self.status != self.Status.ACTIVE:
            return self.Phase(self.status)
        if self.starts_at is not None and moment < self.starts_at:
            return self.Phase.UPCOMING
        if self.ends_at is not None and moment >= self.ends_at:
            return self.Phase.ENDED
        return self.Phase.RUNNING

    def status_line(self, moment: datetime) -> str:
        """The phase as text: “Starts in 3 days”, “Ended yesterday”, by days of the contest's zone.

        The end is exclusive, so a contest that ends at midnight ends on the day before.
        """
        phase = self.phase_at(moment)
        if phase == self.Phase.UPCOMING and self.starts_at:
            return str(f"Starts {_days_from(moment, self.starts_at, self.zone)}")
        if phase == self.Phase.ENDED and self.ends_at and self.ends_at <= moment:
            return str(f"Ended {_days_from(moment, self.ends_at - INSTANT, self.zone)}")
        if phase == self.Phase.RUNNING and self.ends_at:
            return str(f"Running, ends {_days_from(moment, self.ends_at - INSTANT, self.zone)}")
        return str(phase.label)


def _days_from(now: datetime, moment: datetime, zone: ZoneInfo) -> str:
    days = (moment.astimezone(zone).date() - now.astimezone(zone).date()).days
    if abs(days) <= 1:
        return str({-1: "yesterday", 0: "today", 1: "tomorrow"}[days])
    if days > 0:
        return plural(days, "in %(days)d day", "in %(days)d days") % {"days": days}
    return plural(-days, "%(days)d day ago", "%(days)d days ago") % {"days": -days}
