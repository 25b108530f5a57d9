"""Sentences about rules and awards, for owners, support agents and their customers."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal

from blitzrocket.local_days import is_start_of_day, last_day_before
from blitzrocket.numbers import show_number
from blitzrocket.times import zone_key
from contests.money import MINOR_DIGITS, show_amount
from contests.scoring import Award, Blocker, Cap, Line, Mismatch, Rounding, Rule, ScoringFacts, ZeroReason

BLOCKERS = {
    Blocker.TRACKING_OFF: "purchases earn no points in this contest right now",
    Blocker.CONTEST_DRAFT: "the contest is not open yet",
    Blocker.CONTEST_PAUSED: "the contest is paused",
    Blocker.CONTEST_ENDED: "the contest had ended",
    Blocker.CONTEST_NOT_STARTED: "the contest had not started",
    Blocker.ENTRY_DISQUALIFIED: "the entry is disqualified",
}
CAPS = {
    Cap.PER_PURCHASE: "maximum points per purchase",
    Cap.PER_ENTRY: "maximum purchase points per entry",
    Cap.SERVICE: "maximum points of any purchase",
}
USUAL_DIGITS = 2  # of amounts in any currency
CAP_SCOPES = {Cap.PER_PURCHASE: "per purchase", Cap.PER_ENTRY: "per entry", Cap.SERVICE: "for any purchase"}
ROUNDINGS = {
    Rounding.NEAREST: "rounded to the nearest whole point",
    Rounding.DOWN: "rounded down",
    Rounding.UP: "rounded up",
}


def plain(number: Decimal) -> Decimal:
    """The same number without trailing zeros: 10.00 is 10, 49.90 is 49.9."""
    digits = f"{number:f}"
    return Decimal(digits.rstrip("0").rstrip(".") if "." in digits else digits)


def sentence_of(rule: Rule, zone: tzinfo = UTC) -> str:
    """“2 points per 1.00 EUR on purchases of 20.00 or more, 1–24 Dec 2026”; days are those of the zone."""
    period = _period_of(rule, zone)
    sentence = f"{_award_of(rule)}{_purchases_of(rule)}{', ' if period else ''}{period}"
    return sentence if rule.is_active else f"{sentence} (off)"


def why_missed(line: Line, zone: tzinfo = UTC) -> str:
    """Why a rule did not apply, as a clause; empty where it did."""
    return f"it {_mismatch(line, zone)}" if line.mismatch else ""


def why_nothing(award: Award, rounding: Rounding, zone: tzinfo = UTC) -> str:
    """Why an award is 0 points, as a clause."""
    if award.blocker is not None:
        return BLOCKERS[award.blocker]
    match award.reason:
        case ZeroReason.NO_RULE_MATCHED if not award.lines:
            return "the contest has no point rules"
        case ZeroReason.NO_RULE_MATCHED:
            return f"no rule applies: {'; '.join(_missed_rule(line, zone) for line in award.lines)}"
        case ZeroReason.CAP_REACHED:
            return f"the {CAPS[award.applied_caps[-1].cap]} was already reached"
        case _:
            return f"{points_text(award.exact)} were {ROUNDINGS[rounding]}"


def sentence_for_customer(
    order_id: str, facts: ScoringFacts, award: Award, rounding: Rounding, zone: tzinfo = UTC
) -> str:
    """One sentence about an order's points, for support to send to the customer; rules' days are those of the zone."""
    order = f"Order {order_id} of {show_amount(facts.amount, facts.currency)}"
    if award.points == 0:
        return f"{order} earned no points because {why_nothing(award, rounding, zone)}."
    return f"{order} earned {points_text(Decimal(award.points))}: {', '.join(steps_of(award, rounding, zone))}."


def import_sentence_for_customer(order_id: str, amount: Decimal, currency: str, points: int, *, is_added: bool) -> str:
    """The sentence for an order imported from another service."""
    are = "is" if points == 1 else "are"
    included = "" if is_added or not points else f", which {are} included in your opening balance"
    order = f"Order {order_id} of {show_amount(amount, currency)} was imported from another service"
    return f"{order} with {points_text(Decimal(points))}{included}."


def steps_of(award: Award, rounding: Rounding, zone: tzinfo = UTC) -> Iterator[str]:
    """The steps of a calculation: the points of each rule, subtotal, rounding, caps."""
    yield _join([f"{sentence_of(line.rule, zone)} = {_number(line.points)}" for line in award.matched])
    if len(award.matched) > 1:
        yield f"subtotal {_number(award.exact)}"
    if award.exact != award.rounded:
        yield f"{ROUNDINGS[rounding]}: {show_number(award.rounded)}"
    for applied in award.applied_caps:
        yield f"capped at {show_number(applied.left)} {CAP_SCOPES[applied.cap]}"


def points_text(number: Decimal) -> str:
    """“1 point”, “1,234.5 points”."""
    return f"{_number(number)} {'point' if number == 1 else 'points'}"


def _missed_rule(line: Line, zone: tzinfo) -> str:
    return f"“{sentence_of(line.rule, zone)}” {_mismatch(line, zone)}"


def _mismatch(line: Line, zone: tzinfo) -> str:
    """The unmet condition of a rule, as the end of a sentence about the rule."""
    rule = line.rule
    conditions = {
        Mismatch.SWITCHED_OFF: "is off",
        Mismatch.OTHER_CURRENCY: f"is for {rule.currency} only",
        Mismatch.AMOUNT_TOO_LOW: f"is for amounts of {_money(rule.amount_from, rule.currency)} or more",
        Mismatch.AMOUNT_TOO_HIGH: f"is for amounts of up to {_money(rule.amount_to, rule.currency)}",
        Mismatch.NOT_YET_VALID: f"is valid {_from(rule.valid_from, zone)}",
        Mismatch.NO_LONGER_VALID: f"was valid {_until(rule.valid_until, zone)}",
        Mismatch.NOT_FIRST_PURCHASE: "is for an entry's first purchase only",
    }
    return conditions[line.mismatch] if line.mismatch else ""


def _award_of(rule: Rule) -> str:
    parts = []
    if rule.points_per_unit:
        parts.append(f"{points_text(rule.points_per_unit)} per 1.00{f' {rule.currency}' if rule.currency else ''}")
    if rule.fixed_points or not parts:
        parts.append(points_text(Decimal(rule.fixed_points)))
    return " and ".join(parts)


def _purchases_of(rule: Rule) -> str:
    in_currency = f" in {rule.currency}" if rule.currency and not rule.points_per_unit else ""
    if rule.first_purchase_only:
        return f" on an entry's first purchase{in_currency}{_amounts_of(rule)}"
    has_amounts = rule.amount_from is not None or rule.amount_to is not None
    return f" on purchases{in_currency}{_amounts_of(rule)}" if has_amounts or in_currency else ""


def _amounts_of(rule: Rule) -> str:
    if rule.amount_from is not None and rule.amount_to is not None:
        return f" of {_money(rule.amount_from, rule.currency)} to {_money(rule.amount_to, rule.currency)}"
    if rule.amount_from is not None:
        return f" of {_money(rule.amount_from, rule.currency)} or more"
    return f" of up to {_money(rule.amount_to, rule.currency)}" if rule.amount_to is not None else ""


def _number(number: Decimal) -> str:
    return show_number(number)


def _money(amount: Decimal | None, currency: str) -> str:
    """An amount without its currency: with the currency's minor digits, or more where the rule has more."""
    if amount is None:
        return ""
    digits = max(MINOR_DIGITS.get(currency, USUAL_DIGITS), -int(amount.normalize().as_tuple().exponent))
    return show_number(amount, digits=digits)


