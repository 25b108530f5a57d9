"""What the page of a recorded order says."""

from collections.abc import Iterator
from typing import Any

from django.utils.html import format_html

from blitzrocket.accounts.admin.team_scoped import change_url
from blitzrocket.numbers import show_number
from blitzrocket.times import first_day_element, last_day_element, time_element
from contests.models import Contest
from contests.models.rule_cache import published_rules
from contests.money import show_amount
from contests.scoring import Cap, ScoringFacts
from purchases.admin.order_page import Badge, Details, Fact, NextStep, OrderPage, entry_link, object_link
from purchases.models import PendingRefund, Purchase, RejectedPurchase
from purchases.services.order_scoring import ContestState
from purchases.support.timeline import Timeline

STATUS_KINDS = {
    Purchase.Status.RECORDED: "success",
    Purchase.Status.PARTIALLY_REFUNDED: "warning",
    Purchase.Status.REFUNDED: "warning",
    Purchase.Status.VOIDED: "danger",
}
CAPS = {
    Cap.PER_PURCHASE: "Maximum per purchase",
    Cap.PER_ENTRY: "Maximum per entry",
    Cap.SERVICE: "Maximum of the service",
}


def purchase_page(purchase: Purchase, timeline: Timeline) -> OrderPage:
    """The page of a recorded order."""
    status = "Voided (import undone)" if purchase.import_undone_at else purchase.get_status_display()
    return OrderPage(
        kind="Imported order" if purchase.is_imported else "Recorded order",
        badge=Badge(STATUS_KINDS[Purchase.Status(purchase.status)], status),
        facts=list(_facts(purchase)),
        next_step=_on_hold_again(purchase, timeline) or _refused_refund(purchase, timeline),
        primary="restore" if purchase.is_voided else "refund" if purchase.money_left else "",
        details=list(_details(purchase, timeline)),
    )


def _on_hold_again(purchase: Purchase, timeline: Timeline) -> NextStep | None:
    """Where the order's attach was undone, which voided it."""
    if not purchase.is_voided:
        return None
    for rejected in timeline.rejections:
        if rejected.is_held and _is_of(purchase, rejected):
            text = "Its attach was undone. Attach it to the right entry on the page of the rejected order."
            return NextStep("On hold again", text, link=("Open rejected order", change_url(rejected)))
    return None


def _refused_refund(purchase: Purchase, timeline: Timeline) -> NextStep | None:
    """A refund by the shop that was not made and that nobody has dismissed."""
    for refund in timeline.pending_refunds:
        if refund.state == PendingRefund.State.REFUSED and not refund.is_dismissed and _is_of(purchase, refund):
            title = f"Refund refused: {refund.amount_in_words}".removesuffix(": ")
            link = format_html('<a href="{}">{}</a>', change_url(refund), title)
            return NextStep(link, "No points were removed.", [("", refund.problem)] if refund.problem else [])
    return None


def _is_of(purchase: Purchase, row: RejectedPurchase | PendingRefund) -> bool:
    return (row.contest_id, row.order_id) == (purchase.contest_id, purchase.order_id)


def _facts(purchase: Purchase) -> Iterator[Fact]:
    entry = purchase.entry
    email = str(entry) if entry.name else ""
    sent = "" if purchase.email_key == entry.email_key else f"Sent with {purchase.email}"
    yield Fact("Entry", entry_link(entry), " · ".join(filter(None, (email, sent))))
    earned = f"{show_number(purchase.points_awarded)} earned" if purchase.points_now != purchase.points_awarded else ""
    yield Fact("Points", show_number(purchase.points_now), earned)
    yield Fact("Amount", show_amount(purchase.money, purchase.currency), _refunded(purchase))
    yield Fact("Contest", object_link(purchase.contest))
    yield Fact("Purchased", time_element(purchase.purchased_at))


