"""Times in every zone of the world: saving what nobody touched changes nothing, and pages name the zone they show."""

import html
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode
from zoneinfo import available_timezones

import pytest
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apikeys.models import ApiKey
from blitzrocket.accounts.models import User
from blitzrocket.adminsite.datetime_fields import LocalDateTimeField, LocalDateTimeTextField
from blitzrocket.audit.models import AuditEvent
from blitzrocket.middleware.time_zone import ReaderZoneMiddleware
from blitzrocket.times import show_datetime, zone_key
from contests.models import Contest, Entry, PointRule
from purchases.models import Purchase, RejectedPurchase
from tests.contests.rules_form import form, settings_form, url
from tests.support import ROOT, Shop, hold, record, set_rules, signed_in

# With fractions of a second, in hours that come twice or never somewhere, and long ago, when offsets had seconds.
MOMENTS = [
    datetime(2026, 10, 25, 1, 30, 12, 345678, tzinfo=UTC),
    datetime(2026, 11, 1, 6, 15, tzinfo=UTC),
    datetime(2027, 3, 28, 1, tzinfo=UTC),
    datetime(2027, 4, 4, 15, 59, 59, 999999, tzinfo=UTC),
    datetime(1910, 6, 1, 12, 0, 1, tzinfo=UTC),
]
SOME_ZONES = ["Etc/GMT+3", "Etc/GMT-14", "America/Argentina/ComodRivadavia", "Asia/Kathmandu", "EST5EDT", "Factory"]


class Inputs(HTMLParser):
    """What a form would send as it stands."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "input" and attributes.get("name") and attributes.get("type") not in ("checkbox", "radio", "submit"):
            self.values[str(attributes["name"])] = attributes.get("value") or ""


def through_the_middleware(request: Any, view: Any) -> Any:
    """What the view makes in the zone of the request."""
    results: list[Any] = []

    def get_response(request: Any) -> HttpResponse:
        results.append(view(request))
        return HttpResponse()

    request.user = AnonymousUser()
    answer = ReaderZoneMiddleware(get_response)(request)
    return results[0] if results else answer


DATES = {"starts_at", "ends_at"}
URLENCODED = "application/x-www-form-urlencoded"


@pytest.fixture
def contest_form(shop: Shop, rf: Any) -> Any:
    """A contest's form with no other fields than its dates; each form copies all that it has."""
    request = rf.get("/admin/")
    request.user = User.objects.create_user("root", is_staff=True, is_superuser=True)
    form = admin.site.get_model_admin(Contest).get_form(request, shop.contest, change=True)
    form.base_fields = {name: field for name, field in form.base_fields.items() if name in DATES}
    return form


def typed_in(form: Any, name: str) -> dict[str, str]:
    """What the parts of a field would send as they are drawn."""
    bound = form[name]
    drawn = bound.field.widget.get_context(bound.html_name, bound.value(), {})["widget"]["subwidgets"]
    return {part["name"]: part["value"] or "" for part in drawn}


@pytest.mark.parametrize(("starts_at", "ends_at"), [(MOMENTS[0], MOMENTS[3]), (MOMENTS[4], MOMENTS[1])])
def test_unchanged_times_stay_in_every_zone(
    shop: Shop, contest_form: Any, rf: Any, starts_at: datetime, ends_at: datetime
) -> None:
    """The form is drawn in one zone, the browser's has become another when it is sent."""
    shop.contest.starts_at, shop.contest.ends_at = starts_at, ends_at

    def draw(_request: Any) -> dict[str, str]:
        form = contest_form(instance=shop.contest)
        zone = Inputs(render_to_string("admin/time_zone_field.html")).values
        return typed_in(form, "starts_at") | typed_in(form, "ends_at") | zone

    def read(request: Any) -> Any:
        form = contest_form(request.POST, instance=shop.contest)
        form.is_preview_only = True
        values = {name: form.fields[name].clean([request.POST[f"{name}_{part}"] for part in (0, 1)]) for name in DATES}
        form.cleaned_data = values
        form.restore_datetimes()
        return set(form.changed_data) & DATES, form.cleaned_data

    zones = sorted(available_timezones())
    assert len(zones) > 400
    for zone in zones:
        rf.cookies.load({"timezone": zone})
        sent = through_the_middleware(rf.get("/admin/"), draw)
        assert sent["zone"] == zone
        rf.cookies.load({"timezone": "Pacific/Kiritimati"})
        unchanged: Any = (set(), {"starts_at": starts_at, "ends_at": ends_at})
        posted = rf.post("/admin/", urlencode(sent), content_type=URLENCODED)
        assert through_the_middleware(posted, read) == unchanged, zone


