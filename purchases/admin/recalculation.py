"""The pages that preview, start, continue and undo recalculations."""

from datetime import timedelta
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import quote
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
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
from contests.admin.contest_pages import contest_admin, tab_url
from contests.admin.history import PER_PAGE, HistoryMixin, HistoryRows, HistorySection
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


class RecalculationMixin(JobProgressMixin, HistoryMixin):
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
        """Preview a recalculation, and start it."""
        contest = self.get_for_roles(request, object_id, self.editors)
        days = request.POST.get("days", "")
        if request.method == "POST" and days in {str(each) for each in PERIODS} and "look" in request.POST:
            by = cast("User", request.user)
            backtest = start_backtest(contest, contest.current_rules().terms, days=int(days), by=by)
            return redirect(f"{page_of(contest)}?backtest={backtest.pk}")
        form = RecalculateForm(contest, request.POST if "confirm" in request.POST else None)
        if form.is_valid() and self._run(request, lambda: self._start(request, contest, form)):
            return redirect(history_url(contest))
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
            return redirect(history_url(contest))
        context = {
            "title": f"Recalculation with rules version {recalculation.rule_set.number}",
            "form": form,
            "recalculation": recalculation,
            "history_url": history_url(contest),
        }
        return self.contest_page(request, contest, "history", "admin/purchases/recalculation_detail.html", context)

    def history_sections(self, request: HttpRequest, contest: Contest) -> list[HistorySection]:
        first, *others = super().history_sections(request, contest)
        template = "admin/purchases/recalculations.html"
        return [first, HistorySection("recalculations", "Recalculations", template, _past_recalculations), *others]

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
        if backtest is not None and not form.is_bound:
            form.initial["backtest"] = backtest.pk
        context = {
            "title": "Recalculate points",
            "form": form,
            "backtest": progress_of(backtest) if backtest else None,
            "has_result": backtest is not None and backtest.state == Job.State.DONE,
            "busy": _busy_job(contest),
            "history_url": history_url(contest),
            "may_cancel": True,
        }
        return self.contest_page(request, contest, "", "admin/purchases/recalculation.html", context)


def _past_recalculations(request: HttpRequest, contest: Contest, before: str) -> HistoryRows:
    rows = contest.recalculations.select_related("rule_set", "actor", "job", "undo_job").order_by("-pk")
    if before:
        rows = rows.filter(pk__lt=before)
    may_cancel = contest_admin().has_change_permission(request, contest)
    return HistoryRows.of(
        list(rows[: PER_PAGE + 1]), lambda each: each.pk, list, busy=_busy_job(contest), may_cancel=may_cancel
    )


def _busy_job(contest: Contest) -> dict[str, Any] | None:
    """The progress of the job that keeps others from starting."""
    busy = Job.objects.open().filter(contest_id=contest.pk, is_exclusive=True).first()
    return progress_of(busy) if busy else None


def history_url(contest: Contest) -> str:
    """The URL of a contest's past recalculations."""
    return f"{tab_url(contest, 'history')}?show=recalculations"


def page_of(contest: Contest) -> str:
    """The URL of the page that previews a recalculation."""
    return reverse("admin:contests_contest_recalculate", args=[quote(contest.pk)])
