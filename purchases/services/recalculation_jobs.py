"""Working a recalculation off, and taking it back, in chunks that are each done whole."""

from collections.abc import Iterator, Sequence

from django.db import connection
from django.utils import timezone

from blitzrocket.jobs.models import Job
from blitzrocket.jobs.registry import handler
from contests import ledger
from contests.explanation import explain
from contests.ledger import NewLine
from contests.models import Entry, PointTransaction
from purchases.models import Purchase, RecalculatedAward, Recalculation
from purchases.services.purchase_update import held_still
from purchases.services.rescoring import Period, RescoredPurchase, Scorer, count_of, ids_of, read_again, taken_before

CHUNK = 200  # entries are locked meanwhile
Kind = PointTransaction.Kind


@handler(Recalculation.JOB_KIND, "Recalculation")
def recalculate(job: Job) -> None:
    """Work a recalculation off, in chunks that are each done whole; after a kill it goes on behind the last one.

    Raises:
        JobStopped: it was cancelled; what was judged so far stays, and can be taken back.
    """
    recalculation = Recalculation.objects.select_related("contest", "rule_set", "actor").get(
        contest=job.contest_id, job=job
    )
    period = Period(recalculation.contest_id, recalculation.since, recalculation.created_at)
    score = Scorer(recalculation.rule_set.terms)
    job.proceed(recalculation.judged, total=count_of(period))
    for ids in ids_of(period, recalculation.at_purchase):
        for chunk in _parts_of(ids):
            with held_still(recalculation.contest_id, chunk) as entries:
                _judge_chunk(recalculation, score, chunk, entries)
                job.proceed(recalculation.judged)
    job.finish({"judged": recalculation.judged, "changed": recalculation.changed, "points": recalculation.points})


@handler(Recalculation.UNDO_JOB_KIND, "Undo of the recalculation")
def undo_recalculated_awards(job: Job) -> None:
    """Work the undoing of a recalculation off; whatever was judged again since by nothing else is as before.

    Raises:
        JobStopped: it was cancelled; asked for again, it does the rest.
    """
    recalculation = Recalculation.objects.select_related("contest").get(contest=job.contest_id, undo_job=job)
    recalculated_awards = RecalculatedAward.objects.filter(
        contest=recalculation.contest_id, recalculation=recalculation
    ).order_by("pk")
    job.proceed(0, total=recalculation.judged)
    done, after = 0, ""
    while chunk := dict(recalculated_awards.filter(pk__gt=after).values_list("pk", "purchase_id")[:CHUNK]):
        with held_still(recalculation.contest_id, list(chunk.values())) as entries:
            _take_chunk_back(job, chunk, entries)
            done, after = done + len(chunk), max(chunk)
            job.proceed(done)
    job.finish({"purchases": done})


def _parts_of(ids: list[str]) -> Iterator[list[str]]:
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))


def _judge_chunk(recalculation: Recalculation, score: Scorer, chunk: list[str], entries: dict[str, Entry]) -> None:
    pasts = read_again(recalculation.contest_id, chunk)
    score.learn(recalculation.contest_id, pasts)
    score.turns = taken_before(recalculation.contest_id, pasts, recalculation.pk) if score.has_cap_per_entry else {}
    every = list(score.judge_all(pasts))
    judged = [one for one in every if not one.is_same]
    _write_judgements(recalculation, judged)
    moved = [one for one in judged if one.difference]
    lines = [
        NewLine(entries[one.past.entry_id], one.difference, one.past.id, recalculation.created_at) for one in moved
    ]
    ledger.post_all(Kind.RECALCULATED, lines, reason=recalculation.reason, actor=recalculation.actor)
    recalculation.at_purchase = chunk[-1]
    recalculation.judged += len(chunk) - (len(pasts) - len(every))  # without history purchases
    recalculation.changed += len(moved)
    recalculation.points += sum(one.difference for one in moved)
    recalculation.save(update_fields=["at_purchase", "judged", "changed", "points"])


