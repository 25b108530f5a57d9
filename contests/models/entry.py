"""An entry: one person in one contest, with points."""

import secrets
from collections.abc import Iterable

from django.db import models
from django.db.models import Q
from django.utils import timezone

from blitzrocket.emails import (
    MAX_EMAIL_LENGTH,
    MAX_KEY_LENGTH,
    MAX_PHONE_KEY_LENGTH,
    MAX_PHONE_LENGTH,
    MAX_WORD_LENGTH,
    Email,
    Phone,
    search_key,
    words_of,
)
from blitzrocket.ids import ALPHABET, id_field
from contests.models.contest import Contest
from contests.models.fields import ContestForeignKey, ContestRow

REFERRAL_CODE_LENGTH = 10
LAST_CHARACTER = "\U0010ffff"
PLACES_COUNTED = 10_000  # a place further down is told as “beyond”: counting on would read the whole contest


def new_referral_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(REFERRAL_CODE_LENGTH))


class EntryQuerySet(models.QuerySet["Entry"]):
    def locked(self, contest_id: str, email_key: str) -> "Entry | None":
        """The person with that address, held until the transaction ends; others may still refer to it."""
        return self.filter(contest=contest_id, email_key=email_key).select_for_update(no_key=True).first()

    def has(self, contest_id: str, email_key: str) -> bool:
        """Whether somebody in the contest has that address."""
        return self.filter(contest=contest_id, email_key=email_key).exists()

    def on_leaderboard(self, contest_id: str) -> "EntryQuerySet":
        """Who takes part for places: confirmed and not disqualified, the first place first."""
        ranked = self.filter(contest=contest_id, email_confirmed=True, is_disqualified=False)
        return ranked.order_by("-points", "points_since", "id")

    def found_by(self, contest_id: str, text: str, *, by_email: bool) -> "EntryQuerySet":
        """Entries of a contest by how their email begins, or by how each word of their name does.

        Ranges in indexes, put together; an OR over both would read the whole contest.
        """
        words = words_of(text)
        named = NameWord.objects.filter(contest=contest_id, word__in=[]).values("entry")
        for number, word in enumerate(words):
            rows = NameWord.objects.filter(contest=contest_id, word__gte=word, word__lt=word + LAST_CHARACTER)
            named = (rows.filter(entry__in=named) if number else rows).values("entry")
        if not by_email:
            return self.filter(pk__in=named)
        key = search_key(text)
        addressed = Entry.objects.filter(contest=contest_id, email_key__gte=key, email_key__lt=key + LAST_CHARACTER)
        return self.filter(pk__in=addressed.order_by().values("pk").union(named, all=True))

    def locked_together(self, contest_id: str, entry_ids: Iterable[str]) -> "dict[str, Entry]":
        """Entries by id, held until the transaction ends, and taken in the order that everybody takes them in."""
        found = self.filter(contest=contest_id, pk__in=set(entry_ids)).order_by("pk").select_for_update(no_key=True)
        return {entry.pk: entry for entry in found}


