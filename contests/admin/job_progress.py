"""How far the work in the background is: a fragment that asks for itself until the work is over."""

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
    """How a page tells what came of a job: a template, and what it shows besides the job."""

    template: str
    context: Callable[[Job], dict[str, Any]] = lambda job: {}


# By the kind of job; where there is none, the page is loaded anew.
FINISHED: dict[str, Finished] = {}


def progress_of(job: Job) -> dict[str, Any]:
    """What `admin/jobs/progress.html` shows; a page includes it with this in its context."""
    return {
        "job": job,
        "waits_long": job.state == Job.State.WAITING and timezone.now() - job.created_at > LONG_WAIT,
    } | _what_came_of(job)


def _what_came_of(job: Job) -> dict[str, Any]:
    finished = FINISHED.get(job.kind)
    if finished is None or job.state != Job.State.DONE:
        return {}
    return {"finished_template": finished.template} | finished.context(job)


class JobProgressMixin(TeamScopedAdmin):
    """The jobs of a contest: everybody in the team sees how far they are, owners cancel them."""

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        own = [
            path("<str:object_id>/jobs/<str:job_id>/", wrap(self.job), name="contests_contest_job"),
            path(
                "<str:object_id>/jobs/<str:job_id>/cancel/", wrap(self.cancel_job), name="contests_contest_job_cancel"
            ),
        ]
        return [*own, *super().get_urls()]

    def job(self, request: HttpRequest, object_id: str, job_id: str) -> HttpResponse:
        """How far it is; asked for again by what it answers, until it is over."""
        contest = self.get_visible_or_404(request, object_id)
        return self._progress(request, contest, job_of(contest, job_id))

    def cancel_job(self, request: HttpRequest, object_id: str, job_id: str) -> HttpResponse:
        """End it; what it has written so far stays."""
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
        return TemplateResponse(request, "admin/jobs/progress.html", context)


def job_of(contest: Contest, job_id: str) -> Job:
    """The contest's job of that id.

    Raises:
        Http404: it has none.
    """
    job = Job.objects.filter(contest_id=contest.pk, pk=job_id).first()
    if job is None:
        raise Http404
    return job
