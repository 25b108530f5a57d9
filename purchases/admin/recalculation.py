"""The pages that preview, start, continue and undo recalculations."""

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

from blitzrocket.accounts.models import User
from blitzrocket.adminsite.action_forms import ReasonForm
from blitzrocket.adminsite.audited import FORM_USED, audit_context
from blitzrocket.audit.context import RequestIdReused
from blitzrocket.ids import MAX_LENGTH
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
PREVIEW_LASTS = timedelta(hours=1)
EXCEPTION_MESSAGES = {
    ContestBusy: "A recalculation or import is running. Wait until it finishes, or cancel it.",
    RequestIdReused: FORM_USED,
    RulesChanged: "The rules have changed since this preview. Preview again.",
    NotTheLatest: "There is a later recalculation. Undo that one first.",
    NothingToDo: "This recalculation is already undone or being undone.",
}
ACTIONS = {"undo": undo_recalculation, "continue": continue_recalculation}


class RecalculateForm(ReasonForm):
    """Starts a recalculation; ``backtest`` is its preview, which has to be recent and by the live rules."""

    backtest = forms.CharField(widget=forms.HiddenInput, max_length=MAX_LENGTH)

    def __init__(self, contest: Contest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.contest = contest

    def clean_backtest(self) -> Job:
        backtest = Job.objects.filter(
            contest_id=self.contest.pk, pk=self.cleaned_data["backtest"], state=Job.State.DONE
        ).first()
        if backtest is None or backtest.kind != "backtest" or terms_of(backtest) != self.contest.current_rules().terms:
            raise ValidationError(EXCEPTION_MESSAGES[RulesChanged])
        if backtest.finished_at is None or backtest.finished_at < timezone.now() - PREVIEW_LASTS:
            raise ValidationError("This preview is more than an hour old. Preview again.")
        return backtest


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
        """Preview a recalculation, start it, and list the past ones."""
        contest = self.get_for_roles(request, object_id, self.editors)
        days = request.POST.get("days", "")
        if request.method == "POST" and days in {str(each) for each in PERIODS} and "look" in request.POST:
            by = cast("User", request.user)
            backtest = start_backtest(contest, contest.current_rules().terms, days=int(days), by=by)
            return redirect(f"{page_of(contest)}?backtest={backtest.pk}")
        form = RecalculateForm(contest, request.POST if "confirm" in request.POST else None)
        if form.is_valid() and self._run(request, lambda: self._start(request, contest, form)):
            return redirect(page_of(contest))
        return self._page(request, contest, form)

    def recalculation_detail(self, request: HttpRequest, object_id: str, recalculation_id: str) -> HttpResponse:
        """Undo or continue a recalculation."""
        contest = self.get_for_roles(request, object_id, self.editors)
        recalculation = Recalculation.objects.filter(contest=contest, pk=recalculation_id).first()
        if recalculation is None:
            raise Http404
        form = ReasonForm(request.POST or None)
        run = next((ACTIONS[name] for name in ACTIONS if name in request.POST), None)
        if run is not None and form.is_valid():
            audit = audit_context(request, form.cleaned_data["reason"], form.cleaned_data["request_id"])
            self._run(request, lambda: run(recalculation, audit=audit))
            return redirect(page_of(contest))
        context = self._context(request, contest) | {"form": form, "recalculation": recalculation}
        return TemplateResponse(request, "admin/purchases/recalculation_detail.html", context)

    def _start(self, request: HttpRequest, contest: Contest, form: RecalculateForm) -> None:
        values = form.cleaned_data
        audit = audit_context(request, values["reason"], values["request_id"])
        start_recalculation(contest, contest.current_rules(), days=values["backtest"].params["days"], audit=audit)

    def _run(self, request: HttpRequest, run: Any) -> bool:
        try:
            run()
        except tuple(EXCEPTION_MESSAGES) as error:
            messages.error(request, EXCEPTION_MESSAGES[type(error)])
            return False
        return True

    def _page(self, request: HttpRequest, contest: Contest, form: RecalculateForm) -> HttpResponse:
        backtest_id = request.GET.get("backtest") or request.POST.get("backtest")
        backtest = Job.objects.filter(contest_id=contest.pk, pk=backtest_id, kind="backtest").first()
        past_recalculations = contest.recalculations.select_related("rule_set", "actor", "job", "undo_job")[:MOST_SHOWN]
        busy = Job.objects.open().filter(contest_id=contest.pk, is_exclusive=True).first()
        if backtest is not None and not form.is_bound:
            form.initial["backtest"] = backtest.pk
        context = self._context(request, contest) | {
            "form": form,
            "backtest": progress_of(backtest) if backtest else None,
            "has_result": backtest is not None and backtest.state == Job.State.DONE,
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
    """The URL of a contest's recalculations."""
    return reverse("admin:contests_contest_recalculate", args=[quote(contest.pk)])
