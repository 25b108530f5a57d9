"""The sentence of each kind of event in the activity log, with its links and its changes."""

import html
import re
from decimal import Decimal
from typing import Any

from django.test import Client
from django.utils import timezone

from blitzrocket.accounts.admin.team_scoped import change_url
from blitzrocket.accounts.models import Membership, User
from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.sentences import SENTENCES
from contests.imports import create_entry_import
from contests.models import Contest
from contests.services import create_entry
from purchases.admin.exports import MAX_COUNTED
from purchases.models import OutgoingEvent, PendingRefund, Purchase, PurchaseImport, StoreConnection
from purchases.services import refund_purchase
from tests.contests.activity import PAGE, log, sentences, text_of
from tests.purchases.outgoing.receiver import subscribe
from tests.purchases.stores.deliveries import make_delivery
from tests.support import Shop, hold, invite, make_pending_refund, record, signed_in


def objects_of(shop: Shop) -> dict[str, Any]:
    """One object of each type that events are about."""
    endpoint, _secret = subscribe(shop)
    purchase = Purchase.objects.get(pk=record(shop, "20.00", order_id="#1001").purchase_id)
    make_pending_refund(shop)
    shop.contest.title = "Summer giveaway"
    shop.contest.save(update_fields=["title"])
    held = hold(shop, "late@example.com", order_id="#held")
    purchase_import = PurchaseImport.objects.create(contest=shop.contest, file_name="orders.csv", row_count=2)
    return {
        "contest": shop.contest,
        "team": shop.team,
        "user": User.objects.create_user("sam"),
        "membership": Membership.objects.create(
            team=shop.team, user=User.objects.create_user("mia", is_staff=True), role="support"
        ),
        "invitation": invite(shop.team, "new@example.com")[0],
        "apikey": shop.keys["private"],
        "entry": shop.entry,
        "entryimport": create_entry_import(shop.contest, "people.csv", b"email\ngrace@example.com", by=None),
        "purchase": purchase,
        "rejectedpurchase": held,
        "pendingrefund": PendingRefund.objects.get(),
        "purchaseimport": purchase_import,
        "storedelivery": make_delivery(shop, order_id="#1001"),
        "storeconnection": StoreConnection.objects.get(contest=shop.contest),
        "webhookendpoint": endpoint,
        "outgoingevent": OutgoingEvent.objects.get(contest=shop.contest, kind="purchase.held"),
    }


