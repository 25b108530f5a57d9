"""The admin: enough to work with, for each role and no other team."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apikeys.models import ApiKey, digest_of
from contests.models import Contest, Entry, Membership, RuleSet, User
from purchases.models import Purchase
from tests.support import Shop, make_shop, record


def sign_in(shop: Shop | None, role: str) -> Client:
    user = User.objects.create_user(f"{role}-{User.objects.count()}", is_staff=True, is_superuser=shop is None)
    if shop is not None:
        Membership.objects.create(team=shop.team, user=user, role=role)
    client = Client()
    client.force_login(user)
    return client


def contest_form(shop: Shop, **fields: Any) -> dict[str, Any]:
    form = {
        "title": "Winter",
        "slug": "winter",
        "id": "winter1",
        "team": shop.team.pk,
        "mode": "giveaway",
        "status": "active",
        "tracking_enabled": "on",
        "rounding": "nearest",
        "rules-TOTAL_FORMS": 0,
        "rules-INITIAL_FORMS": 0,
    }
    return form | fields


def rule_form(number: int, **fields: Any) -> dict[str, Any]:
    values = {"points_per_unit": "2", "fixed_points": "0", "is_active": "on"} | fields
    return {f"rules-{number}-{name}": value for name, value in values.items()}


PAGES = ["contests_contest", "contests_entry", "purchases_purchase", "purchases_rejectedpurchase", "apikeys_apikey"]


@pytest.mark.parametrize("page", [*PAGES, "contests_team", "contests_user"])
def test_a_superuser_opens_every_list(shop: Shop, page: str) -> None:
    record(shop)
    client = sign_in(None, "admin")
    assert client.get(reverse(f"admin:{page}_changelist")).status_code == 200
    assert client.get(reverse(f"admin:{page}_changelist"), {"q": "order"}).status_code == 200


@pytest.mark.parametrize(("role", "opens"), [("owner", PAGES), ("support", PAGES[:4])])
def test_each_role_opens_what_is_its_own(shop: Shop, role: str, opens: list[str]) -> None:
    client = sign_in(shop, role)
    for page in [*PAGES, "contests_team", "contests_user"]:
        status = client.get(reverse(f"admin:{page}_changelist")).status_code
        assert status == (200 if page in opens else 403), page


def test_an_owner_makes_a_contest_with_the_default_rule(shop: Shop) -> None:
    client = sign_in(shop, "owner")
    answer = client.post(reverse("admin:contests_contest_add"), contest_form(shop))
    assert answer.status_code == 302, answer.context["errors"]
    contest = Contest.objects.get(pk="winter1")
    assert contest.rules_in_force.terms.rules[0].points_per_unit == 1
    assert contest.rules_in_force.published_by is not None


def test_an_owner_makes_a_contest_with_rules(shop: Shop) -> None:
    form = contest_form(shop, **{"rules-TOTAL_FORMS": 1}) | rule_form(0, currency="EUR")
    sign_in(shop, "owner").post(reverse("admin:contests_contest_add"), form)
    rules = Contest.objects.get(pk="winter1").rules_in_force.terms.rules
    assert [(rule.points_per_unit, rule.currency) for rule in rules] == [(Decimal(2), "EUR")]


@pytest.mark.parametrize(
    "wrong",
    [{"points_per_unit": "-1"}, {"points_per_unit": "0"}, {"currency": "XXX"}, {"amount_from": "2", "amount_to": "1"}],
)
def test_a_rule_that_cannot_be_explained_is_refused(shop: Shop, wrong: dict[str, str]) -> None:
    form = contest_form(shop, **{"rules-TOTAL_FORMS": 1}) | rule_form(0, **wrong)
    assert sign_in(shop, "owner").post(reverse("admin:contests_contest_add"), form).status_code == 200
    assert not Contest.objects.filter(pk="winter1").exists()


def test_saving_publishes_when_something_changed(shop: Shop) -> None:
    client = sign_in(shop, "owner")
    rule = shop.contest.rules.get()
    url = reverse("admin:contests_contest_change", args=[shop.contest.pk])
    known = {
        "rules-TOTAL_FORMS": 1,
        "rules-INITIAL_FORMS": 1,
        "rules-0-id": rule.pk,
        "rules-0-contest": shop.contest.pk,
    }
    for rate, numbers in (("1", [1]), ("3", [1, 2]), ("3", [1, 2])):
        form = contest_form(shop, **known) | rule_form(0, points_per_unit=rate)
        assert client.post(url, form).status_code == 302
        assert sorted(RuleSet.objects.values_list("number", flat=True)) == numbers


def test_support_does_not_change_a_rule(shop: Shop) -> None:
    client = sign_in(shop, "support")
    url = reverse("admin:contests_contest_change", args=[shop.contest.pk])
    page = client.get(url)
    assert page.status_code == 200
    assert b"1 point per 1.00" in page.content
    assert b'name="rules-0-points_per_unit"' not in page.content
    assert client.post(url, contest_form(shop)).status_code == 403


def test_a_key_is_shown_once(shop: Shop) -> None:
    client = sign_in(shop, "owner")
    form = {"name": "Web shop", "team": shop.team.pk, "kind": "private", "rate_limit": "6000"}
    page = client.post(reverse("admin:apikeys_apikey_add"), form, follow=True).content.decode()
    key = ApiKey.objects.get(name="Web shop")
    shown = page[page.index("brk_priv_") :][: 9 + 32]
    assert digest_of(shown) == key.digest
    assert shown not in client.get(reverse("admin:apikeys_apikey_change", args=[key.pk])).content.decode()
    client.post(reverse("admin:apikeys_apikey_changelist"), {"action": "revoke", "_selected_action": [key.pk]})
    key.refresh_from_db()
    assert key.revoked_at is not None


@pytest.mark.parametrize("typed", ["order-7001", "#ORDER-7001", " order-700 ", "ada@example.com"])
def test_a_purchase_is_found_as_people_type_it(shop: Shop, typed: str) -> None:
    record(shop)
    Purchase.objects.update(order_id="Order-7001", order_key="ORDER-7001")
    page = sign_in(shop, "support").get(reverse("admin:purchases_purchase_changelist"), {"q": typed})
    assert page.context["cl"].result_count == 1


def test_a_purchases_page_explains_and_changes_nothing(shop: Shop) -> None:
    record(shop)
    purchase = Purchase.objects.get()
    client = sign_in(None, "admin")
    url = reverse("admin:purchases_purchase_change", args=[purchase.pk])
    page = client.get(url).content.decode()
    assert "earned 50 points" in page
    assert 'name="_save"' not in page
    assert client.post(url, {"amount": 1}).status_code == 403
    assert client.post(reverse("admin:purchases_purchase_delete", args=[purchase.pk])).status_code == 403


def test_an_entry_is_made_with_its_key_and_only_once(shop: Shop) -> None:
    client = sign_in(shop, "owner")
    form = {
        "contest": shop.contest.pk,
        "email": "Grace@Example.com",
        "ledger-TOTAL_FORMS": 0,
        "ledger-INITIAL_FORMS": 0,
    }
    assert client.post(reverse("admin:contests_entry_add"), form).status_code == 302
    assert Entry.objects.get(email_key="grace@example.com").email == "Grace@Example.com"
    again = client.post(reverse("admin:contests_entry_add"), form)
    assert "has an entry with that email address already" in again.content.decode()


@pytest.mark.parametrize("role", ["owner", "support"])
def test_nothing_of_another_team(shop: Shop, role: str) -> None:
    other = make_shop("eve@example.com")
    record(other)
    client = sign_in(shop, role)
    objects = [other.contest, other.entry, Purchase.objects.get(), other.keys["private"]]
    for found in objects:
        page = f"{found._meta.app_label}_{found._meta.model_name}"
        answer = client.get(reverse(f"admin:{page}_change", args=[found.pk]), follow=True)
        assert str(found.pk) not in answer.content.decode().replace(f"“{found.pk}”", ""), page
        listed = client.get(reverse(f"admin:{page}_changelist"))
        if listed.status_code == 200:
            assert found.pk not in {row.pk for row in listed.context["cl"].result_list}, page
