"""What an owner would want to be told about a contest: where it does something else than they probably think."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contests.admin.scope import change_url
from contests.models import Contest
from contests.points import Rule
from contests.wording import sentence_of
from purchases.desk.attention import held_orders_deleted, in_words, open_items
from purchases.models import RetentionGap
from purchases.reports import catch_up, closed_until, currencies_of

SOON = timedelta(days=3)
DAYS_LOOKED_AT = 90
SECONDS_TO_CATCH_UP = 0.5


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence, the page where it is mended, and how much it matters: ``danger``, ``warning`` or ``info``."""

    sentence: str
    url: str
    level: str


def notices_of(contest: Contest) -> list[Notice]:
    """What there is to know of one contest, whose figures may not have been looked at for a while."""
    catch_up([contest.pk], closed_until(), seconds=SECONDS_TO_CATCH_UP)
    return notices_of_all([contest])[contest.pk]


def notices_of_all(contests: Sequence[Contest]) -> dict[str, list[Notice]]:
    """What there is to know of each, in three statements; the contests come with their rules in force."""
    ids, now = [contest.pk for contest in contests], timezone.now()
    currencies, waiting, deleted = currencies_of(ids, DAYS_LOOKED_AT), open_items(ids), held_orders_deleted(ids)
    return {
        contest.pk: [
            *_of_its_dates(contest, now),
            *_of_its_rules(contest, now),
            *_of_its_currencies(contest, now, currencies.get(contest.pk, [])),
            *_of_its_attempts(contest, waiting[contest.pk].attempts),
            *_of_its_refunds(contest, waiting[contest.pk].refunds),
            *_of_its_limit(contest, deleted.get(contest.pk)),
        ]
        for contest in contests
    }


def _of_its_dates(contest: Contest, now: datetime) -> Iterable[Notice]:
    if contest.status == Contest.Status.ACTIVE and contest.ends_at is not None and contest.ends_at <= now:
        said = _("Its end has passed, although its status says active. Purchases earn nothing: the dates decide.")
        yield Notice(said, change_url(contest), "danger")


def _of_its_rules(contest: Contest, now: datetime) -> Iterable[Notice]:
    if contest.phase_at(now) != Contest.Phase.RUNNING:
        return
    if not contest.tracking_enabled:
        said = _("It runs, but “purchases earn points” is off. Purchases are recorded with 0 points.")
        yield Notice(said, change_url(contest), "danger")
    in_force = _in_force(contest, now)
    if not in_force:
        said = _("It runs, but no rule is on now. Purchases earn nothing.")
        yield Notice(said, change_url(contest), "danger")
    for rule in in_force:
        if rule.valid_until is not None and rule.valid_until <= now + SOON:
            said = _("A rule ends soon: %(rule)s.") % {"rule": sentence_of(rule, timezone.get_current_timezone())}
            yield Notice(said, change_url(contest), "info")


def _of_its_currencies(contest: Contest, now: datetime, currencies: list[str]) -> Iterable[Notice]:
    if len(currencies) > 1 and any(not rule.currency and rule.points_per_unit for rule in _in_force(contest, now)):
        said = _(
            "Purchases come in %(currencies)s, and a rule for any currency takes each 1.00 the same. "
            "Give it a currency, and each other currency a rule of its own."
        )
        words = {"currencies": get_text_list(currencies, _("and"))}
        yield Notice(said % words, change_url(contest), "warning")


def _of_its_attempts(contest: Contest, count: int) -> Iterable[Notice]:
    if count:
        said = ngettext("%(count)s refused order needs a person.", "%(count)s refused orders need a person.", count)
        url = reverse("admin:purchases_rejectedpurchase_changelist")
        yield Notice(said % {"count": in_words(count)}, f"{url}?contest={quote(contest.pk)}&needs=person", "warning")


def _of_its_refunds(contest: Contest, count: int) -> Iterable[Notice]:
    if count:
        said = ngettext("%(count)s refused refund needs a person.", "%(count)s refused refunds need a person.", count)
        url = reverse("admin:purchases_waitingrefund_changelist")
        query = f"state__exact=refused&is_dismissed__exact=0&contest={quote(contest.pk)}"
        yield Notice(said % {"count": in_words(count)}, f"{url}?{query}", "warning")


def _of_its_limit(contest: Contest, gap: RetentionGap | None) -> Iterable[Notice]:
    if gap is not None and gap.held_deleted_at is not None:
        said = ngettext(
            "A contest keeps at most %(limit)s orders on hold. The %(count)s order that was not received for longest "
            "was deleted on %(day)s: it earns nothing when its buyer enters, unless the shop sends it again.",
            "A contest keeps at most %(limit)s orders on hold. The %(count)s orders that were not received for longest "
            "were deleted, the last on %(day)s: they earn nothing when their buyers enter, unless the shop sends them "
            "again.",
            gap.held_deleted,
        )
        words = {
            "limit": f"{settings.HELD_PURCHASES_PER_CONTEST:,}",
            "count": f"{gap.held_deleted:,}",
            "day": formats.date_format(timezone.localtime(gap.held_deleted_at), "j M Y"),
        }
        url = reverse("admin:purchases_rejectedpurchase_changelist")
        yield Notice(said % words, f"{url}?contest={quote(contest.pk)}&state__exact=held", "danger")


def _in_force(contest: Contest, now: datetime) -> list[Rule]:
    """The rules that can match a purchase made now."""
    return [rule for rule in contest.rules_in_force.terms.rules if _is_in_force(rule, now)]


def _is_in_force(rule: Rule, now: datetime) -> Any:
    has_begun = rule.valid_from is None or rule.valid_from <= now
    return rule.is_active and has_begun and (rule.valid_until is None or now < rule.valid_until)