def _period_of(rule: Rule, zone: tzinfo) -> str:
    """“1–24 Dec 2026” for whole days, both included; otherwise with times."""
    start, end = rule.valid_from, rule.valid_until
    if start is None or end is None:
        return _from(start, zone) if start else _until(end, zone)
    if is_start_of_day(start, zone) and is_start_of_day(end, zone):
        return _days(start.astimezone(zone).date(), last_day_before(end, zone))
    return f"{_from(start, zone)} {_until(end, zone)}"


def _days(first: date, last: date) -> str:
    if first == last:
        return f"on {_day(first)}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{_day(last)}"
    return f"{first.day} {first:%b} – {_day(last)}" if first.year == last.year else f"{_day(first)} – {_day(last)}"


def _from(moment: datetime | None, zone: tzinfo) -> str:
    return f"from {_moment(moment, zone)}" if moment else ""


def _until(moment: datetime | None, zone: tzinfo) -> str:
    """“until the end of 24 Dec 2026” for an exclusive end at the start of the 25th; otherwise with the time."""
    if moment is None:
        return ""
    if is_start_of_day(moment, zone):
        return f"until the end of {_day(last_day_before(moment, zone))}"
    return f"until {_moment(moment, zone)}"


def _moment(moment: datetime, zone: tzinfo) -> str:
    local = moment.astimezone(zone)
    return _day(local) if is_start_of_day(moment, zone) else f"{_day(local)}, {local:%H:%M} {zone_key(zone)}"


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def _join(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
