"""Warnings about a contest: where it gives no points, is about to change, or has open items."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.admin.utils import quote
from django.urls import reverse
from django.utils import timezone
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


def warnings_for(contest: Contest, held_currencies: Iterable[str] = ()) -> list[ContestWarning]:
    """The warnings of one contest, also about these currencies of orders on hold."""
    return _warnings_by_contest([contest], held_currencies)[contest.pk]


def warnings_by_contest(contests: Sequence[Contest]) -> dict[str, list[ContestWarning]]:
    """The warnings by contest id, in a few statements; the contests come with their live rules."""
    return _warnings_by_contest(contests)


def _warnings_by_contest(
    contests: Sequence[Contest], held_currencies: Iterable[str] = ()
) -> dict[str, list[ContestWarning]]:
    ids, now = [contest.pk for contest in contests], timezone.now()
    currencies, items, gaps = currencies_of(ids), open_items(contests), held_orders_deleted(ids)
    connections, endpoints = connections_by_contest(ids), failing_endpoints(ids)
    return {
        contest.pk: [
            *_date_warnings(contest, now),
            *_rule_warnings(contest, now),
            *_uncovered_warnings(contest, now, dict.fromkeys([*currencies.get(contest.pk, []), *held_currencies])),
            *_currency_warnings(contest, now, currencies.get(contest.pk, [])),
            *_review_warnings(contest, items[contest.pk]),
            *_limit_warnings(contest, gaps.get(contest.pk)),
            *_store_warnings(contest, connections.get(contest.pk, []), now),
            *_webhook_warnings(endpoints.get(contest.pk, [])),
        ]
        for contest in contests
    }


def _date_warnings(contest: Contest, now: datetime) -> Iterable[ContestWarning]:
    if contest.status == Contest.Status.ACTIVE and contest.ends_at is not None and contest.ends_at <= now:
        message = "The contest has ended, so purchases earn nothing. Change its end, or set its status to ended."
        yield ContestWarning.on_page(message, contest, "change", "danger")


def _rule_warnings(contest: Contest, now: datetime) -> Iterable[ContestWarning]:
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


def _uncovered_warnings(contest: Contest, now: datetime, currencies: Iterable[str]) -> Iterable[ContestWarning]:
    """A warning for each currency that orders arrive in and no rule is for; none where no rule is on at all."""
    if contest.phase_at(now) != Contest.Phase.RUNNING or not _active_rules(contest, now):
        return
    for currency in uncovered_currencies(contest.current_rules().terms, currencies, now):
        message = f"Orders arrive in {currency}, but no rule is for {currency}, so they earn nothing."
        add_url = reverse("admin:contests_contest_add_rule", args=[quote(contest.pk)])
        yield ContestWarning(message, tab_url(contest, "rules"), "danger", "rules", currency, add_url)


def _currency_warnings(contest: Contest, now: datetime, currencies: list[str]) -> Iterable[ContestWarning]:
    if len(currencies) > 1 and any(not rule.currency and rule.points_per_unit for rule in _active_rules(contest, now)):
        message = (
            "Orders arrive in %(currencies)s, but one rule treats 1.00 of each the same. Add one rule per currency."
        )
        words = {"currencies": get_text_list(currencies, "and")}
        yield ContestWarning.on_page(message % words, contest, "rules", "warning")


def _review_warnings(contest: Contest, items: OpenItems) -> Iterable[ContestWarning]:
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


def _limit_warnings(contest: Contest, gap: RetentionGap | None) -> Iterable[ContestWarning]:
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


def _store_warnings(
    contest: Contest, connections: Sequence[StoreConnection], now: datetime
) -> Iterable[ContestWarning]:
    for sentence, url, level in store_warnings(contest, connections, now):
        yield ContestWarning(sentence, url, level, "stores")


def _webhook_warnings(endpoints: Iterable[WebhookEndpoint]) -> Iterable[ContestWarning]:
    for endpoint in endpoints:
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