def cases(shop: Shop) -> dict[tuple[str, str], tuple[dict[str, Any], dict[str, Any], str]]:
    """Before, after and the sentence of each kind of event."""
    ada, grace = shop.entry.pk, create_entry(shop.contest, "grace@example.com").pk
    paid = {"status": "recorded", "entry": ada, "points": 20, "refunded": Decimal(0)}
    return {
        ("contest", "added"): ({}, {"title": "Summer"}, "created the contest Summer giveaway"),
        ("contest", "changed"): (
            {"title": "Old", "ends_at": None},
            {"title": "Summer giveaway", "ends_at": "2026-12-24T23:00:00+00:00"},
            "changed title and end of Summer giveaway",
        ),
        ("contest", "copied"): (
            {},
            {"copy of": shop.contest.pk},
            "created Summer giveaway as a copy of Summer giveaway",
        ),
        ("contest", "published"): ({}, {"rule set": 3, "rules": ["x"]}, "published rules version 3 of Summer giveaway"),
        ("contest", "exported"): (
            {},
            {"exported": "entries", "rows": 1203},
            "exported entries of Summer giveaway (1,203 rows)",
        ),
        ("contest", "recalculated"): (
            {},
            {"rule set": 3, "days": 30, "recalculation": "x"},
            "applied rules version 3 to the orders of the last 30 days of Summer giveaway",
        ),
        ("contest", "undone"): (
            {},
            {"rule set": 3, "recalculation": "x"},
            "undid a recalculation of Summer giveaway, by rules version 3",
        ),
        ("team", "added"): ({}, {"name": "x"}, f"created the team {shop.team}"),
        ("team", "changed"): (
            {"time_zone": "UTC"},
            {"time_zone": "Asia/Tokyo"},
            f"changed time zone of the team {shop.team}",
        ),
        ("team", "exported"): (
            {},
            {"exported": "list of rejected orders", "rows": 1},
            "exported list of rejected orders with unknown contests (1 row)",
        ),
        ("team", "erased"): (
            {},
            {"rejected and held orders": 2},
            "erased the personal data of someone without an entry (2 rows)",
        ),
        ("entry", "erased"): (
            {},
            {"entries": 1, "orders": 3},
            "erased the personal data of ada@example.com in Summer giveaway (4 rows)",
        ),
        ("entry", "exported"): (
            {},
            {"exported": "personal data", "rows": 12},
            "exported personal data of ada@example.com (12 rows)",
        ),
        ("user", "added"): ({}, {"username": "changed"}, "created the login sam"),
        ("user", "changed"): ({}, {"password": "changed"}, "changed password of the login sam"),
        ("user", "two_step_on"): ({}, {}, "turned on two-step verification"),
        ("user", "two_step_off"): ({}, {}, "turned off two-step verification"),
        ("user", "two_step_reset"): ({}, {}, "reset two-step verification of sam"),
        ("user", "recovery_used"): ({}, {}, "signed in with a recovery code"),
        ("user", "recovery_renewed"): ({}, {}, "created new recovery codes"),
        ("user", "password_link"): ({}, {}, "created a password link for sam"),
        ("user", "password_changed"): ({}, {}, "changed the password of sam"),
        ("membership", "added"): ({}, {"role": "support"}, "added mia to the team, role: Support"),
        ("membership", "changed"): ({"role": "support"}, {"role": "owner"}, "changed the role of mia to Owner"),
        ("membership", "deleted"): ({}, {}, "removed mia from the team"),
        ("invitation", "added"): ({}, {"role": "support"}, "invited new@example.com to the team, role: Support"),
        ("invitation", "revoked"): ({}, {}, "revoked the invitation of new@example.com"),
        ("invitation", "accepted"): (
            {},
            {"role": "owner"},
            "accepted the invitation of new@example.com, role: Owner",
        ),
        ("apikey", "added"): ({}, {"name": "x"}, "created the API key “private key”"),
        ("apikey", "changed"): ({"name": "a"}, {"name": "b"}, "changed name of the API key “private key”"),
        ("apikey", "revoked"): ({}, {}, "revoked the API key “private key”"),
        ("entry", "added"): ({}, {}, "added the entry ada@example.com to Summer giveaway"),
        ("entry", "changed"): (
            {"is_disqualified": False},
            {"is_disqualified": True, "email": "changed"},
            "changed disqualified and email of ada@example.com",
        ),
        ("entry", "adjusted"): (
            {"points": 1500},
            {"points": 1230},
            "adjusted the points of ada@example.com by −270 to 1,230",
        ),
        ("entryimport", "imported"): (
            {},
            {"rows": 5, "new": 1203},
            "imported people.csv into Summer giveaway, new entries: 1,203",
        ),
        ("entryimport", "unimported"): (
            {"imported": 3},
            {"imported": 0},
            "undid the import people.csv into Summer giveaway, entries: 3",
        ),
        ("purchase", "refunded"): (
            paid,
            {"status": "partially_refunded", "entry": ada, "points": 15, "refunded": Decimal("5.5000")},
            "refunded 5.50 USD of order #1001 (−5 points)",
        ),
        ("purchase", "voided"): (paid, paid | {"status": "voided", "points": 0}, "voided order #1001 (−20 points)"),
        ("purchase", "restored"): (
            paid | {"status": "voided", "points": 0},
            paid | {"points": 1},
            "restored order #1001 (+1 point)",
        ),
        ("purchase", "unimported"): (
            paid,
            paid | {"status": "voided", "points": 0},
            "undid the import of order #1001 (−20 points)",
        ),
        ("purchase", "moved"): (
            paid,
            paid | {"entry": grace},
            "moved order #1001 from ada@example.com to grace@example.com",
        ),
        ("rejectedpurchase", "attached"): (
            {"state": "held"},
            {"state": "recorded", "purchase": "x", "entry": ada},
            "attached order #held to ada@example.com",
        ),
        ("rejectedpurchase", "detached"): (
            {"state": "recorded", "purchase": "x", "entry": ada},
            {"state": "held"},
            "detached order #held from ada@example.com",
        ),
        ("rejectedpurchase", "recorded"): (
            {"state": "rejected"},
            {"state": "recorded", "purchase": "x"},
            "recorded the rejected order #held by hand",
        ),
        ("rejectedpurchase", "dismissed"): (
            {"state": "held"},
            {"state": "dismissed"},
            "dismissed the rejected order #held",
        ),
        ("rejectedpurchase", "reopened"): (
            {"state": "dismissed"},
            {"state": "held"},
            "reopened the rejected order #held",
        ),
        ("rejectedpurchase", "unimported"): (
            {"state": "held"},
            {"state": "dismissed"},
            "undid the import of order #held, which was on hold",
        ),
        ("contest", "retried"): ({}, {"deliveries": 3}, "retried 3 failed deliveries of Summer giveaway"),
        ("storeconnection", "added"): ({}, {"name": "x"}, "connected Shopify · My shopify to Summer giveaway"),
        ("storeconnection", "changed"): (
            {"name": "Old"},
            {"name": "My shopify"},
            "changed name of Shopify · My shopify",
        ),
        ("storeconnection", "paused"): ({}, {}, "paused Shopify · My shopify"),
        ("storeconnection", "resumed"): ({}, {}, "resumed Shopify · My shopify"),
        ("storeconnection", "secret_replaced"): ({}, {}, "replaced the secret of Shopify · My shopify"),
        ("storeconnection", "revoked"): ({}, {}, "ended the old secret of Shopify · My shopify"),
        ("storeconnection", "deleted"): ({"name": "x"}, {}, "deleted the store connection “x”"),
        ("webhookendpoint", "added"): ({}, {"name": "CRM"}, "added the webhook “CRM” to Summer giveaway"),
        ("webhookendpoint", "changed"): ({"name": "Old"}, {"name": "CRM"}, "changed name of the webhook “CRM”"),
        ("webhookendpoint", "paused"): ({}, {}, "paused the webhook “CRM”"),
        ("webhookendpoint", "resumed"): ({}, {}, "resumed the webhook “CRM”"),
        ("webhookendpoint", "secret_replaced"): ({}, {}, "replaced the secret of the webhook “CRM”"),
        ("webhookendpoint", "revoked"): ({}, {}, "ended the old secret of the webhook “CRM”"),
        ("webhookendpoint", "retried"): ({}, {"events": 2}, "sent 2 failed events of the webhook “CRM” again"),
        ("webhookendpoint", "deleted"): ({"name": "CRM"}, {}, "deleted the webhook “CRM”"),
        ("outgoingevent", "retried"): ({"state": "failed"}, {}, "sent the event purchase.held again"),
        ("storedelivery", "retried"): (
            {"state": "failed"},
            {},
            "retried the delivery orders/paid of order #1001",
        ),
        ("storedelivery", "dismissed"): (
            {"state": "unusable"},
            {"state": "not_used"},
            "dismissed the delivery orders/paid of order #1001",
        ),
        ("storedelivery", "reopened"): (
            {"state": "not_used"},
            {"state": "unusable"},
            "reopened the delivery orders/paid of order #1001",
        ),
        ("storedelivery", "exported"): (
            {},
            {"exported": "body", "bytes": 1203},
            "downloaded the body of the delivery orders/paid of order #1001",
        ),
        ("pendingrefund", "dismissed"): (
            {"dismissed": False},
            {"dismissed": True},
            "dismissed a pending refund of order not-yet",
        ),
        ("pendingrefund", "reopened"): (
            {"dismissed": True},
            {"dismissed": False},
            "reopened a pending refund of order not-yet",
        ),
        ("purchaseimport", "imported"): (
            {},
            {"rows": 5, "new": 2, "points": "added"},
            "imported orders.csv into Summer giveaway, new orders: 2",
        ),
        ("purchaseimport", "unimported"): (
            {"imported": 3},
            {"imported": 0},
            "undid the import orders.csv into Summer giveaway, orders: 3",
        ),
    }


