"""The search: by anything that a customer quotes, within the user's teams; an only result opens at once."""

from copy import deepcopy
from typing import Any

import pytest
from django.contrib.admin.utils import quote
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from blitzrocket.accounts.admin.team_scoped import change_url
from blitzrocket.accounts.models import Membership, Team, User
from blitzrocket.audit.context import AuditContext
from blitzrocket.emails import NO_EMAIL, Email, Phone
from contests.models import Contest, Entry
from contests.services import create_entry, entry_search
from contests.services.entries import NewEntry, enter
from purchases.models import PendingRefund, Purchase, Refund, RejectedPurchase
from purchases.services import refund_purchase
from purchases.support.search import MAX_TERMS, SearchResults, SearchScope, search
from tests.conftest import ModuleRows
from tests.support import Shop, downloaded, hold, make_pending_refund, make_shop, open_session, record, reject


@pytest.fixture(scope="module")
def shop_once(module_rows: ModuleRows) -> Shop:
    """An order with a refund, one that waits, one that was refused, and a refund without its order."""
    with module_rows():
        shop = make_shop()
        zoe = create_entry(shop.contest, "zoë@bücher.example", name="Zoë van der Straße")
        Entry.objects.filter(pk=zoe.pk).update(referral_code="code-of-zoë")
        enter(shop.contest, NewEntry(email=NO_EMAIL, phone=Phone.parse("0171/55501")), audit=AuditContext())
        record(shop, order_id="#Order-7001")
        record(shop, order_id="order-70010", email=Email.parse("zoë@bücher.example"))
        hold(shop, "late@example.com", order_id="#8001")
        reject(shop)
        make_pending_refund(shop)
        purchase = Purchase.objects.get(order_id="#Order-7001")
        audit = AuditContext(reason="Sent back")
        refund_purchase(purchase, refund_id="RE-5", amount=None, audit=audit, received_at=timezone.now())
    return shop


@pytest.fixture
def shop(shop_once: Shop, db: None) -> Shop:
    return deepcopy(shop_once)


def look(shop: Shop, text: str, **options: Any) -> SearchResults:
    scope = SearchScope(Contest.objects.filter(team=shop.team), Team.objects.filter(pk=shop.team.pk))
    return search(text, scope, **options)


def found_order_ids(shop: Shop, text: str, **options: Any) -> list[str]:
    results = look(shop, text, **options)
    return sorted([order.order_id for order in results.orders] + [str(entry) for entry in results.entries])


FOUND = [
    ("#Order-7001", ["#Order-7001"]),
    ("  order-7001\n", ["#Order-7001"]),
    ("ORDER-70010", ["order-70010"]),
    ("order-70", ["#Order-7001", "order-70010"]),
    ("re-5", ["#Order-7001"]),
    ("#re-", ["#Order-7001"]),
    ("8001", ["#8001"]),
    ("late@example.com", ["#8001"]),
    ("refused", ["refused"]),
    ("NOT-YET", ["not-yet"]),
    ("refund-1", ["not-yet"]),
    ("refund-", ["not-yet"]),
    ("CODE-OF-ZOË", ["order-70010", "zoë@bücher.example"]),
    ("code-of", []),
    ("0171 555-01", ["0171/55501"]),
    ("ZOË@bücher.example", ["order-70010", "zoë@bücher.example"]),
    ("zoë@", ["zoë@bücher.example"]),
    ("STRASSE", ["zoë@bücher.example"]),
    ("van stra", ["zoë@bücher.example"]),
    ("van nobody", []),
    ("rder", []),
    ("%", []),
    ("_", []),
    ("\0", []),
    ("", []),
]


def test_orders_are_found_as_people_type_them(shop: Shop) -> None:
    for typed, expected in FOUND:
        assert found_order_ids(shop, typed) == expected, typed


COPIED_IDS = [
    "“8001”", "'8001'", "«8001»", "„8001“", "(8001)", "[#8001]", "{8001}", "<8001>", "８００１", "＃８００１",
    "#8001.", "8001,", "8001;", "8001:", "8001!", "¿8001?", "8001…", "`8001`", "**8001**", "• 8001", "- 8001",
    "– #8001", "\u200b8001\u200b", "80\u200b01", "\ufeff#8001", "\u00a08001\u00a0", "\u20668001\u2069", "| 8001 |",
    "「８００１」", "“（#８００１），”", '"8001",', "8001\u2028",
]  # fmt: skip


