"""The view that records a purchase."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import transaction
from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bench.peers.drf.models import Contest, Entry, LedgerLine, Purchase
from bench.peers.drf.serializers import PurchaseSerializer
from bench.peers.one_statement import answer_of


class PurchaseView(APIView):
    def post(self, request: Request, contest_id: str) -> Response:
        contest = get_object_or_404(Contest, pk=contest_id, team_id=request.auth.team_id)
        serializer = PurchaseSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        purchase, is_new = record(contest, serializer.validated_data)
        points = purchase.points if is_new else None
        status, content = answer_of((True, True, True, purchase.pk, purchase.entry_id, points))
        return Response(content, status=status)


@transaction.atomic
def record(contest: Contest, values: dict[str, Any]) -> tuple[Purchase, bool]:
    """Record an order, unless it is recorded already."""
    entry = get_object_or_404(Entry.objects.select_for_update(), contest=contest, email=values["email"].lower())
    points = points_of(contest, values["amount"], values["currency"])
    purchase, is_new = Purchase.objects.get_or_create(
        contest=contest,
        order_id=values["orderId"],
        defaults={"entry": entry, "amount": values["amount"], "currency": values["currency"], "points": points},
    )
    if is_new:
        LedgerLine.objects.create(contest=contest, entry=entry, purchase=purchase, points=points)
        entry.points += points
        entry.save(update_fields=["points"])
    return purchase, is_new


def points_of(contest: Contest, amount: Decimal, currency: str) -> int:
    rules = [rule for rule in contest.rules.all() if rule.currency in ("", currency) and amount >= rule.amount_from]
    exact = sum((amount * rule.points_per_unit + rule.fixed_points for rule in rules), Decimal(0))
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))
