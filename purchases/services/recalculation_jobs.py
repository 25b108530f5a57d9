"""The jobs that recalculate purchases and undo it, in chunks of one transaction each."""

from collections.abc import Iterator, Sequence

from django.db import connection
from django.utils import timezone

from blitzrocket.jobs.models import Job
from blitzrocket.jobs.registry import handler
from contests import ledger
from contests.ledger import NewLine
from contests.models import Entry, PointTransaction
from contests.stored_scoring import stored_scoring
from purchases.models import Purchase, RecalculatedAward, Recalculation
from purchases.services.purchase_update import locked_purchases
from purchases.services.rescoring import (
    Period,
    RescoredPurchase,
    Scorer,
    count_purchases_of,
    current_purchases,
    histories_before,
    purchase_ids_of,
)

CHUNK = 200  # purchases, whose entries are locked meanwhile: record calls for them wait
Kind = PointTransaction.Kind


@handler(Recalculation.JOB_KIND, "Recalculation")
def recalculate(job: Job) -> None:
    """Run a recalculation. After its process was killed it resumes after the last committed chunk.

    Raises:
        JobStopped: it was cancelled; the chunks so far stay, and can be undone.
    """
    recalculation = Recalculation.objects.select_related("contest", "rule_set", "actor").get(
        contest=job.contest_id, job=job
    )
    period = Period(recalculation.contest_id, recalculation.since, recalculation.created_at)
    scorer = Scorer(recalculation.rule_set.terms)
    job.proceed(recalculation.scored_count, total=count_purchases_of(period))
    for ids in purchase_ids_of(period, recalculation.at_purchase):
        for chunk in _chunks_of(ids):
            with locked_purchases(recalculation.contest_id, chunk) as entries:
                _rescore_chunk(recalculation, scorer, chunk, entries)
                job.proceed(recalculation.scored_count)
    job.finish(
        {"scored": recalculation.scored_count, "changed": recalculation.changed_count, "points": recalculation.points}
    )


@handler(Recalculation.UNDO_JOB_KIND, "Undo of the recalculation")
def undo_recalculated_awards(job: Job) -> None:
    """Undo a recalculation: each purchase it scored last gets its earlier points, less those of later refunds.

    Raises:
        JobStopped: it was cancelled; undoing it again does the rest.
    """
    recalculation = Recalculation.objects.select_related("contest").get(contest=job.contest_id, undo_job=job)
    recalculated_awards = RecalculatedAward.objects.filter(
        contest=recalculation.contest_id, recalculation=recalculation
    ).order_by("pk")
    job.proceed(0, total=recalculation.scored_count)
    done, after = 0, ""
    while chunk := dict(recalculated_awards.filter(pk__gt=after).values_list("pk", "purchase_id")[:CHUNK]):
        with locked_purchases(recalculation.contest_id, list(chunk.values())) as entries:
            _undo_chunk(job, chunk, entries)
            done, after = done + len(chunk), max(chunk)
            job.proceed(done)
    job.finish({"purchases": done})


def _chunks_of(ids: list[str]) -> Iterator[list[str]]:
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))


def _rescore_chunk(recalculation: Recalculation, scorer: Scorer, chunk: list[str], entries: dict[str, Entry]) -> None:
    contest_id = recalculation.contest_id
    purchases = current_purchases(contest_id, chunk)
    scorer.load_rule_sets(contest_id, purchases)
    # Read anew for each chunk: refunds, voids and moves go on between them.
    scorer.histories = histories_before(contest_id, purchases, recalculation.pk) if scorer.has_cap_per_entry else {}
    rescored = list(scorer.score_all(purchases))
    _write_awards(recalculation, [each for each in rescored if not each.is_same])
    changed = [each for each in rescored if each.difference]
    lines = [
        NewLine(entries[each.purchase.entry_id], each.difference, each.purchase.id, recalculation.created_at)
        for each in changed
    ]
    ledger.post_all(Kind.RECALCULATED, lines, reason=recalculation.reason, actor=recalculation.actor)
    recalculation.at_purchase = chunk[-1]
    recalculation.scored_count += len(chunk) - (len(purchases) - len(rescored))  # without imported purchases
    recalculation.changed_count += len(changed)
    recalculation.points += sum(each.difference for each in changed)
    recalculation.save(update_fields=["at_purchase", "scored_count", "changed_count", "points"])


