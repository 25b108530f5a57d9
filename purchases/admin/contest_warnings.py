"""Warnings about a contest: where it gives no points, is about to change, or has open items."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.admin.utils import quote
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import get_text_list

from blitzrocket.accounts.admin.team_scoped import change_url, list_url
from blitzrocket.numbers import show_number
from blitzrocket.text import plural
from blitzrocket.times import show_date
from contests.admin.contest_pages import tab_url
from contests.models import Contest
from contests.rule_coverage import uncovered_currencies
from contests.rule_text import sentence_of
from contests.scoring import Rule
from purchases.admin.store_warnings import connections_by_contest, store_warnings
from purchases.models import (
    PendingRefund,
    RejectedPurchase,
    RetentionGap,
    StoreConnection,
    StoreDelivery,
    WebhookEndpoint,
)
from purchases.outgoing.endpoints import failing_endpoints
from purchases.stats import currencies_of
from purchases.support.open_items import OpenItems, capped_count, held_orders_deleted, open_items

SOON = timedelta(days=3)
# Of the lists: what needs a person.
OPEN = {"attention": "open"}
REFUSED = {"state__exact": "refused", "is_dismissed__exact": "0"}


@dataclass(frozen=True, slots=True)
class ContestWarning:
    """A sentence, the URL where to fix it, and its level: ``danger``, ``warning`` or ``info``.

    ``page`` is the contest's page that it is about, if any. ``currency`` has no rule, and ``add_url`` adds one.
    """

    sentence: str
    url: str
    level: str
    page: str = ""
    currency: str = ""
    add_url: str = ""

    @classmethod
    def on_page(cls, sentence: str, contest: Contest, page: str, level: str) -> "ContestWarning":
        """A warning to fix on a page of the contest."""
        return cls(sentence, tab_url(contest, page), level, page)


class _Facts:
    """What is known of some contests; what a page's warnings are not about is not read for it."""

    def __init__(self, contests: Sequence[Contest], held_currencies: Iterable[str] = ()) -> None:
        self.contests, self.held_currencies = contests, held_currencies
        self.ids, self.now = [contest.pk for contest in contests], timezone.now()

    @cached_property
    def currencies(self) -> dict[str, list[str]]:
        return currencies_of(self.ids)

    @cached_property
    def items(self) -> dict[str, OpenItems]:
        return open_items(self.contests)

    @cached_property
    def gaps(self) -> dict[str, RetentionGap]:
        return held_orders_deleted(self.ids)

    @cached_property
    def connections(self) -> dict[str, list[StoreConnection]]:
        return connections_by_contest(self.ids)

    @cached_property
    def endpoints(self) -> dict[str, list[WebhookEndpoint]]:
        return failing_endpoints(self.ids)


def warnings_for(contest: Contest) -> list[ContestWarning]:
    """All warnings of one contest."""
    return warnings_by_contest([contest])[contest.pk]


def warnings_about(contest: Contest, page: str, held_currencies: Iterable[str] = ()) -> list[ContestWarning]:
    """The warnings about one page of a contest; those about its rules are also for currencies of orders on hold."""
    facts = _Facts([contest], held_currencies)
    possible = [warnings for warnings, pages in _WARNINGS if page in pages]
    return [warning for warnings in possible for warning in warnings(contest, facts) if warning.page == page]


def warnings_by_contest(contests: Sequence[Contest]) -> dict[str, list[ContestWarning]]:
    """The warnings by contest id, in a few statements; the contests come with their live rules."""
    facts = _Facts(contests)
    return {
        contest.pk: [warning for warnings, _ in _WARNINGS for warning in warnings(contest, facts)]
        for contest in contests
    }


def _date_warnings(contest: Contest, facts: _Facts) -> Iterable[ContestWarning]:
    if contest.status == Contest.Status.ACTIVE and contest.ends_at is not None and contest.ends_at <= facts.now:
        message = "The contest has ended, so purchases earn nothing. Change its end, or set its status to ended."
        yield ContestWarning.on_page(message, contest, "change", "danger")


def _rule_warnings(contest: Contest, facts: _Facts) -> Iterable[ContestWarning]:
    now = facts.now
    if contest.phase_at(now) != Contest.Phase.RUNNING:
        return
    if not contest.tracking_enabled:
        message = "“Purchases earn points” is off, so purchases are recorded with 0 points. Turn it on to give points."
        yield ContestWarning.on_page(message, contest, "change", "danger")
    active_rules = _active_rules(contest, now)
    if not active_rules:
        message = "No rule is on, so purchases earn nothing. Turn a rule on, or add one."
        yield ContestWarning.on_page(message, contest, "rules", "danger")
    for rule in active_rules:
        if rule.valid_until is not None and rule.valid_until <= now + SOON:
            message = f"A rule ends soon: {sentence_of(rule, contest.zone)}."
            yield ContestWarning.on_page(message, contest, "rules", "info")


