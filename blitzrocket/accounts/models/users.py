"""Users, the teams that own contests and API keys, and memberships."""

from typing import Any

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.utils.functional import cached_property

from blitzrocket.ids import id_field
from blitzrocket.model_fields import TimeZoneField
from blitzrocket.time_zones import UTC_NAME


class LoginManager(UserManager["User"]):
    use_in_migrations = False

    def create_superuser(
        self, username: str, email: str | None = None, password: str | None = None, **extra_fields: Any
    ) -> "User":
        """A superuser, who replaces the first password at the first sign-in: it was typed into a terminal."""
        extra_fields = {"must_change_password": bool(password)} | extra_fields
        return super().create_superuser(username, email, password, **extra_fields)


class User(AbstractUser):
    """A person who signs in; rights come from memberships."""

    time_zone = TimeZoneField(
        blank=True,
        default="",
        db_default="",
        help_text="For all times except a contest's dates. Leave empty for your browser's.",
    )

    must_change_password = models.BooleanField(
        "must change password",
        default=False,
        db_default=False,
        help_text="At the next sign-in, because someone else set the password.",
    )

    objects = LoginManager()  # type: ignore[misc]  # Django's own class names its manager too

    @cached_property
    def roles(self) -> list["Membership"]:
        """The user's memberships with their teams, the oldest first."""
        return list(Membership.objects.filter(user=self.pk).select_related("team").order_by("created_at"))

    @property
    def team_time_zone(self) -> str:
        """The time zone for pages when the browser does not say its own: that of the user's first team."""
        return UTC_NAME if self.is_superuser or not self.roles else self.roles[0].team.time_zone


class Team(models.Model):
    """The owner of contests and API keys, which only its members see."""

    id = id_field("team")
    name = models.CharField("name", max_length=200)
    time_zone = TimeZoneField(
        default=UTC_NAME,
        db_default=UTC_NAME,
        help_text="For the dates of contests that have no time zone of their own.",
    )
    require_second_factor = models.BooleanField(
        "require two-step verification",
        default=False,
        db_default=False,
        help_text="Members without it must set it up before they can do anything else.",
    )
    created_at = models.DateTimeField("created at", auto_now_add=True)

    class Meta:
        verbose_name = "team"
        verbose_name_plural = "teams"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A user's role in a team; a user may be owner in one team and support in another."""

    class Role(models.TextChoices):
        OWNER = "owner", "Owner"
        SUPPORT = "support", "Support"

    id = id_field("membership")
    team = models.ForeignKey(Team, models.CASCADE, related_name="memberships", verbose_name="team")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships", verbose_name="user")
    role = models.CharField(
        "role",
        max_length=10,
        choices=Role,
        help_text="Owners set up contests, rules and keys. Support reads everything and acts on orders and points.",
    )
    created_at = models.DateTimeField("created at", auto_now_add=True)

    class Meta:
        verbose_name = "team member"
        verbose_name_plural = "team members"
        constraints = [
            models.UniqueConstraint(fields=["team", "user"], name="membership_unique_user_per_team"),
            models.CheckConstraint(condition=models.Q(role__in=["owner", "support"]), name="membership_role_known"),
        ]

    def __str__(self) -> str:
        return str(self.user)
