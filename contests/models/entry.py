"""Entries: a person in a contest, with points."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from blitzrocket.emails import (
    MAX_EMAIL_LENGTH,
    MAX_KEY_LENGTH,
    MAX_PHONE_KEY_LENGTH,
    MAX_PHONE_LENGTH,
    MAX_WORD_LENGTH,
    Email,
    Phone,
    words_of,
)
from blitzrocket.ids import ALPHABET, id_field
from blitzrocket.model_fields import PlainCharField
from contests.models.contest import Contest
from contests.models.fields import ContestForeignKey, ContestRow, is_consistent

MAX_NAME_LENGTH = 200
MAX_CODE_LENGTH = 40
MAX_ADJUSTMENT = 1_000_000_000  # points added or removed by hand at once
REFERRAL_CODE_LENGTH = 10
LAST_CHARACTER = "\U0010ffff"
RANKING = ("-points", "points_since", "id")
ERASED_NAME = "Erased entry"
PLACES_COUNTED = 10_000  # lower places are shown as “below rank 10,000”: counting on would read the whole contest


def new_referral_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(REFERRAL_CODE_LENGTH))


class EntryQuerySet(models.QuerySet["Entry"]):
    def locked(self, contest_id: str, email_key: str) -> "Entry | None":
        """The entry with that email, locked until the transaction ends.

        ``no_key``: inserts that refer to the entry, such as a referral, do not wait for the lock.
        """
        return self.filter(contest=contest_id, email_key=email_key).select_for_update(no_key=True).first()

    def has(self, contest_id: str, email_key: str) -> bool:
        """Whether an entry of the contest has that email."""
        return self.filter(contest=contest_id, email_key=email_key).exists()

    def on_leaderboard(self, contest_id: str) -> "EntryQuerySet":
        """The ranked entries (confirmed and not disqualified), the first place first."""
        ranked = self.filter(contest=contest_id, email_confirmed=True, is_disqualified=False)
        return ranked.order_by(*RANKING)

    # Several entries are always locked in the order of their ids, so that no two transactions deadlock.

    def locked_together(self, contest_id: str, entry_ids: Iterable[str]) -> "dict[str, Entry]":
        """Entries by id, locked until the transaction ends."""
        entries = self.filter(contest=contest_id, pk__in=set(entry_ids)).order_by("pk").select_for_update(no_key=True)
        return {entry.pk: entry for entry in entries}

    def locked_by_emails(
        self, contest_id: str, email_keys: Iterable[str], *, or_ids: Iterable[str] = ()
    ) -> "list[Entry]":
        """Entries with these emails or ids, locked until the transaction ends."""
        either = Q(email_key__in=set(email_keys)) | Q(pk__in=set(or_ids))
        return list(self.filter(either, contest=contest_id).order_by("pk").select_for_update(no_key=True))

    def locked_for_removal(self, contest_id: str, entry_ids: Iterable[str]) -> "dict[str, Entry]":
        """Entries by id, locked until the transaction ends also for inserts that refer to them, such as a referral."""
        entries = self.filter(contest=contest_id, pk__in=set(entry_ids)).order_by("pk").select_for_update()
        return {entry.pk: entry for entry in entries}


class Entry(ContestRow):
    """A person in a contest. `points` is the sum of the entry's ledger lines, and only written with them."""

    id = id_field("entry")
    contest = models.ForeignKey(Contest, models.PROTECT, db_index=False, related_name="entries", verbose_name="contest")
    email = models.CharField("email", max_length=MAX_EMAIL_LENGTH, blank=True)
    email_key = models.CharField(max_length=MAX_KEY_LENGTH, blank=True, editable=False, db_collation="C")
    near_key = models.CharField(max_length=MAX_KEY_LENGTH, blank=True, editable=False, db_collation="C")
    name = models.CharField("name", max_length=MAX_NAME_LENGTH, blank=True)
    phone = models.CharField("phone", max_length=MAX_PHONE_LENGTH, blank=True, help_text="Required without an email.")
    phone_key = models.CharField(max_length=MAX_PHONE_KEY_LENGTH, blank=True, editable=False, db_collation="C")
    referral_code = PlainCharField(
        "referral code", max_length=MAX_CODE_LENGTH, default=new_referral_code, editable=False, db_collation="C"
    )
    email_confirmed = models.BooleanField(
        "email confirmed", default=True, help_text="Unconfirmed entries earn points but are not on leaderboards."
    )
    is_disqualified = models.BooleanField(
        "disqualified", default=False, help_text="New purchases are recorded but earn nothing."
    )
    points = models.BigIntegerField("points", default=0, editable=False)
    line_count = models.IntegerField("ledger lines", default=0, editable=False)
    # Of the newest line that recording an order wrote. Where it is the entry's last line, the entry still has that
    # order, because voiding or moving it writes another. A process of 1.0.0 leaves it behind, which is no error.
    last_earned_number = models.IntegerField(default=0, db_default=0, editable=False)
    # Ties on the leaderboard go to the entry that had its points first; written with the points.
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
    erased_at = models.DateTimeField("erased", null=True, editable=False)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = "entry"
        verbose_name_plural = "entries"
        indexes = [
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
            models.UniqueConstraint(fields=["contest", "id"], name="entry_by_contest"),
            models.UniqueConstraint(
                fields=["contest", "email_key"],
                condition=~Q(email_key=""),
                name="entry_unique_email_per_contest",
                violation_error_message="This contest already has an entry with that email address.",
            ),
            # A household may share a number; entries with an email are distinguished by that.
            models.UniqueConstraint(
                fields=["contest", "phone_key"],
                condition=Q(email_key="") & ~Q(phone_key=""),
                name="entry_unique_phone_per_contest",
                violation_error_message="This contest already has an entry with that phone number and no email.",
            ),
            models.UniqueConstraint(fields=["contest", "referral_code"], name="entry_unique_referral_code_per_contest"),
            # Apart from the next, because forms show its message.
            models.CheckConstraint(
                condition=~Q(email="") | ~Q(phone="") | Q(erased_at__isnull=False),
                name="entry_has_email_or_phone_or_is_erased",
                violation_error_message="An entry needs an email address or a phone number.",
            ),
            # An email has both of its keys, and nothing else has them; a phone's key has its phone.
            models.CheckConstraint(
                condition=is_consistent(
                    "entry_is_consistent", "email", "email_key", "near_key", "phone", "phone_key", "line_count"
                ),
                name="entry_is_consistent",
            ),
        ]

    def __str__(self) -> str:
        return self.email or self.phone or self.name

    def set_email(self, email: Email) -> None:
        """Set the email and its keys together."""
        self.email, self.email_key, self.near_key = email.address, email.key, email.near_key

    def set_phone(self, phone: Phone) -> None:
        """Set the phone and its key together."""
        self.phone, self.phone_key = phone.number, phone.key

    def erase(self, now: datetime) -> None:
        """Remove all that says whose entry it is, and save it; points and ledger stay.

        No order, sign-up or referral link leads to it any more.
        """
        self.email = self.email_key = self.near_key = self.phone = self.phone_key = ""
        self.name, self.referral_code, self.erased_at = ERASED_NAME, new_referral_code(), now
        self.words.filter(contest=self.contest_id).delete()
        contacts = ["email", "email_key", "near_key", "phone", "phone_key"]
        self.save(update_fields=[*contacts, "name", "referral_code", "erased_at"])

    def index_name(self) -> None:
        """Replace the search words of the entry by those of its current name."""
        self.words.filter(contest=self.contest_id).delete()
        NameWord.objects.bulk_create(
            [NameWord(contest_id=self.contest_id, entry=self, word=word) for word in words_of(self.name)]
        )

    @property
    def is_erased(self) -> bool:
        """Whether its personal data was erased."""
        return self.erased_at is not None

    @property
    def is_ranked(self) -> bool:
        """Whether it is on the leaderboard."""
        return self.email_confirmed and not self.is_disqualified

    def place(self, points: "Mapping[Entry, int] | None" = None) -> int | None:
        """The place on the leaderboard; None where it is not ranked, or below the first `PLACES_COUNTED`.

        With ``points`` of entries, its place once they have these.
        """
        if not self.is_ranked:
            return None
        changed = {
            entry: after
            for entry, after in (points or {}).items()
            if entry.is_ranked and entry.contest_id == self.contest_id
        }
        own = changed.get(self, self.points)
        ahead = Entry.objects.on_leaderboard(self.contest_id).filter(points__gt=own)
        others = ahead.exclude(pk__in=[entry.pk for entry in changed])
        count = others.values("pk")[:PLACES_COUNTED].count() + sum(after > own for after in changed.values())
        return count + 1 if count < PLACES_COUNTED else None