class Entry(ContestRow):
    """A person in a contest. `points` is the sum of their ledger lines, and written only with them."""

    id = id_field("entry")
    contest = models.ForeignKey(Contest, models.PROTECT, db_index=False, related_name="entries", verbose_name="contest")
    email = models.CharField("email", max_length=MAX_EMAIL_LENGTH, blank=True)
    email_key = models.CharField(max_length=MAX_KEY_LENGTH, blank=True, editable=False, db_collation="C")
    near_key = models.CharField(max_length=MAX_KEY_LENGTH, blank=True, editable=False, db_collation="C")
    name = models.CharField("name", max_length=200, blank=True)
    phone = models.CharField("phone", max_length=MAX_PHONE_LENGTH, blank=True, help_text="Required without an email.")
    phone_key = models.CharField(max_length=MAX_PHONE_KEY_LENGTH, blank=True, editable=False, db_collation="C")
    referral_code = models.CharField(
        "referral code", max_length=40, default=new_referral_code, editable=False, db_collation="C"
    )
    email_confirmed = models.BooleanField(
        "email confirmed", default=True, help_text="Unconfirmed entries earn points but are not on leaderboards."
    )
    is_disqualified = models.BooleanField(
        "disqualified", default=False, help_text="New purchases are recorded but earn nothing."
    )
    points = models.BigIntegerField("points", default=0, editable=False)
    line_count = models.PositiveIntegerField("ledger lines", default=0, editable=False)
    # Of two with the same points, whoever had them first stands higher; written with the points.
    points_since = models.DateTimeField(default=timezone.now, editable=False)
    referred_by = ContestForeignKey(
        "self",
        models.PROTECT,
        null=True,
        editable=False,
        db_index=False,
        related_name="referred",
        verbose_name="referred by",
    )
    created_at = models.DateTimeField("created at", auto_now_add=True)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = "entry"
        verbose_name_plural = "entries"
        indexes = [
            models.Index(fields=["contest", "id"], name="entry_by_contest"),
            models.Index(
                fields=["contest", "-points", "points_since", "id"],
                condition=Q(email_confirmed=True, is_disqualified=False),
                name="entry_by_rank",
            ),
            models.Index(
                fields=["contest", "referred_by"], condition=Q(referred_by__isnull=False), name="entry_by_referrer"
            ),
            models.Index(fields=["contest", "near_key"], condition=~Q(near_key=""), name="entry_by_near_key"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["contest", "email_key"],
                condition=~Q(email_key=""),
                name="entry_unique_email_per_contest",
                violation_error_message="This contest already has an entry with that email address.",
            ),
            # People of a household share a number; whoever has an address is told apart by it.
            models.UniqueConstraint(
                fields=["contest", "phone_key"],
                condition=Q(email_key="") & ~Q(phone_key=""),
                name="entry_unique_phone_per_contest",
                violation_error_message="This contest already has an entry with that phone number and no email.",
            ),
            models.UniqueConstraint(fields=["contest", "referral_code"], name="entry_unique_referral_code_per_contest"),
            models.CheckConstraint(
                condition=~Q(email="") | ~Q(phone=""),
                name="entry_has_email_or_phone",
                violation_error_message="An entry needs an email address or a phone number.",
            ),
            models.CheckConstraint(
                condition=Q(email="", email_key="", near_key="") | (~Q(email="") & ~Q(email_key="") & ~Q(near_key="")),
                name="entry_email_has_its_keys",
            ),
            models.CheckConstraint(condition=~Q(phone="") | Q(phone_key=""), name="entry_phone_key_has_its_phone"),
        ]

    def __str__(self) -> str:
        return self.email or self.phone

    def set_email(self, email: Email) -> None:
        """Address and keys change together or not at all."""
        self.email, self.email_key, self.near_key = email.address, email.key, email.near_key

    def set_phone(self, phone: Phone) -> None:
        """Number and key change together or not at all."""
        self.phone, self.phone_key = phone.number, phone.key

    def index_name(self) -> None:
        """Let the entry be found by each word of its name, whatever it was called before."""
        self.words.filter(contest=self.contest_id).delete()
        NameWord.objects.bulk_create(
            [NameWord(contest_id=self.contest_id, entry=self, word=word) for word in words_of(self.name)]
        )

    @property
    def place(self) -> int | None:
        """Its place by points; None where it is on no leaderboard or beyond the first `PLACES_COUNTED`."""
        if self.is_disqualified or not self.email_confirmed:
            return None
        ahead = Entry.objects.on_leaderboard(self.contest_id).filter(points__gt=self.points)
        count = ahead.values("pk")[:PLACES_COUNTED].count()
        return count + 1 if count < PLACES_COUNTED else None


class NameWord(ContestRow):
    """A word of an entry's name, casefolded; a table of its own, so that earning points does not write it again."""

    contest = models.ForeignKey(Contest, models.PROTECT, db_index=False, related_name="+")
    entry = ContestForeignKey(Entry, models.CASCADE, related_name="words")
    word = models.CharField(max_length=MAX_WORD_LENGTH, db_collation="C")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contest", "word", "entry"], name="nameword_unique_word_per_entry"),
        ]

    def __str__(self) -> str:
        return self.word
