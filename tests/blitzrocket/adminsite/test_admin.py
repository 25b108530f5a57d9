"""The admin: enough to work with, for each role and no other team."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apikeys.models import ApiKey
from blitzrocket.accounts.admin.team_scoped import TeamScopedAdmin
from blitzrocket.accounts.models import Membership, User
from blitzrocket.emails import Email
from blitzrocket.tokens import digest_of
from contests.models import Contest, Entry, RuleSet
from contests.services import create_contest, create_entry
from purchases.models import Purchase
from tests.support import Shop, hold, make_shop, open_session, record


def sign_in(shop: Shop | None, role: str) -> Client:
    user = User.objects.create_user(f"{role}-{User.objects.count()}", is_staff=True, is_superuser=shop is None)
    if shop is not None:
        Membership.objects.create(team=shop.team, user=user, role=role)
    client = Client()
    open_session(client, user)
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
        "advocate_points": "0",
        "friend_points": "0",
    }
    return form | fields


def rule_form(number: int, **fields: Any) -> dict[str, Any]:
    values = {"points_per_unit": "2", "fixed_points": "0", "is_active": "on"} | fields
    return {f"rules-{number}-{name}": value for name, value in values.items()}


PAGES = ["contests_contest", "contests_entry", "purchases_purchase", "purchases_rejectedpurchase", "apikeys_apikey"]


@pytest.mark.parametrize("model", [*PAGES, "accounts_team", "accounts_user"])
def test_a_superuser_opens_every_list(shop: Shop, model: str) -> None:
    record(shop)
    client = sign_in(None, "admin")
    assert client.get(reverse(f"admin:{model}_changelist"), follow=True).status_code == 200
    assert client.get(reverse(f"admin:{model}_changelist"), {"q": "order"}).status_code == 200


@pytest.mark.parametrize(("role", "opens"), [("owner", PAGES), ("support", PAGES[:4])])
def test_each_role_opens_its_own_pages(shop: Shop, role: str, opens: list[str]) -> None:
    client = sign_in(shop, role)
    for page in [*PAGES, "accounts_team", "accounts_user"]:
        answer = client.get(reverse(f"admin:{page}_changelist"))
        if answer.status_code == 302:  # to the list with its usual filter, or where the user has one team, to its page
            assert page in ("purchases_rejectedpurchase", "accounts_team"), page
            assert page in opens or (page, role) == ("accounts_team", "owner"), page
        else:
            assert answer.status_code == (200 if page in opens else 403), page


def test_an_owner_creates_a_contest_with_the_default_rule(shop: Shop) -> None:
    client = sign_in(shop, "owner")
    answer = client.post(reverse("admin:contests_contest_add"), contest_form(shop))
    assert answer.status_code == 302, answer.context["errors"]
    contest = Contest.objects.get(pk="winter1")
    assert contest.current_rules().terms.rules[0].points_per_unit == 1
    assert contest.current_rules().published_by is not None


def rules_form(**fields: Any) -> dict[str, Any]:
    return {"rounding": "nearest", "rules-TOTAL_FORMS": 1, "rules-INITIAL_FORMS": 0} | rule_form(0, **fields)


def rules_url(shop: Shop) -> str:
    return reverse("admin:contests_contest_rules", args=[shop.contest.pk])


def test_an_owner_adds_a_rule(shop: Shop) -> None:
    sign_in(shop, "owner").post(rules_url(shop), rules_form(currency="EUR"))
    shop.contest.refresh_from_db()
    rules = shop.contest.current_rules().terms.rules
    assert [(rule.points_per_unit, rule.currency) for rule in rules] == [(Decimal(1), ""), (Decimal(2), "EUR")]


@pytest.mark.parametrize(
    "fields",
    [{"points_per_unit": "-1"}, {"points_per_unit": "0"}, {"currency": "XXX"}, {"amount_from": "2", "amount_to": "1"}],
)
def test_a_rule_that_cannot_be_explained_is_refused(shop: Shop, fields: dict[str, str]) -> None:
    assert sign_in(shop, "owner").post(rules_url(shop), rules_form(**fields)).status_code == 200
    assert shop.contest.rules.count() == 1


def test_saving_publishes_when_something_changed(shop: Shop) -> None:
    client = sign_in(shop, "owner")
    rule = shop.contest.rules.get()
    existing = {"rules-INITIAL_FORMS": 1, "rules-0-id": rule.pk, "rules-0-contest": shop.contest.pk}
    for rate, numbers in (("1", [1]), ("3", [1, 2]), ("3", [1, 2])):
        form = rules_form(points_per_unit=rate) | existing
        assert client.post(rules_url(shop), form).status_code == 302
        assert sorted(RuleSet.objects.values_list("number", flat=True)) == numbers


def test_support_does_not_change_a_rule(shop: Shop) -> None:
    client = sign_in(shop, "support")
    page = client.get(rules_url(shop))
    assert page.status_code == 200
    assert b"1 point per 1.00" in page.content
    assert b'name="rules-0-points_per_unit"' not in page.content
    assert client.post(rules_url(shop), rules_form()).status_code == 403
    settings = reverse("admin:contests_contest_change", args=[shop.contest.pk])
    assert client.post(settings, contest_form(shop)).status_code == 403


def test_a_public_key_gets_the_limit_of_its_kind(shop: Shop) -> None:
    client = sign_in(shop, "owner")
    form = {"name": "Browser", "team": shop.team.pk, "kind": "public", "rate_limit": "6000"}
    client.post(reverse("admin:apikeys_apikey_add"), form)
    assert ApiKey.objects.get(name="Browser").rate_limit == 100
    client.post(reverse("admin:apikeys_apikey_add"), form | {"name": "Other", "rate_limit": "50"})
    assert ApiKey.objects.get(name="Other").rate_limit == 50


def test_a_key_is_shown_once(shop: Shop) -> None:
    client = sign_in(shop, "owner")
    form = {"name": "Web shop", "team": shop.team.pk, "kind": "private", "rate_limit": "6000"}
    page = client.post(reverse("admin:apikeys_apikey_add"), form, follow=True).content.decode()
    key = ApiKey.objects.get(name="Web shop")
    shown = page[page.index("brk_priv_") :][: 9 + 32]
    assert digest_of(shown) == key.digest
    assert shown not in client.get(reverse("admin:apikeys_apikey_change", args=[key.pk])).content.decode()
    client.post(reverse("admin:apikeys_apikey_revoke", args=[key.pk]), {"_form_submitted": "True"})
    key.refresh_from_db()
    assert key.revoked_at is not None


@pytest.mark.parametrize(
    ("typed", "count"),
    [
        ("order-7001", 1),
        ("#ORDER-7001", 1),
        (" order-700 ", 1),
        ("ZOË@bücher.example", 1),
        ("order", 2),
        ("rder-7001", 0),
        ("nobody@example.com", 0),
    ],
)
def test_a_purchase_is_found_by_any_spelling_of_its_order_id(shop: Shop, typed: str, count: int) -> None:
    create_entry(shop.contest, "zoë@bücher.example")
    record(shop, order_id="#Order-7001", email=Email.parse("zoë@bücher.example"))
    record(shop, order_id="order-8000")
    page = sign_in(shop, "support").get(reverse("admin:purchases_purchase_changelist"), {"q": typed})
    assert len(page.context["cl"].result_list) == count


@pytest.mark.parametrize(("typed", "count"), [("Ada@Example.com", 1), ("ad", 1), ("zoë@bücher", 0), ("da", 0)])
def test_an_entry_is_found_by_its_address(shop: Shop, typed: str, count: int) -> None:
    page = sign_in(shop, "support").get(reverse("admin:contests_entry_changelist"), {"q": typed})
    assert len(page.context["cl"].result_list) == count


def test_saving_a_page_keeps_changes_made_meanwhile(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between its reading and its saving, points are earned, rules published, a key revoked."""
    client = sign_in(shop, "owner")
    key = shop.keys["private"]
    entry_form = {"email": shop.entry.email, "name": "Ada L.", "email_confirmed": "on"}
    contest = contest_form(shop, title="New title", slug=shop.contest.slug)
    key_form = {"name": "New name"}

    def meanwhile() -> None:
        record(shop)
        shop.keys["private"].revoke()

    save = TeamScopedAdmin.save_model

    def late_save(page: TeamScopedAdmin, request: Any, obj: Any, form: Any, change: bool) -> None:
        if not events:
            meanwhile()
            events.append(url)
        save(page, request, obj, form, change)

    events: list[str] = []
    monkeypatch.setattr(TeamScopedAdmin, "save_model", late_save)
    pages = {
        reverse("admin:contests_entry_change", args=[shop.entry.pk]): entry_form,
        reverse("admin:contests_contest_change", args=[shop.contest.pk]): contest,
        reverse("admin:apikeys_apikey_change", args=[key.pk]): key_form,
    }
    for url, form in pages.items():
        assert client.post(url, form).status_code == 302, url
    for saved in (shop.entry, shop.contest, key):
        saved.refresh_from_db()
    assert (shop.entry.points, shop.entry.name) == (50, "Ada L.")
    assert shop.contest.title == "New title"
    assert key.name == "New name"
    assert key.revoked_at is not None


