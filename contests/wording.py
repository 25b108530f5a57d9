"""Rules, awards and refusals in plain words: for owners, support agents and their customers."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from contests.points import Award, Blocker, Cap, Facts, Line, Miss, Rounding, Rule

BLOCKERS = {
    Blocker.TRACKING_OFF: "purchases do not earn points in this contest at the moment",
    Blocker.CONTEST_DRAFT: "the contest has not been opened",
    Blocker.CONTEST_PAUSED: "the contest is paused",
    Blocker.CONTEST_ENDED: "the contest had ended",
    Blocker.CONTEST_NOT_STARTED: "the contest had not started",
    Blocker.ENTRY_DISQUALIFIED: "the entry is disqualified",
}
CAPS = {
    Cap.PER_PURCHASE: "the most points for one purchase",
    Cap.PER_ENTRY: "the most points from purchases for one entry",
    Cap.SERVICE: "the most points that any purchase can earn",
}
ROUNDINGS = {
    Rounding.NEAREST: "rounded to the nearest whole point",
    Rounding.DOWN: "rounded down",
    Rounding.UP: "rounded up",
}


def plain(number: Decimal) -> Decimal:
    """The same number without trailing zeros: 10.00 is 10, 49.90 is 49.9."""
    digits = f"{number:f}"
    return Decimal(digits.rstrip("0").rstrip(".") if "." in digits else digits)


def sentence_of(rule: Rule) -> str:
    """“2 points per 1.00 EUR on purchases of 20.00 or more, from 1 December 2026”."""
    return " ".join([_award_of(rule), *_conditions_of(rule)])


def why_missed(line: Line) -> str:
    """Why a rule gave nothing."""
    rule = line.rule
    reasons = {
        Miss.SWITCHED_OFF: "the rule is off",
        Miss.OTHER_CURRENCY: f"it is for {rule.currency} only",
        Miss.AMOUNT_TOO_LOW: f"the amount is below {_money(rule.amount_from)}",
        Miss.AMOUNT_TOO_HIGH: f"the amount is above {_money(rule.amount_to)}",
        Miss.NOT_YET_VALID: f"it counts from {_moment(rule.valid_from)}",
        Miss.NO_LONGER_VALID: f"it counted until {_moment(rule.valid_until)}",
        Miss.NOT_FIRST_PURCHASE: "it is for an entry's first purchase only",
    }
    return reasons[line.miss] if line.miss else ""


def why_nothing(award: Award, rounding: Rounding) -> str:
    """Why an award is 0, as the end of a sentence."""
    if award.blocker is not None:
        return BLOCKERS[award.blocker]
    if not award.lines:
        return "the contest has no point rules"
    if not award.matched:
        return f"no point rule matched: {'; '.join(map(_missed, award.lines))}"
    if award.cuts:
        return f"{CAPS[award.cuts[-1].cap]} had been reached"
    return f"{_number(award.exact)} of a point was {ROUNDINGS[rounding]}"


def sentence_for_customer(order_id: str, facts: Facts, award: Award, rounding: Rounding) -> str:
    """One sentence that a support agent can send."""
    order = f"Order {order_id} of {facts.amount} {facts.currency}"
    if award.points == 0:
        return f"{order} earned no points because {why_nothing(award, rounding)}."
    return f"{order} earned {counted(Decimal(award.points))}: {', '.join(_steps(award, rounding))}."


def counted(number: Decimal) -> str:
    """“1 point”, “1,234.5 points”."""
    return f"{_number(number)} {'point' if number == 1 else 'points'}"


def _steps(award: Award, rounding: Rounding) -> Iterator[str]:
    yield _listed([f"{sentence_of(line.rule)} gave {_number(line.points)}" for line in award.matched])
    if len(award.matched) > 1:
        yield f"together {_number(award.exact)}"
    if award.exact != award.rounded:
        yield f"{ROUNDINGS[rounding]}: {award.rounded:,}"
    for cut in award.cuts:
        yield f"limited to {cut.left:,} by {CAPS[cut.cap]}"


def _missed(line: Line) -> str:
    return f"“{sentence_of(line.rule)}”: {why_missed(line)}"


def _award_of(rule: Rule) -> str:
    parts = []
    if rule.points_per_unit:
        parts.append(f"{counted(rule.points_per_unit)} per 1.00{f' {rule.currency}' if rule.currency else ''}")
    if rule.fixed_points or not parts:
        parts.append(counted(Decimal(rule.fixed_points)))
    return " and ".join(parts)


def _conditions_of(rule: Rule) -> Iterator[str]:
    in_currency = f" in {rule.currency}" if rule.currency and not rule.points_per_unit else ""
    if rule.first_purchase_only:
        yield f"on an entry's first purchase{in_currency}{_amounts_of(rule)}"
    elif rule.amount_from is not None or rule.amount_to is not None:
        yield f"on purchases{in_currency}{_amounts_of(rule)}"
    elif in_currency:
        yield f"on purchases{in_currency}"
    if rule.valid_from is not None:
        yield f"from {_moment(rule.valid_from)}"
    if rule.valid_until is not None:
        yield f"until {_moment(rule.valid_until)}"
    if not rule.is_active:
        yield "(off)"


def _amounts_of(rule: Rule) -> str:
    if rule.amount_from is not None and rule.amount_to is not None:
        return f" of {_money(rule.amount_from)} to {_money(rule.amount_to)}"
    if rule.amount_from is not None:
        return f" of {_money(rule.amount_from)} or more"
    return f" of up to {_money(rule.amount_to)}" if rule.amount_to is not None else ""


def _number(number: Decimal) -> str:
    return f"{plain(number):,f}"


def _money(amount: Decimal | None) -> str:
    if amount is None:
        return ""
    digits = max(2, -int(amount.normalize().as_tuple().exponent))
    return f"{amount:,.{digits}f}"


def _moment(moment: datetime | None) -> str:
    if moment is None:
        return ""
    moment = moment.astimezone(UTC)
    day = f"{moment.day} {moment:%B %Y}"
    return day if (moment.hour, moment.minute) == (0, 0) else f"{day} {moment:%H:%M} UTC"


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
