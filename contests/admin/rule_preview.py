"""The live preview beside a contest's form: example purchases under the rules in the form, before saving."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from blitzrocket.accounts.admin.team_scoped import TeamScopedAdmin
from blitzrocket.adminsite.datetime_fields import LocalDateTimeTextField
from contests.admin.rule_presets import currency_preset, presets_of
from contests.admin.rules import CurrencyField, RuleFormSet
from contests.models import Contest
from contests.money import MAX_AMOUNT, NAMES
from contests.rule_coverage import coverage_of, uncovered_currencies
from contests.rule_preview import Example, example_of, facts_of, usual_examples
from contests.rule_text import sentence_of
from contests.scoring import Rounding, Rule, ScoringFacts, Terms
from contests.services import terms_as_edited

DEFAULT_CURRENCY = "USD"


class OwnExampleForm(forms.Form):
    """An example purchase that the owner types."""

    prefix = "example"
    amount = forms.DecimalField(
        label="Amount", min_value=0, max_value=MAX_AMOUNT, initial=25, widget=UnfoldAdminDecimalFieldWidget
    )
    currency = CurrencyField(label="Currency")
    at = LocalDateTimeTextField(
        label="Purchased at", widget=UnfoldAdminTextInputWidget(attrs={"type": "datetime-local", "required": True})
    )
    first = forms.BooleanField(label="First purchase", required=False, widget=UnfoldBooleanSwitchWidget)

    def __init__(self, *args: Any, zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("LocalDateTimeTextField", self.fields["at"]).zone = zone


@dataclass(frozen=True, slots=True)
class Draft:
    """The rules in a form: the valid ones as terms, and the errors of the others."""

    contest: Contest
    terms: Terms
    sentences: dict[str, str]  # by the prefix of the rule's form
    problems: list[str]
    zone: ZoneInfo  # of its days

    @classmethod
    def of(cls, form: Any, rules: RuleFormSet) -> "Draft":
        form.is_valid()
        rules.is_valid()
        contest: Contest = form.instance
        valid_rules = {
            rule_form.prefix: rule_form.instance.as_rule()
            for rule_form in rules.remaining_forms
            if not rule_form.errors
        }
        return cls(
            contest,
            _terms_of(contest, form, list(valid_rules.values())),
            {prefix: sentence_of(rule, rules.zone) for prefix, rule in valid_rules.items()},
            list(_problems_of(form, rules)),
            rules.zone,
        )


class RulePreviewMixin(TeamScopedAdmin):
    """The live preview beside the rules of a contest."""

    beside_template = "admin/contests/rule_preview.html"
    bar_template = "admin/contests/rules_bar.html"

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.examples)
        return [path("<str:object_id>/examples/", view, name="contests_contest_examples"), *super().get_urls()]

    def examples(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The examples under the rules in the posted form; nothing is saved."""
        contest = self.get_for_roles(request, object_id, self.editors)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        now, draft = timezone.now(), self.draft_of(request, contest)
        own_form = OwnExampleForm(request.POST, zone=draft.zone)
        currencies = self.currencies_of(contest)
        context = {
            "draft": draft,
            "usual": list(usual_examples(draft.terms, currencies or _default_currencies(draft.terms), now, draft.zone)),
            "own": _own_example(own_form, draft),
            "own_problems": [message for messages in own_form.errors.values() for message in messages],
            "runs": draft.contest.phase_at(now) == Contest.Phase.RUNNING,
            "coverage": coverage_of(draft.terms, self.last_orders_of(contest)),
            "uncovered": _uncovered(draft, currencies, now),
            "presets": presets_of(draft.contest, draft.terms, currencies, now, draft.zone),
        }
        return TemplateResponse(request, "admin/contests/rule_examples.html", context)

    def draft_of(self, request: HttpRequest, contest: Contest) -> Draft:
        """The rules in the posted form."""
        form = self.get_form(request, contest, change=True)(request.POST, request.FILES, instance=contest)
        form.is_preview_only = True
        formsets, _inlines = self._create_formsets(request, form.instance, change=True)
        return Draft.of(form, next(formset for formset in formsets if isinstance(formset, RuleFormSet)))

    def currencies_of(self, contest: Contest) -> list[str]:
        """The currencies of the contest's orders, the most frequent first; overridden in purchases."""
        return []

    def last_orders_of(self, contest: Contest) -> list[ScoringFacts]:
        """The facts of the contest's last orders; overridden in purchases."""
        return []

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        zone, contest = context["adminform"].form.shown_zone, kwargs["obj"]
        currencies = self.currencies_of(contest)
        context["own_example"] = OwnExampleForm(
            initial={
                "currency": next(iter(currencies), DEFAULT_CURRENCY),
                "at": _datetime_local(timezone.localtime(timezone=zone)),
            },
            zone=zone,
        )
        context |= {"currencies": sorted(NAMES.items()), "beside_template": self.beside_template}
        context |= {"bar_template": self.bar_template}
        context["presets"] = presets_of(contest, terms_as_edited(contest), currencies, timezone.now(), zone)
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response


def _uncovered(draft: Draft, currencies: list[str], now: datetime) -> list[dict[str, str]]:
    """The currencies of orders that no rule is for, each with a rule to add; none where no rule is on at all."""
    if not any(rule.is_active for rule in draft.terms.rules):
        return []
    return [
        {"currency": currency, "json": currency_preset(draft.terms, currency, draft.zone)}
        for currency in uncovered_currencies(draft.terms, currencies, now)
    ]


def _terms_of(contest: Contest, form: Any, rules: list[Rule]) -> Terms:
    return Terms(
        rules=tuple(rules),
        rounding=Rounding(form.cleaned_data.get("rounding") or Rounding.NEAREST),
        cap_per_purchase=form.cleaned_data.get("cap_per_purchase"),
        cap_per_entry=form.cleaned_data.get("cap_per_entry"),
    )


def _problems_of(form: Any, rules: RuleFormSet) -> Iterator[str]:
    for name in ("rounding", "cap_per_purchase", "cap_per_entry"):
        yield from (f"{form.fields[name].label}: {message}" for message in form.errors.get(name, ()))
    yield from rules.non_form_errors()
    for number, rule_form in enumerate(rules.remaining_forms, start=1):
        for name, messages in rule_form.errors.items():
            about = "" if name == "__all__" else f"{rule_form.fields[name].label}: "
            yield from (f"Rule {number}" + f": {about}{message}" for message in messages)


def _own_example(form: OwnExampleForm, draft: Draft) -> Example | None:
    if not form.is_valid():
        return None
    values = form.cleaned_data
    facts = facts_of(values["amount"], values["currency"], values["at"], is_first=values["first"])
    return example_of(draft.terms, facts, draft.zone)


def _default_currencies(terms: Terms) -> list[str]:
    return [] if any(rule.currency for rule in terms.rules) else [DEFAULT_CURRENCY]


def _datetime_local(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M}"
