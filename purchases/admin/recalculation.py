"""Recalculating past purchases: tried first, done for a reason in the background, taken back as one."""

from datetime import timedelta
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import quote
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextInputWidget

from blitzrocket.accounts.models import User
from blitzrocket.adminsite.audited import FORM_USED, audit_context
from blitzrocket.audit.context import RequestIdReused
from blitzrocket.audit.models import MAX_REASON_LENGTH
from blitzrocket.ids import MAX_LENGTH, new_id
from blitzrocket.jobs.models import Job
from blitzrocket.jobs.queue import ContestBusy
from contests.admin.job_progress import JobProgressMixin, progress_of
from contests.models import Contest
from purchases.models import Recalculation
from purchases.services.backtest import PERIODS, start_backtest, terms_of
from purchases.services.recalculation import (
    NothingToDo,
    NotTheLatest,
    RulesChanged,
    continue_recalculation,
    start_recalculation,
    undo_recalculation,
)

MOST_SHOWN = 20
LOOKED_AT_LATELY = timedelta(hours=1)
REFUSALS = {
    ContestBusy: "A recalculation or import is running. Wait until it finishes, or cancel it.",
    RequestIdReused: FORM_USED,
    RulesChanged: "The rules have changed since this preview. Preview again.",
    NotTheLatest: "There is a later recalculation. Undo that one first.",
    NothingToDo: "This recalculation is already undone or being undone.",
}
ACTS = {"undo": undo_recalculation, "continue": continue_recalculation}


class ReasonForm(forms.Form):
    """Why, and once: the same page sent twice is one act."""

    reason = forms.CharField(
        label="Reason",
        max_length=MAX_REASON_LENGTH,
        widget=UnfoldAdminTextInputWidget,
        help_text="Shown on each affected order; visible to your team.",
    )
    request_id = forms.CharField(widget=forms.HiddenInput, initial=lambda: new_id("event"), max_length=MAX_LENGTH)


class RecalculateForm(ReasonForm):
    """Names the trial whose figures were looked at; that has to be of the rules that are in force."""

    trial = forms.CharField(widget=forms.HiddenInput, max_length=MAX_LENGTH)

    def __init__(self, contest: Contest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.contest = contest

    def clean_trial(self) -> Job:
        trial = Job.objects.filter(
            contest_id=self.contest.pk, pk=self.cleaned_data["trial"], state=Job.State.DONE
        ).first()
        if trial is None or trial.kind != "backtest" or terms_of(trial) != self.contest.current_rules.terms:
            raise ValidationError(REFUSALS[RulesChanged])
        if trial.finished_at is None or trial.finished_at < timezone.now() - LOOKED_AT_LATELY:
            raise ValidationError("This preview is more than an hour old. Preview again.")
        return trial


class RecalculationMixin(JobProgressMixin):
    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        own = [
            path(
                "<str:object_id>/recalculate/<str:recalculation_id>/",
                wrap(self.recalculation_detail),
                name="contests_contest_recalculated",
            ),
        ]
        return [*own, *super().get_urls()]

    @action(description="Recalculate points", icon="calculate", permissions=["change"])
    def recalculate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What recalculating would do, doing it, and all that were done."""
        contest = self.get_for_roles(request, object_id, self.editors)
        days = request.POST.get("days", "")
        if request.method == "POST" and days in {str(each) for each in PERIODS} and "look" in request.POST:
            by = cast("User", request.user)
            trial = start_backtest(contest, contest.current_rules.terms, days=int(days), by=by)
            return redirect(f"{page_of(contest)}?trial={trial.pk}")
        form = RecalculateForm(contest, request.POST if "confirm" in request.POST else None)
        if form.is_valid() and self._run(request, lambda: self._start(request, contest, form)):
            return redirect(page_of(contest))
        return self._page(request, contest, form)

    def recalculation_detail(self, request: HttpRequest, object_id: str, recalculation_id: str) -> HttpResponse:
        """Take one back or let it go on."""
        contest = self.get_for_roles(request, object_id, self.editors)
        recalculation = Recalculation.objects.filter(contest=contest, pk=recalculation_id).first()
        if recalculation is None:
            raise Http404
        form = ReasonForm(request.POST or None)
        run = next((ACTS[name] for name in ACTS if name in request.POST), None)
        if run is not None and form.is_valid():
            audit = audit_context(request, form.cleaned_data["reason"], form.cleaned_data["request_id"])
            self._run(request, lambda: run(recalculation, audit=audit))
            return redirect(page_of(contest))
        context = self._context(request, contest) | {"form": form, "recalculation": recalculation}
        return TemplateResponse(request, "admin/purchases/recalculation_detail.html", context)

    def _start(self, request: HttpRequest, contest: Contest, form: RecalculateForm) -> None:
        values = form.cleaned_data
        audit = audit_context(request, values["reason"], values["request_id"])
        start_recalculation(contest, contest.current_rules, days=values["trial"].params["days"], audit=audit)

    def _run(self, request: HttpRequest, run: Any) -> bool:
        try:
            run()
        except tuple(REFUSALS) as error:
            messages.error(request, REFUSALS[type(error)])
            return False
        return True

    def _page(self, request: HttpRequest, contest: Contest, form: RecalculateForm) -> HttpResponse:
        trial_id = request.GET.get("trial") or request.POST.get("trial")
        trial = Job.objects.filter(contest_id=contest.pk, pk=trial_id, kind="backtest").first()
        past_recalculations = contest.recalculations.select_related("rule_set", "actor", "job", "undo_job")[:MOST_SHOWN]
        busy = Job.objects.open().filter(contest_id=contest.pk, is_exclusive=True).first()
        if trial is not None and not form.is_bound:
            form.initial["trial"] = trial.pk
        context = self._context(request, contest) | {
            "form": form,
            "trial": progress_of(trial) if trial else None,
            "is_tried": trial is not None and trial.state == Job.State.DONE,
            "past_recalculations": list(past_recalculations),
            "busy": progress_of(busy) if busy else None,
        }
        return TemplateResponse(request, "admin/purchases/recalculation.html", context)

    def _context(self, request: HttpRequest, contest: Contest) -> dict[str, Any]:
        title = f"Recalculate points: {contest}"
        return {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "contest": contest,
            "may_cancel": True,
        }


def page_of(contest: Contest) -> str:
    """The address where a contest's purchases are recalculated."""
    return reverse("admin:contests_contest_recalculate", args=[quote(contest.pk)])