def test_a_taken_value_is_reported_in_the_form(shop: Shop) -> None:
    client = sign_in(shop, "owner")
    create_entry(shop.contest, "grace@example.com")
    form = {"email": "Grace@example.com"}
    answer = client.post(reverse("admin:contests_entry_change", args=[shop.entry.pk]), form)
    assert "already has an entry with that email address" in answer.content.decode()
    create_contest(shop.team, title="Other", slug="other")
    contest = contest_form(shop, slug="other")
    answer = client.post(reverse("admin:contests_contest_change", args=[shop.contest.pk]), contest)
    assert answer.status_code == 200
    assert "already exists" in answer.content.decode()


@pytest.mark.parametrize(
    ("model", "statements"), [("contests_entry", 3), ("purchases_purchase", 5), ("purchases_rejectedpurchase", 7)]
)
def test_a_list_takes_few_statements_for_any_number_of_rows(
    shop: Shop, django_assert_max_num_queries: Any, model: str, statements: int
) -> None:
    client = sign_in(shop, "support")
    for _ in range(2):
        for number in range(5):
            create_entry(shop.contest, f"e{Entry.objects.count()}-{number}@example.com")
            record(shop)
            hold(shop)
        with django_assert_max_num_queries(statements):
            client.get(reverse(f"admin:{model}_changelist"), {"attention": "all"} if "rejected" in model else {})


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