def test_an_order_id_is_found_however_it_was_copied(shop: Shop) -> None:
    for typed in COPIED_IDS:
        assert found_order_ids(shop, typed) == ["#8001"], typed


COPIED_ADDRESSES = [
    "<zoë@bücher.example>", "mailto:zoë@bücher.example", "MAILTO:zoë@bücher.example?subject=Points",
    "zoë@bücher.example,", "Zoë <zoë@bücher.example>", '"Straße, Zoë" <zoë@bücher.example>,',
    "(zoë@bücher.example)", "zoë@bücher.example.", "zo\u200bë@bücher.example", "ｚｏë＠bücher.example",
    "<mailto:zoë@bücher.example>;", "mailto:zo%C3%AB@b%C3%BCcher.example",
]  # fmt: skip


def test_an_address_is_found_however_it_was_copied(shop: Shop) -> None:
    for typed in COPIED_ADDRESSES:
        assert found_order_ids(shop, typed) == ["order-70010", "zoë@bücher.example"], typed


@pytest.mark.parametrize("order_id", ["A,1", "(1001)", "“x”", "1001.", "１００１", "*", "1;2", "re: 7", "mailto:1"])
def test_an_order_id_that_has_such_signs_is_found_as_it_is(shop: Shop, order_id: str) -> None:
    record(shop, order_id="1001")
    record(shop, order_id=order_id)
    assert found_order_ids(shop, order_id) == [order_id]


@pytest.mark.parametrize(
    "text",
    [
        '"8001", "refused", "9999"',
        "['8001', 'refused', '9999']",
        "- #8001\n- refused\n- 9999",
        "８００１、refused、９９９９",
        "• 8001\u2028• refused\u2028• 9999.",
        "<8001>; <refused>; <9999>",
        "8001\n“refused”\n(9999)",
        "\ufeff8001\tREFUSED\t9999",
        "8001 | refused | 9999",
    ],
)
def test_a_pasted_list_is_found_however_it_was_copied(shop: Shop, text: str) -> None:
    results = look(shop, text)
    assert ({order.order_id for order in results.orders}, results.missing) == ({"#8001", "refused"}, ["9999"])


def test_a_pasted_list_of_addresses_finds_people_and_held_orders(shop: Shop) -> None:
    results = look(shop, "Ada <mailto:ADA@example.com>, late@example.com; “nobody@example.com”\n8001")
    assert [entry.email for entry in results.entries] == ["ada@example.com"]
    assert [order.order_id for order in results.orders] == ["#8001"]
    assert results.missing == ["nobody@example.com"]


@pytest.mark.parametrize(
    ("typed", "missing"), [("7777, #7777, “7777”", ["7777"]), ("...\n,,\n“”", []), ("“”", []), ("\u200b", [])]
)
def test_empty_and_repeated_ids_are_missing_once_at_most(shop: Shop, typed: str, missing: list[str]) -> None:
    results = look(shop, typed)
    assert (results.missing, results.is_empty) == (missing, True)


def test_orders_starting_like_an_exact_result_can_be_searched(shop: Shop) -> None:
    assert found_order_ids(shop, "order-7001", by_prefix=True) == ["#Order-7001", "order-70010"]


@pytest.mark.parametrize("model", [Purchase, Refund, RejectedPurchase, PendingRefund, Entry])
def test_each_of_our_ids_is_found(shop: Shop, model: Any) -> None:
    row = model.objects.order_by("id").first()
    assert found_order_ids(shop, f" {row.pk.upper()} "), model


@pytest.mark.parametrize("separator", ["\n", "\r\n", ", ", ";", "\t", " "])
def test_a_pasted_list_is_split_at_any_separator(shop: Shop, separator: str) -> None:
    results = look(shop, separator.join(["#order-7001", "8001", "#9999", "refused"]))
    assert {order.order_id for order in results.orders} == {"#Order-7001", "#8001", "refused"}
    assert results.missing == ["#9999"]


def test_a_list_is_searched_up_to_its_limit(shop: Shop) -> None:
    results = look(shop, "\n".join(str(number) for number in range(MAX_TERMS + 50)))
    assert len(results.missing) == MAX_TERMS


