"""An entry: one person in one contest, with points."""

import secrets

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from blitzrocket.ids import ALPHABET, id_field
from contests.identity import MAX_EMAIL_LENGTH, MAX_KEY_LENGTH, Email
from contests.models.contest import Contest

REFERRAL_CODE_LENGTH = 10


def new_referral_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(REFERRAL_CODE_LENGTH))


class EntryQuerySet(models.QuerySet["Entry"]):
    def locked(self, contest_id: str, email_key: str) -> "Entry | None":
        """The person with that address, held until the transaction ends; others may still refer to it."""
        return self.filter(contest=contest_id, email_key=email_key).select_for_update(no_key=True).first()


class Entry(models.Model):
    """A person in a contest. `points` is the sum of their ledger lines, and written only with them."""

    id = id_field("entry")
    contest = models.ForeignKey(
        Contest, models.PROTECT, db_index=False, related_name="entries", verbose_name=_("contest")
    )
    email = models.CharField(_("email"), max_length=MAX_EMAIL_LENGTH, blank=True)
    email_key = models.CharField(max_length=MAX_KEY_LENGTH, blank=True, editable=False, db_collation="C")
    name = models.CharField(_("name"), max_length=200, blank=True, help_text=_("As the person wrote it."))
    phone = models.CharField(_("phone"), max_length=40, blank=True, help_text=_("Needed where there is no email."))
    referral_code = models.CharField(
        _("referral code"), max_length=40, default=new_referral_code, editable=False, db_collation="C"
    )
    email_confirmed = models.BooleanField(
        _("email confirmed"), default=True, help_text=_("Unconfirmed entries earn too; leaderboards leave them out.")
    )
    is_disqualified = models.BooleanField(
        _("disqualified"), default=False, help_text=_("New purchases are recorded but earn nothing.")
    )
    points = models.BigIntegerField(_("points"), default=0, editable=False)
    line_count = models.PositiveIntegerField(_("ledger lines"), default=0, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        constraints = [
            models.UniqueConstraint(
                fields=["contest", "email_key"],
                condition=~Q(email_key=""),
                name="entry_unique_email_per_contest",
                violation_error_message=_("This contest has an entry with that email address already."),
            ),
            models.UniqueConstraint(fields=["contest", "referral_code"], name="entry_unique_referral_code_per_contest"),
            models.CheckConstraint(
                condition=~Q(email="") | ~Q(phone=""),
                name="entry_has_email_or_phone",
                violation_error_message=_("An entry needs an email address or a phone number."),
            ),
            models.CheckConstraint(
                condition=Q(email="", email_key="") | (~Q(email="") & ~Q(email_key="")),
                name="entry_email_has_its_key",
            ),
        ]

    def __str__(self) -> str:
        return self.email or self.phone

    def set_email(self, email: Email) -> None:
        """Address and key change together or not at all."""
        self.email, self.email_key = email.address, email.key
