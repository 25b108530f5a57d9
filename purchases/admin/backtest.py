"""Backtests of the rules in a contest's form, beside the form."""

from typing import Any, cast

import msgspec
from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import path

from blitzrocket.accounts.admin.team_scoped import change_url
from blitzrocket.accounts.models import User
from blitzrocket.jobs.models import Job
from contests.admin.job_progress import FINISHED, Finished, progress_of
from contests.admin.rule_preview import RulePreviewMixin
from contests.models import Contest, Entry
from contests.rule_text import sentence_of
from contests.scoring import Rule
from purchases.services.backtest import PERIODS, start_backtest


class DaysForm(forms.Form):
    """The days to test; 0 for all."""

    days = forms.TypedChoiceField(coerce=int, choices=[(days, days) for days in PERIODS])


class BacktestMixin(RulePreviewMixin):
    """Starts backtests, which are jobs, and shows their progress and result beside the form."""

    beside_template = "admin/purchases/rule_preview_and_backtest.html"
    bar_template = "admin/purchases/rules_bar.html"

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.backtest_rules)
        return [path("<str:object_id>/backtest/", view, name="contests_contest_backtest"), *super().get_urls()]

    def backtest_rules(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Start a backtest of the rules in the submitted form; nothing is saved."""
        contest = self.get_for_roles(request, object_id, self.editors)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        draft, form = self.draft_of(request, contest), DaysForm(request.POST)
        if draft.problems or not form.is_valid():
            return TemplateResponse(request, "admin/contests/rule_examples.html", {"draft": draft})
        job = start_backtest(contest, draft.terms, days=form.cleaned_data["days"], by=cast("User", request.user))
        return TemplateResponse(request, "admin/contests/job_progress.html", progress_of(job) | {"may_cancel": True})


def _result_context(job: Job) -> dict[str, Any]:
    zone = Contest.objects.select_related("team").get(pk=job.contest_id).zone
    rules = [row | {"sentence": sentence_of(msgspec.convert(row["rule"], Rule), zone)} for row in job.result["rules"]]
    return {"rules": rules, "days": job.params["days"]} | _places_of(job)


def _places_of(job: Job) -> dict[str, Any]:
    """The first places with their entries, and how each moves."""
    places = job.result["places"]
    entries = Entry.objects.filter(contest=job.contest_id).in_bulk([place["entry"] for place in places])
    rows = [
        place | {"person": entries[place["entry"]], "url": change_url(entries[place["entry"]]), "move": _move(place)}
        for place in places
        if place["entry"] in entries
    ]
    return {"places": rows, "moves": sum(row["move"] != "same" for row in rows)}


def _move(place: dict[str, Any]) -> str:
    before, after = place["place_before"], place["place_after"]
    if after is None:
        return "out"
    if before == after:
        return "same"
    return "up" if before is None or after < before else "down"


FINISHED["backtest"] = Finished("admin/purchases/backtest.html", _result_context)
