"""The progress of background jobs on a page: a fragment that reloads itself until the job is over."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone

from blitzrocket.accounts.admin.team_scoped import TeamScopedAdmin
from blitzrocket.jobs.models import Job
from contests.models import Contest

LONG_WAIT = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Finished:
    """How a page shows the result of a kind of job: a template, and its context besides the job."""

    template: str
    context: Callable[[Job], dict[str, Any]] = lambda job: {}


# By kind of job; for other kinds the page is reloaded when the job is over.
FINISHED: dict[str, Finished] = {}


def progress_of(job: Job) -> dict[str, Any]:
    """The context of `admin/contests/job_progress.html`, for pages that include it."""
    return {
        "job": job,
        "waits_long": job.state == Job.State.WAITING and timezone.now() - job.created_at > LONG_WAIT,
    } | _result_context(job)


def _result_context(job: Job) -> dict[str, Any]:
    result = FINISHED.get(job.kind)
    if result is None or job.state != Job.State.DONE:
        return {}
    return {"finished_template": result.template} | result.context(job)


class JobProgressMixin(TeamScopedAdmin):
    """The jobs of a contest: all members of the team see their progress, owners cancel them."""

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        urls = [
            path("<str:object_id>/jobs/<str:job_id>/", wrap(self.job), name="contests_contest_job"),
            path(
                "<str:object_id>/jobs/<str:job_id>/cancel/", wrap(self.cancel_job), name="contests_contest_job_cancel"
            ),
        ]
        return [*urls, *super().get_urls()]

    def job(self, request: HttpRequest, object_id: str, job_id: str) -> HttpResponse:
        """The fragment with a job's progress, which requests this view again until the job is over."""
        contest = self.get_visible_or_404(request, object_id)
        return self._progress(request, contest, job_of(contest, job_id))

    def cancel_job(self, request: HttpRequest, object_id: str, job_id: str) -> HttpResponse:
        """Cancel a job; committed steps stay."""
        contest = self.get_for_roles(request, object_id, self.editors)
        job = job_of(contest, job_id)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        job.cancel()
        job.refresh_from_db()
        return self._progress(request, contest, job)

    def _progress(self, request: HttpRequest, contest: Contest, job: Job) -> HttpResponse:
        if not job.is_open and ("refresh" in request.GET or job.kind not in FINISHED):
            return HttpResponse(headers={"HX-Refresh": "true"})
        context = progress_of(job) | {"refresh": "refresh" in request.GET}
        context |= {"may_cancel": self.has_change_permission(request, contest)}
        return TemplateResponse(request, "admin/contests/job_progress.html", context)


def job_of(contest: Contest, job_id: str) -> Job:
    """The contest's job with that id.

    Raises:
        Http404: the contest has none.
    """
    job = Job.objects.filter(contest_id=contest.pk, pk=job_id).first()
    if job is None:
        raise Http404
    return job
