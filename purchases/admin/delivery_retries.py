"""Retrying deliveries: one in a dialog, all failed ones from the list."""

import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from blitzrocket.accounts.admin.team_scoped import ALL_ROLES, OWNER, cached_on_request, list_url
from blitzrocket.adminsite.action_forms import ActionForm, ReasonForm
from blitzrocket.adminsite.audited import FORM_USED, audit_context
from blitzrocket.audit.context import AuditContext, RequestIdReused
from blitzrocket.audit.models import MAX_REASON_LENGTH
from blitzrocket.jobs.models import Job
from blitzrocket.numbers import counted
from contests.admin.job_progress import FINISHED, Finished, progress_of
from contests.admin.scope import ContestScopedAdmin, contest_ids_of, contests_of
from contests.models import Contest
from purchases.models import StoreDelivery
from purchases.stores.dismissal import NotDismissed, NotDismissible, dismiss_delivery, reopen_delivery
from purchases.stores.retry import (
    RETRY,
    NotRetryable,
    Retried,
    RetryRunning,
    failed_deliveries,
    retry_delivery,
    retry_failed,
    retry_jobs,
)
from purchases.support.open_items import MAX_COUNTED, capped_count
from purchases.support.store_names import connections_of, store_name

AT_ONCE = 25  # retried within the request; more of them in the background
SHOWN_AFTER_END = timedelta(minutes=10)
MAX_JOBS = 5

State = StoreDelivery.State
HANDLED = "This delivery was already handled by someone else. Reload to see what changed."
RUNNING = "A retry is running. Wait until it finishes."


def reason_field() -> forms.CharField:
    return forms.CharField(
        label="Reason",
        required=False,
        max_length=MAX_REASON_LENGTH,
        widget=UnfoldAdminTextInputWidget,
        help_text="Optional. Saved permanently; visible to your team.",
    )


class RetryForm(ActionForm):
    """Retries one delivery."""

    model = StoreDelivery
    reason = reason_field()
    exception_messages = {
        NotRetryable: "This delivery is done. Reload to see what became of it.",
        RetryRunning: "Someone is retrying this delivery right now. Reload in a minute.",
    }

    def perform(self, values: dict[str, Any], audit: AuditContext) -> Retried:
        return retry_delivery(self.object, audit=audit)

    def effects(self, values: dict[str, Any]) -> list[Any]:
        return []


class DismissDeliveryForm(ActionForm):
    """Dismisses an unusable delivery."""

    model = StoreDelivery
    exception_messages = {NotDismissible: HANDLED}

    def perform(self, values: dict[str, Any], audit: AuditContext) -> None:
        dismiss_delivery(self.object, audit=audit)

    def effects(self, values: dict[str, Any]) -> list[Any]:
        return []


class ReopenDeliveryForm(ActionForm):
    """Undoes a dismissal."""

    model = StoreDelivery
    exception_messages = {NotDismissed: HANDLED}

    def perform(self, values: dict[str, Any], audit: AuditContext) -> None:
        reopen_delivery(self.object, audit=audit)

    def effects(self, values: dict[str, Any]) -> list[Any]:
        return []


class RetryAllForm(ReasonForm):
    """Retries all failed deliveries, as counted on its page."""

    reason = reason_field()
    with_unusable = forms.BooleanField(
        label="Also retry unusable deliveries",
        required=False,
        widget=UnfoldBooleanWidget,
        help_text="For example after you changed the connection's settings.",
    )
    field_order = ("with_unusable", "reason")


@dataclass(frozen=True, slots=True)
class FailedCount:
    """How many deliveries of a store wait for a retry."""

    store: str
    contest: str
    failed: int
    unusable: int