def _refunded(purchase: Purchase) -> str:
    if not purchase.refunded_amount:
        return ""
    refunded = show_amount(purchase.money_refunded, purchase.currency)
    return f"{refunded} refunded, {show_amount(purchase.money_left, purchase.currency)} left"


def _details(purchase: Purchase, timeline: Timeline) -> Iterator[Details]:
    zone = purchase.contest.zone
    if purchase.recalculated_award:
        yield Details("How points were recalculated", list(_steps(purchase.explain_last(zone))), is_sum=True)
    yield Details("How points were calculated", list(_steps(purchase.explain(zone))), is_sum=True)
    yield Details("Contest settings at the time", list(_settings(purchase)))
    yield Details("Source and IDs", list(_source(purchase, timeline)))


def _steps(explanation: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """An explanation as steps with their points."""
    if explanation["history"]:
        yield "Imported from another service", show_number(explanation["points"])
        return
    for line in explanation["rules"]:
        yield (line["rule"], show_number(line["points"])) if line["matched"] else (
            f"{line['rule']} – not applied: {line['reason']}", "–"
        )  # fmt: skip
    yield "Subtotal", show_number(explanation["exactPoints"])
    yield "Rounded", show_number(explanation["roundedPoints"])
    for cap in explanation["caps"]:
        yield CAPS[Cap(cap["cap"])], show_number(cap["limitedTo"])
    if explanation["notEarning"]:
        yield f"No points: {explanation['notEarning']['reason']}", "0"
    yield f"Points earned (rules version {explanation['ruleSet']})", show_number(explanation["points"])


def _settings(purchase: Purchase) -> Iterator[tuple[str, Any]]:
    if purchase.rule_set_id is None:
        yield "Rules", "None: imported with its points"
        return
    rules, facts = published_rules(purchase.contest_id, purchase.rule_set_id), purchase.scoring_facts
    yield "Rules", f"Version {rules.number}"
    yield "Rounding", Contest.Rounding(rules.terms.rounding).label
    yield "Maximum per purchase", _points(rules.terms.cap_per_purchase)
    yield "Maximum per entry", _points(rules.terms.cap_per_entry)
    yield from state_lines(purchase.contest, facts)
    yield "First purchase of the entry", "Yes" if facts.is_first_purchase else "No"
    if rules.terms.cap_per_entry is not None:
        yield "Points from earlier purchases", show_number(facts.points_before)
    if facts.is_disqualified:
        yield "Entry", "Disqualified"


def state_lines(contest: Contest, state: ScoringFacts | ContestState) -> Iterator[tuple[str, Any]]:
    """The state of a contest by which an order is scored; its dates in its own time zone."""
    yield "Contest status", Contest.Status(state.contest_status).label
    yield "Purchase tracking", "On" if state.tracking_enabled else "Off"
    yield "Start", first_day_element(state.starts_at, contest.zone) if state.starts_at else "None"
    yield "End", last_day_element(state.ends_at, contest.zone) if state.ends_at else "None"


def _points(cap: int | None) -> str:
    return "None" if cap is None else show_number(cap)


def _source(purchase: Purchase, timeline: Timeline) -> Iterator[tuple[str, Any]]:
    yield "Recorded", time_element(purchase.created_at)
    yield "Recorded with", _recorded_with(purchase, timeline)
    yield "Email as sent", purchase.email
    yield "Order ID", purchase.order_id
    for other_id in timeline.other_ids:
        yield "Other ID in its store", other_id
    yield "Purchase ID", purchase.pk
    yield "Entry ID", purchase.entry_id
    yield "Contest ID", purchase.contest_id


def _recorded_with(purchase: Purchase, timeline: Timeline) -> str:
    if purchase.source_import:
        return f"Import “{purchase.source_import}”"
    if purchase.api_key is None:
        return "Entered manually"
    return timeline.stores.get(purchase.api_key_id or "") or str(purchase.api_key)  # no link: support opens no keys