@pytest.mark.parametrize("zone", SOME_ZONES)
class TestPagesInAZone:
    """Over HTTP, with all that a page sends."""

    def client(self, shop: Shop, zone: str) -> Client:
        client = signed_in(shop, "owner")
        client.cookies["timezone"] = zone
        return client

    def test_saving_a_title_changes_no_time_of_a_contest(self, shop: Shop, zone: str) -> None:
        set_rules(shop.contest, {}, starts_at=MOMENTS[4], ends_at=MOMENTS[3])
        for title in ("One", "Two"):
            client = self.client(shop, zone)
            shown = Inputs(client.get(url(shop, "change")).content.decode()).values
            datetime_fields = {
                name: value for name, value in shown.items() if re.search("starts_at|ends_at|seen|zone", name)
            }
            client.cookies["timezone"] = "Asia/Tokyo"
            answer = client.post(url(shop, "change"), settings_form(shop, **datetime_fields | {"title": title}))
            assert answer.status_code == 302, answer.context["errors"]
            contest = Contest.objects.get()
            assert (contest.title, contest.starts_at, contest.ends_at) == (title, MOMENTS[4], MOMENTS[3])

    def test_saving_a_rate_changes_no_time_of_a_rule(self, shop: Shop, zone: str) -> None:
        set_rules(shop.contest, {"valid_until": MOMENTS[0]})
        for rate in ("2", "3"):
            client = self.client(shop, zone)
            shown = Inputs(client.get(url(shop)).content.decode()).values
            datetime_fields = {name: value for name, value in shown.items() if re.search("valid_|seen|zone", name)}
            client.cookies["timezone"] = "Asia/Tokyo"
            rule = {"id": PointRule.objects.get().pk}
            answer = client.post(url(shop), form(shop, rule, **datetime_fields | {"rules-0-points_per_unit": rate}))
            assert answer.status_code == 302, answer.context["errors"]
            saved = PointRule.objects.get()
            assert (str(saved.points_per_unit.normalize()), saved.valid_until) == (rate, MOMENTS[0])

    def test_saving_a_key_keeps_its_expiry(self, shop: Shop, zone: str) -> None:
        key = shop.keys["private"]
        ApiKey.objects.filter(pk=key.pk).update(expires_at=MOMENTS[3])
        client = self.client(shop, zone)
        page = reverse("admin:apikeys_apikey_change", args=[quote(key.pk)])
        sent = Inputs(client.get(page).content.decode()).values | {"name": "Renamed"}
        client.cookies["timezone"] = "Asia/Tokyo"
        assert client.post(page, sent).status_code == 302
        key.refresh_from_db()
        assert (key.name, key.expires_at) == ("Renamed", MOMENTS[3])

    def test_a_corrected_order_keeps_its_time(self, shop: Shop, zone: str) -> None:
        hold(shop)
        RejectedPurchase.objects.update(purchased_at=MOMENTS[0])
        client = self.client(shop, zone)
        dialog = reverse("admin:purchases_rejectedpurchase_record", args=[quote(RejectedPurchase.objects.get().pk)])
        sent = Inputs(client.get(dialog).content.decode()).values
        sent |= {"email": shop.entry.email, "contest": shop.contest.pk, "currency": "USD", "reason": "Typo"}
        client.cookies["timezone"] = "Asia/Tokyo"
        assert "HX-Redirect" in client.post(dialog, sent).headers
        assert Purchase.objects.get().purchased_at == MOMENTS[0]

    def test_a_list_is_filtered_by_times_in_it(self, shop: Shop, zone: str) -> None:
        hold(shop)
        RejectedPurchase.objects.update(last_received_at=MOMENTS[2])
        client = self.client(shop, zone)
        with timezone.override(zone):
            local = timezone.localtime(MOMENTS[2])
        name = "last_received_at"
        for minutes, count in ((f"{local:%H:%M}:00", 1), (f"{local:%H:%M}:01", 0)):
            range_from = {f"{name}_from_0": f"{local:%Y-%m-%d}", f"{name}_from_1": minutes}
            page = client.get(reverse("admin:purchases_rejectedpurchase_changelist"), range_from)
            assert len(page.context["cl"].result_list) == count, minutes

    def test_each_page_names_its_zone_once_and_no_other(self, shop: Shop, zone: str) -> None:
        record(shop)
        client = self.client(shop, zone)
        client.post(url(shop), form(shop, {"id": PointRule.objects.get().pk}, title="New"))
        pages = [
            url(shop),
            url(shop, "imports"),
            url(shop, "history"),
            url(shop, "entries"),
            url(shop, "recalculate"),
            reverse("admin:purchases_purchase_change", args=[quote(Purchase.objects.get().pk)]),
            reverse("admin:purchases_purchase_changelist"),
            reverse("admin:audit_auditevent_change", args=[quote(AuditEvent.objects.all()[0].pk)]),
            reverse("admin:index"),
        ]
        for page in pages:
            shown = html.unescape(re.sub(r"<(input|option|time)[^>]*>", "", client.get(page).content.decode()))
            shown = shown.replace("Time zone: UTC.", "")  # beside the contest's days, whose zone it is
            assert shown.count(f"Times in {zone}") == shown.count(zone) == 1, page
            assert " UTC" not in re.sub(r"days? (of|in) UTC|Day \(UTC\)|days are days of UTC", "", shown, flags=re.I), (
                page
            )