class TestSentences:
    def test_each_kind_of_event_has_its_sentence(self, owner: Client, shop: Shop, olga: User) -> None:
        objects, wanted = objects_of(shop), cases(shop)
        assert wanted.keys() == SENTENCES.keys()
        kinds, on_a_page = list(wanted.items()), 20
        for start in range(0, len(kinds), on_a_page):
            shown = kinds[start : start + on_a_page]
            for (object_type, action), (before, after, _sentence) in shown:
                log(shop, action, objects[object_type], by=olga, before=before, after=after)
            newest_first = [f"Olga {sentence}" for _kind, (_before, _after, sentence) in reversed(shown)]
            assert sentences(owner)[: len(shown)] == newest_first

    def test_person_and_object_are_links_and_changes_are_folded(self, owner: Client, shop: Shop, olga: User) -> None:
        purchase = Purchase.objects.get(pk=record(shop, "1500.00", order_id="#1001").purchase_id)
        refund_purchase(
            purchase,
            refund_id="r1",
            amount=Decimal("500.00"),
            audit=AuditContext(user=olga, reason="Sent <b>back</b>"),
            received_at=timezone.now(),
        )
        page = owner.get(PAGE).content.decode()
        assert f'<a href="{PAGE}?by=user:{olga.pk}">Olga</a>' in page
        assert f'<a href="{change_url(purchase)}">order #1001</a>' in page
        assert "“Sent &lt;b&gt;back&lt;/b&gt;”" in page
        changes, *_older = re.findall(r"<details>(.*?)</details>", page, flags=re.S)
        assert text_of(changes) == (
            "What changed Field Before After Points 1,500 1,000 Status Recorded Partly refunded "
            "Refunded 0.00 USD 500.00 USD"
        )
        assert "partially_refunded" not in page

    def test_a_deleted_object_is_named_as_such(self, owner: Client, shop: Shop, olga: User) -> None:
        member = Membership.objects.create(team=shop.team, user=User.objects.create_user("mia"), role="support")
        log(shop, "deleted", member, by=olga, of_team=True)
        Membership.objects.filter(pk=member.pk).delete()
        assert sentences(owner)[0] == "Olga removed a former member from the team"

    def test_dates_of_a_contest_are_in_its_zone(self, owner: Client, shop: Shop, olga: User) -> None:
        Contest.objects.update(time_zone="Europe/Berlin")
        log(
            shop,
            "changed",
            shop.contest,
            by=olga,
            before={"ends_at": None},
            after={"ends_at": "2026-12-24T23:00:00+00:00"},
        )
        page = text_of(owner.get(PAGE).content.decode())
        assert "End – 25 Dec 2026, 00:00 Europe/Berlin" in page

    def test_a_large_export_is_counted_up_to_a_limit(self, owner: Client, shop: Shop, olga: User) -> None:
        log(shop, "exported", shop.contest, by=olga, after={"exported": "ledger", "rows": MAX_COUNTED, "more": True})
        assert sentences(owner)[0] == "Olga exported ledger of Summer (more than 10,000 rows)"

    def test_support_gets_no_links_to_what_it_may_not_open(self, shop: Shop) -> None:
        log(shop, "revoked", shop.keys["private"], of_team=True)
        page = signed_in(shop, "support").get(PAGE).content.decode()
        assert "API key “private key”" in html.unescape(page)
        assert "apikeys/apikey" not in page