def test_an_order_is_one_result_with_all_its_rows(shop: Shop) -> None:
    hold(shop, "late@example.com", order_id="#7")
    create_entry(shop.contest, "late@example.com")
    record(shop, order_id="#7", email=Email.parse("late@example.com"))
    order = look(shop, "7").orders[0]
    assert (order.purchase is not None, len(order.rejections)) == (True, 1)
    assert [order.order_id for order in look(shop, "#").orders] == []
    newest = look(shop, "order").orders
    assert [order.order_id for order in newest] == ["order-70010", "#Order-7001"]


def test_rows_of_another_team_are_never_found(shop: Shop) -> None:
    stranger = make_shop("eve@example.com")
    for row in (*Purchase.objects.all(), *Refund.objects.all(), *Entry.objects.filter(contest=shop.contest)):
        assert look(stranger, str(row.pk)).is_empty
    for typed in ("order-7001", "order", "8001", "re-5", "not-yet", "zoë", "late@example.com", "refused"):
        assert look(stranger, typed).is_empty, typed


def sign_in(shop: Shop) -> Client:
    user = User.objects.create_user(f"agent-{shop.team.pk}", is_staff=True)
    Membership.objects.create(team=shop.team, user=user, role="support")
    client = Client()
    open_session(client, user)
    return client


def desk(client: Client, **text: str) -> Any:
    return client.get(reverse("admin:purchases_purchase_desk"), text)


def test_an_only_result_opens_at_once(shop: Shop) -> None:
    client = sign_in(shop)
    for typed, row in (
        ("7001", None),
        ("order-7001", Purchase.objects.get(order_id="#Order-7001")),
        ("8001", RejectedPurchase.objects.get(order_id="#8001")),
        ("not-yet", PendingRefund.objects.get()),
        ("van der", Entry.objects.get(email="zoë@bücher.example")),
        ("zoë@bücher.example", Entry.objects.get(email="zoë@bücher.example")),  # with its order
        ("late@example.com", RejectedPurchase.objects.get(order_id="#8001")),
    ):
        response = desk(client, q=typed)
        assert response.get("Location") == (change_url(row) if row else None), typed
    assert desk(client, q="order-7001", begins="1").status_code == 200


def test_a_long_list_is_posted(shop: Shop) -> None:
    url = reverse("admin:purchases_purchase_desk")
    page = sign_in(shop).post(url, {"q": "\n".join(["order-7001", *map(str, range(10**6, 10**6 + 199))])})
    assert "199 not received" in page.content.decode()


@pytest.mark.parametrize("typed", ["order-7001", "order", "late@example.com", "\n".join(map(str, range(200)))])
def test_the_number_of_statements_of_a_search_is_bounded(
    shop: Shop, typed: str, django_assert_max_num_queries: Any
) -> None:
    client = sign_in(shop)
    for _ in range(2):
        with django_assert_max_num_queries(15):
            desk(client, q=typed, begins="1")
        for _ in range(5):
            record(shop)
            hold(shop, "late@example.com")


def test_an_export_has_the_page_and_no_formulas(shop: Shop) -> None:
    record(shop, order_id="=HYPERLINK(0)")
    client = sign_in(shop)
    url = reverse("admin:purchases_purchase_export")
    lines = downloaded(client, url, q="=hyperlink").splitlines()
    assert lines[0].startswith("id,order_id,contest")
    assert len(lines) == 2
    assert ",'=HYPERLINK(0)," in lines[1]
    assert len(downloaded(client, url).splitlines()) == 1 + Purchase.objects.count()
    assert downloaded(client, url, status__exact="refunded").count("#Order-7001") == 1
    assert client.get(url, {"nonsense": "1"}).status_code == 302
    for other in ("rejectedpurchase", "pendingrefund"):
        assert downloaded(client, reverse(f"admin:purchases_{other}_export")).count("\n") >= 2


def test_the_list_says_how_many_rejected_orders_were_only_counted(shop: Shop, settings: Any) -> None:
    settings.REJECTED_PURCHASES_PER_KEY_AND_DAY = 0
    RejectedPurchase.objects.all().delete()
    reject(shop)
    page = sign_in(shop).get(reverse("admin:purchases_rejectedpurchase_changelist"), follow=True).content.decode()
    assert "1 rejected order only counted today" in page


