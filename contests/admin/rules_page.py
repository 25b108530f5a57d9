"""The page that edits a contest's rules: their sentences with their forms, rounding and maximums, and the preview."""

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone

from blitzrocket.accounts.admin.team_scoped import TeamScopedAdmin
from blitzrocket.accounts.models import User
from contests.admin.contest_pages import ContestFormMixin, tab_url
from contests.admin.forms import RulesForm
from contests.admin.rule_preview import RulePreviewMixin
from contests.admin.rule_sets import rules_text
from contests.admin.rules import PointRuleInline, RuleFormSet
from contests.models import Contest, RuleSet
from contests.models.rules import MAX_RULES
from contests.money import InvalidCurrency, read_currency
from contests.rule_coverage import coverage_of, uncovered_currencies
from contests.rule_text import sentence_of
from contests.services import TooManyRules, add_rule_for_currency, publish_rules


class ContestPageAdmin(TeamScopedAdmin):
    """The admin of one page of contests. It is not registered: the contests' own admin adds its URLs to its own."""

    def get_urls(self) -> list[Any]:
        return []  # not those of a list and its forms


class RulesAdmin(ContestFormMixin, RulePreviewMixin, ContestPageAdmin):
    """The rules of a contest with its rounding and maximums; saving publishes them."""

    page = "rules"
    form = RulesForm
    inlines = [PointRuleInline]
    fieldsets = [("Rounding and maximums", {"fields": ["rounding", "cap_per_purchase", "cap_per_entry"]})]
    change_form_template = "admin/contests/rules_form.html"

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("<str:object_id>/rules/", wrap(self.change_view), name="contests_contest_rules"),
            path("<str:object_id>/rules/add/", wrap(self.add_rule), name="contests_contest_add_rule"),
            *super().get_urls(),
        ]

    def add_rule(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Add a rule for a currency that orders arrive in, and publish."""
        contest = self.get_for_roles(request, object_id, self.editors)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            currency = read_currency(request.POST.get("currency", ""))
            live = add_rule_for_currency(contest, currency, timezone.now(), by=cast("User", request.user))
        except InvalidCurrency as error:
            messages.error(request, str(error))
        except TooManyRules:
            messages.error(request, f"A contest has at most {MAX_RULES} rules. Delete one, then add a rule.")
        else:
            self._tell_added(request, contest, currency, live)
        return redirect(tab_url(contest, self.page))

    def _tell_added(self, request: HttpRequest, contest: Contest, currency: str, live: RuleSet | None) -> None:
        if live is None:
            messages.info(request, f"A rule is for {currency} already.")
            return
        sentence = sentence_of(live.terms.rules[-1], contest.zone)
        message = f"Added “{sentence}”. Version {live.number} is live. To undo, delete the rule and save."
        messages.success(request, message)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Publish the saved rules."""
        super().save_related(request, form, formsets, change)
        form.instance.rule_set = publish_rules(form.instance, by=cast("User", request.user))

    def response_change(self, request: HttpRequest, obj: Contest) -> HttpResponse:
        response: HttpResponse = super().response_change(request, obj)
        terms = obj.current_rules().terms
        coverage = coverage_of(terms, self.last_orders_of(obj))
        # About currencies there is a warning on the page, with a rule to add.
        uncovered = uncovered_currencies(terms, self.currencies_of(obj), timezone.now())
        if coverage.unmatched and not coverage.is_only_about(uncovered):
            messages.warning(request, f"{coverage.sentence} Orders like these earn nothing.")
        return response

    def saved_message(self, request: HttpRequest, contest: Contest) -> str:
        live = contest.current_rules()
        rules = rules_text(contest, live.terms) or "no rules, so purchases earn nothing"
        return f"Saved. Version {live.number} is live: {rules}."

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The form; opened with an earlier rule set as a draft, with rounding and caps of that."""
        form = super().get_form(request, obj, change, **kwargs)
        draft = self._draft(request, obj)
        return type(form.__name__, (form,), {"draft": draft.terms}) if draft else form

    def get_formset_kwargs(self, request: HttpRequest, obj: Any, inline: Any, prefix: str) -> dict[str, Any]:
        options: dict[str, Any] = super().get_formset_kwargs(request, obj, inline, prefix)
        draft = self._draft(request, obj)
        if draft is not None and issubclass(inline.formset, RuleFormSet):
            options["draft"] = draft.terms
        return options

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        contest = self.object_at(request, object_id) if "draft" in request.GET else None
        draft = self._draft(request, contest)
        if draft is not None and self.has_change_permission(request, contest):
            messages.info(request, f"Draft restored from version {draft.number}. Nothing changes until you save.")
        answer: HttpResponse = super().changeform_view(request, object_id, form_url, extra_context)
        return answer

    def _draft(self, request: HttpRequest, contest: Contest | None) -> RuleSet | None:
        number = request.GET.get("draft", "")
        if request.method != "GET" or contest is None or not (number.isascii() and number.isdigit()):
            return None
        return RuleSet.objects.filter(contest=contest.pk, number=min(int(number), 2**31 - 1)).first()