class NameWordQuerySet(models.QuerySet["NameWord"]):
    def starting_with(self, contest_ids: Sequence[str], prefix: str) -> "NameWordQuerySet":
        """Words of these contests with a prefix."""
        return self.filter(contest__in=contest_ids, word__gte=prefix, word__lt=prefix + LAST_CHARACTER)

    def with_words(self, contest_ids: Sequence[str], prefixes: Sequence[str]) -> "NameWordQuerySet":
        """Words with the first of these prefixes, of entries that have a word with each of the others."""
        if not prefixes:
            return self.none()
        words = self.starting_with(contest_ids, prefixes[0])
        for prefix in prefixes[1:]:
            others = NameWord.objects.starting_with(contest_ids, prefix)
            words = words.filter(Exists(others.filter(contest=OuterRef("contest"), entry=OuterRef("entry"))))
        return words


class NameWord(ContestRow):
    """A search word of an entry's name, casefolded. In its own table, so that earning points does not rewrite it."""

    contest = models.ForeignKey(Contest, models.PROTECT, db_index=False, related_name="+")
    entry = ContestForeignKey(Entry, models.CASCADE, related_name="words")
    word = models.CharField(max_length=MAX_WORD_LENGTH, db_collation="C")

    objects = NameWordQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contest", "word", "entry"], name="nameword_unique_word_per_entry"),
        ]

    def __str__(self) -> str:
        return self.word