def _write_awards(recalculation: Recalculation, rescored: Sequence[RescoredPurchase]) -> None:
    now = timezone.now()
    awards = [
        RecalculatedAward(
            contest_id=recalculation.contest_id,
            purchase_id=each.purchase.id,
            recalculation=recalculation,
            previous_id=each.purchase.recalculated_award_id,
            rule_set_id=recalculation.rule_set_id,
            scoring=stored_scoring(each.facts, each.full_award),
            points_before=each.purchase.points_now,
            points_after=each.points,
            created_at=now,
        )
        for each in rescored
    ]
    RecalculatedAward.objects.bulk_create(awards)
    rows = [(award.purchase_id, award.pk, award.points_after, None) for award in awards]
    _write_purchases(recalculation.contest_id, rows)


def _undo_chunk(job: Job, chunk: dict[str, str], entries: dict[str, Entry]) -> None:
    """Undo awards, by id with their purchase's; those replaced by another recalculation since are left."""
    rows_in_chunk = Purchase.objects.filter(contest=job.contest_id, pk__in=chunk.values()).select_related(
        "rule_set", "recalculated_award__previous__rule_set"
    )
    purchases = [purchase for purchase in rows_in_chunk.order_by("pk") if purchase.recalculated_award_id in chunk]
    line_ids = _lines_of(job.contest_id, purchases)
    rows, lines = [], []
    for purchase, award in [(each, each.recalculated_award) for each in purchases if each.recalculated_award]:
        purchase.recalculated_award = award.previous
        points = _points_as_before(purchase, award)
        if purchase.is_voided:
            purchase.points_at_void, points = points, 0
        rows.append((purchase.pk, award.previous_id, points, purchase.points_at_void))
        if points != purchase.points_now:
            entry, difference = entries[purchase.entry_id], points - purchase.points_now
            undoes = line_ids.get((purchase.pk, award.points_after - award.points_before))
            lines.append(NewLine(entry, difference, purchase.pk, job.created_at, undoes))
    ledger.post_all(Kind.RECALCULATED, lines, reason=job.params["reason"], actor=job.actor)
    _write_purchases(job.contest_id, rows)


def _points_as_before(purchase: Purchase, award: RecalculatedAward) -> int:
    """Its points before the recalculation, less later refunds; of a voided one, those that restoring gives back."""
    return purchase.points_that_stay(award.points_before, purchase.money_left)


def _lines_of(contest_id: str, purchases: list[Purchase]) -> dict[tuple[str, int], str]:
    """The ids of recalculation lines that were not undone, by purchase and points; of several the last one."""
    ids = [purchase.pk for purchase in purchases]
    lines = PointTransaction.objects.not_undone(contest_id, ids, Kind.RECALCULATED)
    return {(line.purchase_id or "", line.points): line.pk for line in lines}


_WRITE_PURCHASES = """
    UPDATE purchases_purchase SET
        recalculated_award_id = new.recalculated_award_id,
        points_now = new.points,
        points_at_void = new.points_at_void
    FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[])
        AS new (id, recalculated_award_id, points, points_at_void)
    WHERE purchases_purchase.contest_id = %s AND purchases_purchase.id = new.id
"""


def _write_purchases(contest_id: str, rows: Sequence[tuple[str, str | None, int, int | None]]) -> None:
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_WRITE_PURCHASES, [*[list(column) for column in zip(*rows, strict=True)], contest_id])