class RetryAllMixin(ContestScopedAdmin):
    """“Retry all failed”, for the contest and the connection that the list is filtered by."""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.retry_all)
        return [path("retry/", view, name="purchases_storedelivery_retry_all"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        contest_ids, owned = list(self._contests(request)), contest_ids_of(request, OWNER)
        jobs = retry_jobs(contest_ids, timezone.now() - SHOWN_AFTER_END)[:MAX_JOBS]
        failed = failed_deliveries(contest_ids, request.GET.get("connection", ""))
        count = failed.order_by().values("pk")[: MAX_COUNTED + 1].count() if contest_ids else 0
        extra = {
            "retry_jobs": [progress_of(job) | {"may_cancel": job.contest_id in owned} for job in jobs],
            "retry_url": f"{retry_all_url()}?{_scope_query(request)}",
            "failed": count,
            "failed_text": capped_count(count),
        }
        return super().changelist_view(request, extra | (extra_context or {}))

    def retry_all(self, request: HttpRequest) -> HttpResponse:
        """The preview, and the retry of what it shows."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = RetryAllForm(request.POST or None)
        back = f"{list_url(StoreDelivery)}?{_scope_query(request, attention='open')}"
        if form.is_valid():
            self._retry(request, form.cleaned_data)
            return redirect(back)
        counts = self._counts(request)
        context = {
            **self.admin_site.each_context(request),
            "title": "Retry all failed",
            "opts": self.opts,
            "form": form,
            "counts": counts,
            "failed": sum(each.failed for each in counts),
            "unusable": sum(each.unusable for each in counts),
            "back": back,
        }
        return TemplateResponse(request, "admin/purchases/retry_deliveries.html", context)

    def _retry(self, request: HttpRequest, values: dict[str, Any]) -> None:
        states: Counter[str] = Counter()
        started, skipped = 0, 0
        for contest in self._contests(request).values():
            audit = audit_context(request, values["reason"], _request_id(values["request_id"], contest))
            try:
                result = retry_failed(
                    contest,
                    request.GET.get("connection", ""),
                    with_unusable=values["with_unusable"],
                    at_once=AT_ONCE,
                    audit=audit,
                )
            except RetryRunning:
                messages.error(request, RUNNING)
                continue
            except RequestIdReused:
                messages.error(request, FORM_USED)
                return
            if isinstance(result, Job):
                started += 1
            elif result is None:
                skipped += 1
            else:
                states += result
        if started:
            messages.info(request, "Retrying in the background. This page shows the progress.")
        if states:
            level = messages.WARNING if states[State.FAILED] or states[State.UNUSABLE] else messages.SUCCESS
            messages.add_message(request, level, result_text(states))
        elif not started and not skipped:
            messages.info(request, "There was nothing to retry any more.")

    def _contests(self, request: HttpRequest) -> dict[str, Contest]:
        """The user's contests with connections that the address means."""

        def read() -> dict[str, Contest]:
            chosen = request.GET.get("contest")
            contests = contests_of(request, *ALL_ROLES).filter(**({"pk": chosen} if chosen else {}))
            return {contest.pk: contest for contest in contests if contest.pk in self._connected(request)}

        return cached_on_request(request, ("contests to retry",), read)

    def _connected(self, request: HttpRequest) -> set[str]:
        connections = cached_on_request(
            request, ("all connections",), lambda: connections_of(contest_ids_of(request, *ALL_ROLES))
        )
        return {connection.contest_id for connection in connections.values()}

    def _counts(self, request: HttpRequest) -> list[FailedCount]:
        """By store; those that have none are left out."""
        contests = self._contests(request)
        names = {pk: store_name(connection) for pk, connection in connections_of(list(contests)).items()}
        rows = failed_deliveries(list(contests), request.GET.get("connection", ""), with_unusable=True)
        is_unusable = Q(state=State.UNUSABLE)
        counts = rows.order_by("contest", "connection").values_list("contest", "connection")
        numbers = counts.annotate(failed=Count("pk", filter=~is_unusable), unusable=Count("pk", filter=is_unusable))
        return [
            FailedCount(names[connection_id], str(contests[contest_id]), failed, unusable)
            for contest_id, connection_id, failed, unusable in numbers
        ]


def result_text(states: Counter[str]) -> str:
    """“Retried 12 deliveries: 10 done, 2 failed.”"""
    labels = dict(State.choices)
    parts = ", ".join(f"{count:,} {str(labels[State(state)]).lower()}" for state, count in states.most_common())
    return f"Retried {counted(sum(states.values()), 'delivery', 'deliveries')}: {parts}."


def retry_all_url() -> str:
    return reverse("admin:purchases_storedelivery_retry_all")


def _scope_query(request: HttpRequest, **others: str) -> str:
    scope = {name: request.GET[name] for name in ("contest", "connection") if request.GET.get(name)}
    return urlencode(scope | others)


def _request_id(page_id: str, contest: Contest) -> str:
    """The same for each contest whenever the page is sent."""
    return f"act_{hashlib.sha256(f'{page_id} {contest.pk}'.encode()).hexdigest()[:40]}"


def _result_context(job: Job) -> dict[str, Any]:
    states: Counter[str] = Counter(job.result.get("states", {}))
    return {"retried": result_text(states) if states else "There was nothing to retry any more."}


FINISHED[RETRY] = Finished("admin/purchases/retry_result.html", _result_context)
