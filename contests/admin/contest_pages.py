"""The pages of a contest: one header with status and actions, and a tab for each page."""

from dataclasses import dataclass
from typing import Any, ClassVar, cast

from django.contrib import admin, messages
from django.contrib.admin.utils import quote
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from blitzrocket.accounts.admin.team_scoped import TeamScopedAdmin
from contests.admin.forms import VersionedForm
from contests.models import Contest


@dataclass(frozen=True, slots=True)
class Tab:
    """A page of a contest; ``page`` is the end of its URL name."""

    page: str
    title: str

    def url_of(self, contest: Contest) -> str:
        return reverse(f"admin:contests_contest_{self.page}", args=[quote(contest.pk)])


class ContestPagesMixin(TeamScopedAdmin):
    """The header and tabs that all pages of a contest share."""

    tabs: ClassVar[list[Tab]] = []

    def contest_header(self, request: HttpRequest, contest: Contest, page: str) -> dict[str, Any]:
        """The context of `admin/contests/contest_header.html`; ``page`` is the tab that is open."""
        now, object_id = timezone.now(), quote(contest.pk)
        actions = self.get_actions_detail(request, object_id)
        return {
            "contest": contest,
            "phase": contest.phase_at(now),
            "status_line": contest.status_line(now),
            "tabs": [
                {"title": tab.title, "url": tab.url_of(contest), "is_open": tab.page == page} for tab in self.tabs
            ],
            "warnings": self.warnings_on(contest, page),
            "may_change": self.has_change_permission(request, contest),
            "offer": self.offer_on(request, contest, page),
            "contest_actions": self._get_actions_navigation(self.actions_detail, actions, object_id),
        }

    def warnings_on(self, contest: Contest, page: str) -> list[Any]:
        """The warnings above a page; a higher app knows them."""
        return []

    def offer_on(self, request: HttpRequest, contest: Contest, page: str) -> dict[str, str]:
        """What a page offers to do; a higher app knows it."""
        return {}

    def contest_page(
        self, request: HttpRequest, contest: Contest, page: str, template: str, context: dict[str, Any]
    ) -> HttpResponse:
        """A page of a contest that is not a form of it."""
        frame = {
            **self.admin_site.each_context(request),
            "title": contest.title,
            "opts": self.opts,
            "original": contest,
        }
        return TemplateResponse(request, template, frame | self.contest_header(request, contest, page) | context)


class ContestChanged(Exception):
    """The contest was saved by someone else after the form was validated."""


class ContestFormMixin(TeamScopedAdmin):
    """A form of some fields of a contest, which stays open after saving and overwrites no other form's fields."""

    page: ClassVar[str]  # its tab
    change_form_template = "admin/contests/contest_form.html"
    change_form_before_template = "admin/contests/hidden_fields.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Contest]:
        """With the team, whose time zone dates may be in, and the live rules."""
        queryset: QuerySet[Contest] = super().get_queryset(request)
        return queryset.select_related("team", "rule_set")

    def audit_owner(self, obj: Contest) -> dict[str, Any]:
        return {"contest": obj}

    def changeform_view(self, request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        response: HttpResponse
        try:
            response = super().changeform_view(request, *args, **options)
        except ContestChanged:
            # Validating again reports it.
            response = super().changeform_view(request, *args, **options)
        return response

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        contest: Contest | None = kwargs.get("obj")
        context |= {"show_save_and_continue": False, "show_save_and_add_another": False, "show_close": False}
        if contest is not None:
            stored = contest if request.method == "GET" else self._read_again(contest)
            context |= contest_admin().contest_header(request, stored, self.page)
            context |= {"original": stored, "title": stored.title, "subtitle": None, "actions_detail": []}
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

    def _read_again(self, contest: Contest) -> Contest:
        """As it is stored: a form with errors has changed its object."""
        return Contest.objects.select_related("team", "rule_set").get(pk=contest.pk)

    def save_model(self, request: HttpRequest, obj: Contest, form: VersionedForm, change: bool) -> None:
        if change:
            # Race: two people save at once, or one clicks twice. The second waits here, and sees what the first saved.
            Contest.objects.select_for_update(no_key=True).get(pk=obj.pk)
            if form.is_outdated():
                raise ContestChanged
        super().save_model(request, obj, form, change)

    def response_change(self, request: HttpRequest, obj: Contest) -> HttpResponse:
        messages.success(request, self.saved_message(request, obj))
        warn_if_not_running(request, obj)
        return redirect(request.path)

    def saved_message(self, request: HttpRequest, contest: Contest) -> str:
        """What the page says after saving."""
        return "Saved."


def warn_if_not_running(request: HttpRequest, contest: Contest) -> None:
    """Add a message where purchases earn nothing because of the contest's status or dates."""
    now = timezone.now()
    phase, status = contest.phase_at(now), contest.status_line(now)
    if phase != Contest.Phase.RUNNING:
        clauses = {Contest.Phase.DRAFT: "is a draft", Contest.Phase.PAUSED: "is paused"}
        clause = clauses.get(phase, status[:1].lower() + status[1:])
        messages.warning(request, f"No points right now: the contest {clause}.")


def contest_admin() -> ContestPagesMixin:
    """The registered admin of contests, with what higher apps add to it."""
    return cast("ContestPagesMixin", admin.site.get_model_admin(Contest))


def tab_url(contest: Contest, page: str) -> str:
    """The URL of a page of a contest."""
    return Tab(page, "").url_of(contest)
