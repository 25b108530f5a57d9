"""Load data is as the services would have written it."""

import json
from collections import Counter
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from blitzrocket.accounts.models import Team
from blitzrocket.emails import Email, words_of
from contests.models import Contest, Entry, NameWord
from contests.models.rule_cache import published_rules
from contests.services import create_entry
from purchases.models import Purchase, RejectedPurchase
from purchases.services import release_held_purchases
from purchases.services.order_scoring import Conditions, EntryTotals, NewPurchase, score_order, state_of
from purchases.stats import prove

SIZES = {"purchases": 1500, "entries": 120, "held": 40, "days": 20}


def generate(**options: Any) -> dict[str, str]:
    out = StringIO()
    call_command("generate_load_data", stdout=out, stderr=StringIO(), **(SIZES | options))
    load_data: dict[str, str] = json.loads(out.getvalue())
    return load_data


@pytest.fixture
def load_data(transactional_db: None) -> dict[str, str]:
    return generate()


def test_balances_and_ledger_add_up(load_data: dict[str, str]) -> None:
    call_command("check_ledger", stdout=StringIO())
    assert prove(load_data["contestId"]) == []
    assert (Purchase.objects.count(), Entry.objects.count()) == (1500, 120)
    assert set(Counter(Purchase.objects.values_list("status", flat=True))) == set(Purchase.Status.values)


def test_the_contest_works_like_any_other(load_data: dict[str, str]) -> None:
    entry = Entry.objects.filter(is_disqualified=False).order_by("?").first()
    assert entry is not None
    path, key = f"/api/v1/contests/{load_data['contestId']}", {"x-api-key": load_data["privateKey"]}
    body = {"email": entry.email, "orderId": "new", "amount": 10}
    assert Client().post(f"{path}/purchases", body, "application/json", headers=key).status_code == 201
    assert Client().get(f"{path}/purchases", headers=key).json()["pagination"]["total"] == 1501
    assert Client().get(path, headers={"x-api-key": load_data["publicKey"]}).json()["data"]["entriesCount"] == 120
    call_command("check_ledger", stdout=StringIO())


def test_a_purchase_is_scored_as_recording_does(load_data: dict[str, str]) -> None:
    contest = Contest.objects.select_related("rule_set").get()
    conditions = Conditions(published_rules(contest.pk, contest.current_rules().pk), state_of(contest))
    first = set(Purchase.objects.order_by("entry", "id").distinct("entry").values_list("pk", flat=True))
    for purchase in Purchase.objects.select_related("entry").order_by("?")[:50]:
        order = NewPurchase(
            email=Email.parse(purchase.email),
            order_id=purchase.order_id,
            amount=purchase.money,
            currency=purchase.currency,
            purchased_at=purchase.purchased_at,
        )
        entry = EntryTotals("", 0, 0, False, has_purchases=purchase.pk not in first, purchase_points=0)
        scored = score_order(order, entry, conditions, {})
        assert purchase.scoring_facts == scored.facts
        assert purchase.explain() == scored.explain()
        assert purchase.points_awarded == scored.award.points
        assert purchase.order_key == purchase.order_id.removeprefix("#")


def test_entries_are_found_by_email_and_name(load_data: dict[str, str]) -> None:
    for entry in Entry.objects.order_by("?")[:20]:
        email = Email.parse(entry.email)
        assert (entry.email_key, entry.near_key) == (email.key, email.near_key)
        words = set(NameWord.objects.filter(entry=entry).values_list("word", flat=True))
        assert words == set(words_of(entry.name))


def test_a_held_order_is_recorded_when_its_entry_is_created(load_data: dict[str, str]) -> None:
    held = RejectedPurchase.objects.order_by("?").first()
    assert held is not None
    assert held.email_key == Email.parse(held.email).key
    assert release_held_purchases(create_entry(Contest.objects.get(), held.email)) == 2
    call_command("check_ledger", stdout=StringIO())


def test_the_same_seed_draws_the_same_orders(load_data: dict[str, str]) -> None:
    drawn = []
    for seed in (1, 2):
        other = generate(seed=seed, beside_other_teams=True)
        drawn.append(list(Purchase.objects.filter(contest=other["contestId"]).order_by("id").values_list("amount")))
    assert (
        list(Purchase.objects.filter(contest=load_data["contestId"]).order_by("id").values_list("amount")) == drawn[0]
    )
    assert drawn[0] != drawn[1]


@pytest.mark.django_db(transaction=True)
class TestRefused:
    def test_a_database_with_teams_is_refused(self) -> None:
        Team.objects.create(name="A real shop")
        with pytest.raises(CommandError, match="--beside-other-teams"):
            generate()
        assert not Contest.objects.exists()

    @pytest.mark.parametrize("sizes", [{"purchases": -1}, {"entries": 0}, {"held": -5}, {"days": 0}, {"entries": -1}])
    def test_impossible_sizes_are_refused(self, sizes: dict[str, int]) -> None:
        with pytest.raises(CommandError, match="Sizes must not be negative"):
            generate(**sizes)
        assert not Team.objects.exists()

    def test_the_smallest_sizes_work(self) -> None:
        generate(purchases=0, entries=1, held=0, days=1)
        call_command("check_ledger", stdout=StringIO())
