"""The inline that edits a contest's point rules: each a sentence with its form below."""

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.admin import StackedInline
from unfold.forms import PaginationInlineFormSet
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from blitzrocket.adminsite.datetime_fields import DayWidget, FirstDayField, LastDayField, UnchangedDatetimesMixin
from blitzrocket.text import trim
from blitzrocket.times import first_day_element, last_day_element
from contests.admin.contest_dates import LAST_DAY_HELP, set_zone, zone_shown
from contests.models import Contest, PointRule
from contests.models.rules import MAX_RULES, validate_currency
from contests.money import NAMES, WITHDRAWN
from contests.rule_text import plain, sentence_of
from contests.scoring import Rule, Terms

FIELDS = ["points_per_unit", "fixed_points", "currency", "amount_from", "amount_to", "valid_from", "valid_until"]
FIELDS += ["first_purchase_only"]
DECIMALS = ("points_per_unit", "amount_from", "amount_to")
_codes_by_name = {name.casefold(): code for code, name in NAMES.items() if code not in WITHDRAWN}


class CurrencyField(forms.CharField):
    """A currency by code or name; the page suggests both."""

    def __init__(self, **options: Any) -> None:
        placeholder = "" if options.get("required", True) else "any"
        attrs = {"list": "currencies", "autocomplete": "off", "placeholder": placeholder}
        super().__init__(validators=[validate_currency], widget=UnfoldAdminTextInputWidget(attrs=attrs), **options)

    def to_python(self, value: Any) -> str:
        text = trim(super().to_python(value) or "")
        return _codes_by_name.get(text.casefold(), text.upper())


class RuleForm(UnchangedDatetimesMixin, forms.ModelForm):
    class Meta:
        model = PointRule
        fields = [*FIELDS, "is_active"]
        field_classes = {"valid_from": FirstDayField, "valid_until": LastDayField}
        widgets = {
            "is_active": UnfoldBooleanSwitchWidget(attrs={"aria-label": "On"}),
            "valid_from": DayWidget,
            "valid_until": DayWidget,
        }
        help_texts = {"valid_until": LAST_DAY_HELP}

    currency = CurrencyField(
        label="Currency",
        required=False,
        help_text="Code or name, such as EUR. Leave empty for any currency; amounts are not converted.",
    )

    def __init__(self, *args: Any, zone: ZoneInfo, draft: Rule | None = None, **kwargs: Any) -> None:
        self.zone, self.draft = zone, draft
        if draft is not None:
            kwargs["initial"] = _fields_of(draft)
        super().__init__(*args, **kwargs)
        set_zone(self, zone)
        for name in DECIMALS:
            value = self.get_initial_for_field(self.fields[name], name) if name in self.fields else None
            if value is not None:
                self.initial[name] = plain(value)  # 1 and not 1.000000

    @property
    def sentence(self) -> str:
        """The rule in words, as the form opens."""
        if self.instance._state.adding and not (self.is_bound and set(self.errors) <= {NON_FIELD_ERRORS}):
            return "New rule"
        return sentence_of(self.draft or self.instance.as_rule(), self.zone)

    def has_changed(self) -> bool:
        """Also true for an added rule with default values, so that it is saved."""
        return self.instance._state.adding or super().has_changed()


class RuleFormSet(PaginationInlineFormSet):
    """The rules of a contest; with ``draft``, those of an earlier rule set instead."""

    default_error_messages = {
        **PaginationInlineFormSet.default_error_messages,
        "too_many_forms": "A contest has at most %(num)d rules.",
    }

    def __init__(self, *args: Any, draft: Terms | None = None, **kwargs: Any) -> None:
        self.draft = {rule.id: rule for rule in draft.rules} if draft else None
        super().__init__(*args, **kwargs)
        self.zone = zone_shown(self.data, self.instance)
        self.max_num, self.validate_max = MAX_RULES, True
        if self.draft is not None and not self.is_bound:
            existing = {rule.pk for rule in self.get_queryset()}
            self.initial_extra = [_fields_of(rule) for pk, rule in self.draft.items() if pk not in existing]
            self.extra = len(self.initial_extra)

    def delete_existing(self, obj: PointRule, commit: bool = True) -> None:
        if commit:
            PointRule.objects.filter(contest=obj.contest_id, pk=obj.pk).delete()  # names the contest; Django's does not

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        """With a draft, an existing rule opens as it was then, and marked for deletion where there was none."""
        kwargs: dict[str, Any] = super().get_form_kwargs(index) | {"zone": self.zone}
        if self.draft is not None and not self.is_bound and index is not None and index < self.initial_form_count():
            rule = self.draft.get(self.get_queryset()[index].pk)
            kwargs |= {"draft": rule} if rule else {"initial": {"DELETE": True}}
        return kwargs

    def clean(self) -> None:
        super().clean()
        for form in self.forms:
            if not self._should_delete_form(form) and not form.errors:
                reason = form.instance.why_never_in(self.instance)
                if reason:
                    form.add_error(None, reason)

    @property
    def remaining_forms(self) -> list[Any]:
        """The forms of rules that are not marked for deletion."""
        return [form for form in self.forms if not self._should_delete_form(form)]


class PointRuleInline(StackedInline):
    model = PointRule
    form = RuleForm
    formset = RuleFormSet
    template = "admin/contests/rules.html"
    extra = 0
    max_num = MAX_RULES
    verbose_name_plural = "Point rules – matching rules add up"
    fieldsets = [
        (None, {"fields": FIELDS}),
        (None, {"fields": ["is_active"], "classes": ["in-title"]}),
    ]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The fields; where they are only shown, with days as people read them."""
        if self.has_change_permission(request, obj):
            return self.fieldsets
        shown = {"valid_from": "first_day", "valid_until": "last_day"}
        return [(None, {"fields": [shown.get(name, name) for name in [*FIELDS, "is_active"]]})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["first_day", "last_day"]

    @admin.display(description="Valid from")
    def first_day(self, rule: PointRule) -> SafeString | str:
        return first_day_element(rule.valid_from, rule.contest.zone) if rule.valid_from else "–"

    @admin.display(description="Valid until")
    def last_day(self, rule: PointRule) -> SafeString | str:
        return last_day_element(rule.valid_until, rule.contest.zone) if rule.valid_until else "–"

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True  # as for the contest

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._owns(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._owns(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._owns(request, obj)

    def _owns(self, request: HttpRequest, contest: Any) -> bool:
        page = self.admin_site.get_model_admin(Contest)
        if contest is None:
            return bool(page.has_add_permission(request))
        return bool(page.has_change_permission(request, contest))


def _fields_of(rule: Rule) -> dict[str, Any]:
    names = [field.name for field in PointRule._meta.concrete_fields if hasattr(rule, field.name)]
    return {name: getattr(rule, name) for name in names if name != "id"}
