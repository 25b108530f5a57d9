"""How far a job is, in the admin: shown until it is over, cancelled by owners."""

from datetime import timedelta

import pytest
from django.contrib.admin.utils import quote
from django.urls import reverse
from django.utils import timezone

from blitzrocket.jobs.models import Job
from blitzrocket.jobs.queue import start_job
from contests.admin import job_progress
from tests.support import Shop, make_shop, signed_in

State = Job.State


@pytest.fixture
def job(shop: Shop) -> Job:
    return start_job("undo_recalculation", shop.contest, by=None)


def url_of(job: Job, view: str = "job") -> str:
    return reverse(f"admin:contests_contest_{view}", args=[quote(job.contest_id), job.pk])


def test_the_fragment_reloads_until_the_job_is_over(shop: Shop, job: Job) -> None:
    client = signed_in(shop, "support")
    page = client.get(url_of(job)).content.decode()
    assert f'hx-get="{url_of(job)}"' in page
    assert "manage.py run_jobs" not in page
    assert "Cancel" not in page, "only owners do"
    Job.objects.update(state=State.RUNNING, done=30, total=120)
    page = client.get(url_of(job)).content.decode()
    assert 'value="25"' in page
    assert "30 of 120" in page
    Job.objects.update(state=State.DONE)
    answer = client.get(url_of(job))
    assert answer.headers["HX-Refresh"] == "true"


def test_a_kind_with_a_template_shows_its_result(shop: Shop, job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    finished = job_progress.Finished("admin/table.html")
    monkeypatch.setitem(job_progress.FINISHED, "undo_recalculation", finished)
    Job.objects.update(state=State.FAILED, problem="It went wrong.")
    page = signed_in(shop, "support").get(url_of(job)).content.decode()
    assert "It went wrong." in page
    assert "hx-get" not in page


def test_a_long_wait_asks_whether_run_jobs_runs(shop: Shop, job: Job) -> None:
    Job.objects.update(created_at=timezone.now() - timedelta(seconds=11))
    assert "Check that `manage.py run_jobs` is running." in signed_in(shop, "owner").get(url_of(job)).content.decode()


def test_owners_cancel_and_others_do_not(shop: Shop, job: Job) -> None:
    assert signed_in(shop, "support").post(url_of(job, "job_cancel")).status_code == 403
    owner = signed_in(shop, "owner")
    assert owner.get(url_of(job, "job_cancel")).status_code == 405
    assert Job.objects.get().is_open
    assert owner.post(url_of(job, "job_cancel")).headers["HX-Refresh"] == "true"
    assert Job.objects.get().state == State.CANCELLED


def test_another_contests_job_is_404(shop: Shop, job: Job) -> None:
    owner = signed_in(shop, "owner")
    other = make_shop("eve@example.com")
    foreign_job = start_job("backtest", other.contest, by=None)
    for view in ("job", "job_cancel"):
        assert owner.post(url_of(foreign_job, view)).status_code == 404
        mixed = reverse(f"admin:contests_contest_{view}", args=[quote(shop.contest.pk), foreign_job.pk])
        assert owner.post(mixed).status_code == 404
    assert Job.objects.get(pk=foreign_job.pk).is_open