def test_an_entry_is_created_with_its_key_and_only_once(shop: Shop) -> None:
    client = sign_in(shop, "owner")
    form = {"contest": shop.contest.pk, "email": "Grace@Example.com"}
    assert client.post(reverse("admin:contests_entry_add"), form).status_code == 302
    assert Entry.objects.get(email_key="grace@example.com").email == "Grace@Example.com"
    second_response = client.post(reverse("admin:contests_entry_add"), form)
    assert "already has an entry with that email address" in second_response.content.decode()


@pytest.mark.parametrize("role", ["owner", "support"])
def test_pages_show_nothing_of_another_team(shop: Shop, role: str) -> None:
    other = make_shop("eve@example.com")
    record(other)
    client = sign_in(shop, role)
    objects = [other.contest, other.entry, Purchase.objects.get(), other.keys["private"]]
    for obj in objects:
        page = f"{obj._meta.app_label}_{obj._meta.model_name}"
        answer = client.get(reverse(f"admin:{page}_change", args=[obj.pk]), follow=True)
        assert str(obj.pk) not in answer.content.decode().replace(f"“{obj.pk}”", ""), page
        listed = client.get(reverse(f"admin:{page}_changelist"))
        if listed.status_code == 200:
            assert obj.pk not in {row.pk for row in listed.context["cl"].result_list}, page