class TestUnknownZone:
    @pytest.mark.parametrize("zone", ["-03", "CST", "Europe/Berlim", "europe/berlin", "", "../../etc/passwd", "UTC+3"])
    def test_a_form_with_an_unknown_zone_is_refused(self, shop: Shop, zone: str) -> None:
        client = signed_in(shop, "owner")
        answer = client.post(url(shop), form(shop, {"id": PointRule.objects.get().pk}, title="New", zone=zone))
        assert answer.status_code == 400
        assert "so nothing was saved" in html.unescape(answer.content.decode())
        assert Contest.objects.get().title != "New"

    @pytest.mark.parametrize("zone", ["-03", "CST", "Etc/Unknown", "", "a" * 300])
    def test_a_browser_with_an_unknown_zone_gets_utc(self, shop: Shop, zone: str) -> None:
        client = signed_in(shop, "owner")
        client.cookies["timezone"] = zone
        page = client.get(url(shop)).content.decode()
        assert "Times in UTC" in page
        assert Inputs(page).values["zone"] == "UTC"


class TestOneHelper:
    def test_all_code_shows_times_by_one_helper(self) -> None:
        templates = [
            path for path in (ROOT / "templates").rglob("*.html") if re.search(r"\|(date|time)\b", path.read_text())
        ]
        assert templates == []
        sources = [
            path for app in ("contests", "purchases", "apikeys", "blitzrocket") for path in (ROOT / app).rglob("*.py")
        ]
        assert [path for path in sources if re.search(r"%Z|tzname\(|get_current_timezone_name", path.read_text())] == []

    @pytest.mark.parametrize(
        ("zone", "shown"),
        [
            ("UTC", "25 Oct 2026, 01:30"),
            ("Europe/Berlin", "25 Oct 2026, 02:30"),
            ("Etc/GMT+3", "24 Oct 2026, 22:30"),
            ("Asia/Kathmandu", "25 Oct 2026, 07:15"),
            ("Pacific/Kiritimati", "25 Oct 2026, 15:30"),
            ("America/St_Johns", "24 Oct 2026, 23:00"),
        ],
    )
    def test_a_time_in_a_zone(self, zone: str, shown: str) -> None:
        with timezone.override(zone):
            assert show_datetime(MOMENTS[0]) == shown
            assert show_datetime(MOMENTS[0], seconds=True) == f"{shown}:12"
            assert zone_key() == zone

    def test_lists_show_times_as_pages_do(self, shop: Shop) -> None:
        client = signed_in(shop, "owner")
        client.cookies["timezone"] = "Europe/Berlin"
        Entry.objects.update(created_at=MOMENTS[0])
        assert "25 Oct 2026, 02:30" in client.get(reverse("admin:contests_entry_changelist")).content.decode()

    def test_the_list_of_contests_shows_dates_in_their_zone(self, shop: Shop) -> None:
        client = signed_in(shop, "owner")
        client.cookies["timezone"] = "Europe/Berlin"
        Contest.objects.update(starts_at=MOMENTS[0], time_zone="America/St_Johns")
        assert "24 Oct 2026, 23:00" in client.get(reverse("admin:contests_contest_changelist")).content.decode()

    def test_the_activity_log_shows_times_as_pages_do(self, shop: Shop) -> None:
        client = signed_in(shop, "owner")
        client.cookies["timezone"] = "Europe/Berlin"
        key = ApiKey.objects.get(pk=shop.keys["private"].pk)
        page = reverse("admin:apikeys_apikey_change", args=[quote(key.pk)])
        sent = Inputs(client.get(page).content.decode()).values
        client.post(page, sent | {"expires_at_0": "2027-01-01", "expires_at_1": "09:00"})
        assert AuditEvent.objects.latest("id").after == {"expires_at": "2027-01-01T08:00:00+00:00"}
        log = reverse("admin:apikeys_apikey_history", args=[quote(key.pk)])
        assert "1 Jan 2027, 09:00" in client.get(log).content.decode()


@pytest.mark.parametrize("field", [LocalDateTimeField(), LocalDateTimeTextField()])
@pytest.mark.parametrize("year", ["0001", "1899", "9001", "9999"])
def test_a_year_that_some_zone_cannot_have_is_refused(field: Any, year: str) -> None:
    typed = [f"{year}-01-01", "00:00"] if isinstance(field, LocalDateTimeField) else f"{year}-01-01 00:00"
    with pytest.raises(ValidationError, match="Enter a year from 1900 to 9000"):
        field.clean(typed)