def _uncovered_warnings(contest: Contest, facts: _Facts) -> Iterable[ContestWarning]:
    """A warning for each currency that orders arrive in and no rule is for; none where no rule is on at all."""
    now = facts.now
    if contest.phase_at(now) != Contest.Phase.RUNNING or not _active_rules(contest, now):
        return
    currencies = dict.fromkeys([*facts.currencies.get(contest.pk, []), *facts.held_currencies])
    for currency in uncovered_currencies(contest.current_rules().terms, currencies, now):
        message = f"Orders arrive in {currency}, but no rule is for {currency}, so they earn nothing."
        add_url = reverse("admin:contests_contest_add_rule", args=[quote(contest.pk)])
        yield ContestWarning(message, tab_url(contest, "rules"), "danger", "rules", currency, add_url)


def _currency_warnings(contest: Contest, facts: _Facts) -> Iterable[ContestWarning]:
    now, currencies = facts.now, facts.currencies.get(contest.pk, [])
    if len(currencies) > 1 and any(not rule.currency and rule.points_per_unit for rule in _active_rules(contest, now)):
        message = (
            "Orders arrive in %(currencies)s, but one rule treats 1.00 of each the same. Add one rule per currency."
        )
        words = {"currencies": get_text_list(currencies, "and")}
        yield ContestWarning.on_page(message % words, contest, "rules", "warning")


def _review_warnings(contest: Contest, facts: _Facts) -> Iterable[ContestWarning]:
    items = facts.items[contest.pk]
    for count, one, many, model, filters in (
        (items.rejected, "%(count)s order needs review.", "%(count)s orders need review.", RejectedPurchase, OPEN),
        (items.refunds, "%(count)s refund needs review.", "%(count)s refunds need review.", PendingRefund, REFUSED),
        (
            items.deliveries,
            "%(count)s store delivery needs review.",
            "%(count)s store deliveries need review.",
            StoreDelivery,
            OPEN,
        ),
    ):
        if count:
            message = plural(count, one, many) % {"count": capped_count(count)}
            yield ContestWarning(message, list_url(model, contest=contest.pk, **filters), "warning")


def _limit_warnings(contest: Contest, facts: _Facts) -> Iterable[ContestWarning]:
    gap = facts.gaps.get(contest.pk)
    if gap is not None and gap.held_deleted_at is not None:
        message = plural(
            gap.held_deleted,
            "At most %(limit)s orders can be on hold, so the oldest %(count)s order was deleted on %(day)s. "
            "If its buyer enters, ask the shop to send it again.",
            "At most %(limit)s orders can be on hold, so the oldest %(count)s orders were deleted, last on %(day)s. "
            "If their buyers enter, ask the shop to send them again.",
        )
        words = {
            "limit": show_number(settings.HELD_PURCHASES_PER_CONTEST),
            "count": show_number(gap.held_deleted),
            "day": show_date(timezone.localtime(gap.held_deleted_at).date()),
        }
        url = list_url(RejectedPurchase, contest=contest.pk, state__exact="held")
        yield ContestWarning(message % words, url, "danger")


def _store_warnings(contest: Contest, facts: _Facts) -> Iterable[ContestWarning]:
    for sentence, url, level in store_warnings(contest, facts.connections.get(contest.pk, []), facts.now):
        yield ContestWarning(sentence, url, level, "stores")


def _webhook_warnings(contest: Contest, facts: _Facts) -> Iterable[ContestWarning]:
    for endpoint in facts.endpoints.get(contest.pk, []):
        if endpoint.is_active:
            message = f"The webhook “{endpoint.name}” has failed for a while. Its requests say why."
            yield ContestWarning(message, change_url(endpoint), "warning", "webhooks")
        else:
            message = f"The webhook “{endpoint.name}” failed for days and is paused. Fix its receiver, then resume it."
            yield ContestWarning(message, change_url(endpoint), "danger", "webhooks")


def _active_rules(contest: Contest, now: datetime) -> list[Rule]:
    """The rules that can match a purchase made now."""
    return [rule for rule in contest.current_rules().terms.rules if _is_active(rule, now)]


def _is_active(rule: Rule, now: datetime) -> Any:
    has_begun = rule.valid_from is None or rule.valid_from <= now
    return rule.is_active and has_begun and (rule.valid_until is None or now < rule.valid_until)


# In the order in which they are shown, each with the contest's pages that its warnings can be about; what is about none
# is shown on the overview and the list of contests alone.
_WARNINGS: tuple[tuple[Callable[[Contest, _Facts], Iterable[ContestWarning]], tuple[str, ...]], ...] = (
    (_date_warnings, ("change",)),
    (_rule_warnings, ("change", "rules")),
    (_uncovered_warnings, ("rules",)),
    (_currency_warnings, ("rules",)),
    (_review_warnings, ()),
    (_limit_warnings, ()),
    (_store_warnings, ("stores",)),
    (_webhook_warnings, ("webhooks",)),
)