def test_the_list_of_held_orders_names_the_likely_entry(shop: Shop) -> None:
    hold(shop, "A.da+shop@example.com", order_id="#near")
    url = reverse("admin:purchases_rejectedpurchase_changelist")
    page = sign_in(shop).get(url, {"state__exact": "held"}).content.decode()
    assert "ada@example.com" in page


def test_the_first_page_counts_what_needs_attention(shop: Shop) -> None:
    page = " ".join(sign_in(shop).get(reverse("admin:index")).content.decode().split())
    for figure in (
        "1</strong> order with no matching entry",
        "1</strong> rejected order",
        "1</strong> refund with no order yet",
    ):
        assert figure in page


COPIED = [
    "ada@example.com,",
    "<ada@example.com>",
    "mailto:Ada@Example.com",
    "“ada@example.com”",
    "Ada <ADA@example.com>",
]


@pytest.mark.parametrize("typed", COPIED)
def test_the_list_of_entries_reads_what_is_typed_in_the_same_way(shop: Shop, typed: str) -> None:
    page = sign_in(shop).get(reverse("admin:contests_entry_changelist"), {"q": typed})
    assert [entry.email for entry in page.context["cl"].result_list] == ["ada@example.com"]


@pytest.mark.parametrize("typed", [*COPIED, "({})", "{},"])
def test_the_dialogs_read_what_is_typed_in_the_same_way(shop: Shop, typed: str) -> None:
    purchase = Purchase.objects.get(order_id="order-70010")
    url = reverse("admin:purchases_purchase_move", args=[quote(purchase.pk)])
    form = {"to": typed.format(shop.entry.pk.upper()), "reason": "Hers", "request_id": "a1", "_form_submitted": "True"}
    assert "HX-Redirect" in sign_in(shop).post(url, form).headers
    purchase.refresh_from_db()
    assert purchase.entry_id == shop.entry.pk


ESCAPED = ["mailto:ada%00@example.com", "<mailto:%E2%80%8BAda@example.com>", "mailto:ada@example%EF%BB%BF.com?cc=%00"]


@pytest.mark.parametrize("typed", ESCAPED)
def test_escapes_and_invisible_characters_are_dropped_in_each_search(shop: Shop, typed: str) -> None:
    client = sign_in(shop)
    entries = client.get(reverse("admin:contests_entry_changelist"), {"q": typed})
    assert [entry.email for entry in entries.context["cl"].result_list] == ["ada@example.com"]
    assert client.get(reverse("admin:purchases_purchase_changelist"), {"q": typed}).status_code == 200
    assert client.post(reverse("admin:purchases_purchase_desk"), {"q": typed}).status_code in (200, 302)
    held = RejectedPurchase.objects.get(order_id="#8001")
    purchase = Purchase.objects.get(order_id="order-70010")
    form = {"to": typed, "other": typed, "reason": "Hers", "_form_submitted": "True"}
    for name, row in (("purchase_move", purchase), ("rejectedpurchase_attach", held)):
        url = reverse(f"admin:purchases_{name}", args=[quote(row.pk)])
        assert "HX-Redirect" in client.post(url, form | {"request_id": name}).headers, name


def test_the_reply_without_results_names_the_email_without_its_decoration(shop: Shop) -> None:
    page = sign_in(shop).post(reverse("admin:purchases_purchase_desk"), {"q": "<mailto:nobody@example.com>,"})
    assert "nobody@example.com" in page.context["reply"]
    assert "mailto" not in page.context["reply"]


@pytest.mark.parametrize("candidates", [1_000, 3])
def test_a_name_is_found_among_many_that_begin_like_it(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, candidates: int
) -> None:
    """Each word has more matches than are shown; both words together have one."""
    monkeypatch.setattr(entry_search, "MAX_CANDIDATES", candidates)
    monkeypatch.setattr(entry_search, "MAX_RESULTS", 4)
    monkeypatch.setattr(entry_search, "MIN_SHARE", 2)
    for number in range(9):
        create_entry(shop.contest, f"first{number}@example.com", name="Grace Abel")
        create_entry(shop.contest, f"last{number}@example.com", name="Alan Quagga")
    create_entry(shop.contest, "both@example.com", name="Grace Quagga")
    for text in ("grace quagga", "quagga gra"):
        assert [entry.email for entry in look(shop, text).entries] == ["both@example.com"]
    assert len(look(shop, "grace").entries) == 4