def _write_judgements(recalculation: Recalculation, judged: Sequence[RescoredPurchase]) -> None:
    rule_set = recalculation.rule_set
    now = timezone.now()
    recalculated_awards = [
        RecalculatedAward(
            contest_id=recalculation.contest_id,
            purchase_id=one.past.id,
            recalculation=recalculation,
            previous_id=one.past.recalculated_award_id,
            rule_set=rule_set,
            facts=one.facts,
            explanation=explain(one.past.order_id, rule_set.number, rule_set.terms, one.facts, one.full),
            points_before=one.past.points_now,
            points_after=one.points,
            created_at=now,
        )
        for one in judged
    ]
    RecalculatedAward.objects.bulk_create(recalculated_awards)
    rows = [(each.purchase_id, each.pk, each.points_after, None) for each in recalculated_awards]
    _set_judged(recalculation.contest_id, rows)


def _take_chunk_back(job: Job, chunk: dict[str, str], entries: dict[str, Entry]) -> None:
    """Of these judgements and their purchases, those that stand."""
    found = Purchase.objects.filter(contest=job.contest_id, pk__in=chunk.values()).select_related(
        "rule_set", "recalculated_award__previous__rule_set"
    )
    purchases = [purchase for purchase in found.order_by("pk") if purchase.recalculated_award_id in chunk]
    posted = _lines_of(job.contest_id, purchases)
    rows, lines = [], []
    for purchase, recalculated_award in [(one, one.recalculated_award) for one in purchases if one.recalculated_award]:
        purchase.recalculated_award = recalculated_award.previous
        points = _points_as_before(purchase, recalculated_award)
        if purchase.is_voided:
            purchase.points_at_void, points = points, 0
        rows.append((purchase.pk, recalculated_award.previous_id, points, purchase.points_at_void))
        if points != purchase.points_now:
            entry, difference = entries[purchase.entry_id], points - purchase.points_now
            undoes = posted.get((purchase.pk, recalculated_award.points_after - recalculated_award.points_before))
            lines.append(NewLine(entry, difference, purchase.pk, job.created_at, undoes))
    ledger.post_all(Kind.RECALCULATED, lines, reason=job.params["reason"], actor=job.actor)
    _set_judged(job.contest_id, rows)


def _points_as_before(purchase: Purchase, recalculated_award: RecalculatedAward) -> int:
    """What it had before, less what was refunded since; of a voided one, what restoring it gives back."""
    return purchase.points_that_stay(recalculated_award.points_before, purchase.money_left)


def _lines_of(contest_id: str, purchases: list[Purchase]) -> dict[tuple[str, int], str]:
    """The lines of recalculations that stand, by purchase and points; of several the last one."""
    ids = [purchase.pk for purchase in purchases]
    # All of them, found by their purchases: what undoes a line has no index of its own.
    recalculated = PointTransaction.objects.filter(contest=contest_id, purchase_id__in=ids, kind=Kind.RECALCULATED)
    lines = list(recalculated.order_by("pk"))
    undone = {line.undoes_id for line in lines}
    standing = (line for line in lines if line.undoes_id is None and line.pk not in undone)
    return {(line.purchase_id or "", line.points): line.pk for line in standing}


_SET_JUDGED = """
    UPDATE purchases_purchase SET
        recalculated_award_id = judged.recalculated_award_id,
        points_now = judged.points,
        points_at_void = judged.points_at_void
    FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[])
        AS judged (id, recalculated_award_id, points, points_at_void)
    WHERE purchases_purchase.contest_id = %s AND purchases_purchase.id = judged.id
"""


def _set_judged(contest_id: str, rows: Sequence[tuple[str, str | None, int, int | None]]) -> None:
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_SET_JUDGED, [*[list(column) for column in zip(*rows, strict=True)], contest_id])
