"""The pages that all file imports share: upload, preview of rows, start, undo, file of rows with problems."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import quote
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import TextChoices
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from unfold.widgets import UnfoldAdminFileFieldWidget

from blitzrocket.accounts.models import User
from blitzrocket.adminsite.audited import FORM_USED, audit_context
from blitzrocket.adminsite.csv_export import csv_response
from blitzrocket.audit.context import RequestIdReused
from blitzrocket.audit.models import MAX_REASON_LENGTH
from blitzrocket.ids import MAX_LENGTH, new_id
from blitzrocket.jobs.queue import ContestBusy
from blitzrocket.postgres.cursors import rows_in_chunks
from blitzrocket.spreadsheets.csv_table import MAX_BYTES, MAX_ROWS, UnreadableFile
from contests.admin.contest_pages import ContestPagesMixin, tab_url
from contests.admin.job_progress import progress_of
from contests.imports import ImportNotReady, start_import, start_undo
from contests.models import Contest, FileImport, FileImportRow
from contests.models.imports import sum_of

ROWS_ON_A_PAGE = 50
MAX_PASTED = 1_000_000
EXCEPTION_MESSAGES = {
    ContestBusy: "Another import or a recalculation is running. Wait until it finishes, then try again.",
    ImportNotReady: "Someone else already started or undid this import. Reload the page to see what changed.",
    RequestIdReused: FORM_USED,
}


class UploadForm(forms.Form):
    """A CSV file, or pasted rows."""

    file = forms.FileField(
        label="CSV file",
        required=False,
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.txt,.tsv,text/csv"}),
        help_text=f"At most {MAX_BYTES // 1024**2} MB and {f'{MAX_ROWS:,}'} rows.",
    )
    text = forms.CharField(
        label="Or paste rows",
        required=False,
        max_length=MAX_PASTED,
        strip=False,
        widget=forms.Textarea(
            attrs={"rows": 4, "spellcheck": "false", "placeholder": "email,name\nada@example.com,Ada Lovelace"}
        ),
        help_text="Include the header row.",
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        file, text = cleaned.get("file"), cleaned.get("text", "").strip()
        if not self.errors and bool(file) == bool(text):
            raise ValidationError("Choose a file or paste rows, one of the two.")
        if file and file.size > MAX_BYTES:
            raise ValidationError(f"The file is larger than {MAX_BYTES // 1024**2} MB.")
        return cleaned

    def upload(self) -> tuple[str, bytes]:
        """The file's name and content."""
        file = self.cleaned_data["file"]
        return (file.name, file.read()) if file else ("pasted rows", self.cleaned_data["text"].encode())


class StartForm(forms.Form):
    """A request id, so that the same page sent twice starts one import."""

    request_id = forms.CharField(widget=forms.HiddenInput, initial=lambda: new_id("event"), max_length=MAX_LENGTH)


class UndoForm(StartForm):
    reason = forms.CharField(
        label="Reason",
        max_length=MAX_REASON_LENGTH,
        help_text="Saved permanently; visible to your team.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportKind:
    """What differs between the pages of two kinds of import.

    ``name`` is the stem of their URL names: an import's page is ``…_name``, the upload is the admin action ``names``.
    ``columns`` and ``problems`` are the columns and outcomes in the file of rows with problems.
    """

    name: str
    model: type[FileImport]
    outcomes: type[TextChoices]
    title: str
    columns: tuple[str, ...]
    problems: tuple[str, ...]
    list_template: str
    page_template: str
    form: type[UploadForm]
    keep: Callable[[Contest, UploadForm, User], FileImport]
    related: tuple[str, ...] = ()
    context: Callable[[FileImport, list[FileImportRow]], dict[str, Any]] = lambda file_import, rows: {}


class ImportViews:
    """The pages of a kind of import. Only owners see them: a file may hold more personal data than entries do."""

    def __init__(self, admin: ContestPagesMixin, kind: ImportKind) -> None:
        self.admin, self.kind = admin, kind

    def urls(self) -> list[Any]:
        wrap, name = self.admin.admin_site.admin_view, f"contests_contest_{self.kind.name}"
        prefix = f"<str:object_id>/{self.kind.name}s/<str:import_id>"
        return [
            path(f"{prefix}/", wrap(self.show), name=name),
            path(f"{prefix}/start/", wrap(self.start), name=f"{name}_start"),
            path(f"{prefix}/undo/", wrap(self.undo), name=f"{name}_undo"),
            path(f"{prefix}/errors/", wrap(self.errors), name=f"{name}_errors"),
        ]

    def upload(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The upload form."""
        contest = self.admin.get_for_roles(request, object_id, self.admin.editors)
        return self.upload_page(request, contest, self.kind.form, self.kind.keep)

    def upload_page(
        self,
        request: HttpRequest,
        contest: Contest,
        form_class: Callable[..., UploadForm],
        keep: Callable[[Contest, Any, User], FileImport],
        more: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The form, or the new import once it is kept."""
        form = form_class(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            try:
                return redirect(self.url_of(keep(contest, form, cast("User", request.user))))
            except UnreadableFile as problem:
                form.add_error(None, str(problem))
        context = {"title": self.kind.title, "form": form, "all_url": self._list_url(contest), **(more or {})}
        return self.admin.contest_page(request, contest, "", self.kind.list_template, context)

    def show(self, request: HttpRequest, object_id: str, import_id: str) -> HttpResponse:
        """The rows with their outcomes, and the next step."""
        return self._page(request, self.import_of(request, object_id, import_id), UndoForm())

    def start(self, request: HttpRequest, object_id: str, import_id: str) -> HttpResponse:
        """Start the import in the background."""
        file_import = self.import_of(request, object_id, import_id)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        form = StartForm(request.POST)
        if form.is_valid():
            self._run_action(
                request,
                lambda: start_import(
                    file_import, audit=audit_context(request, request_id=form.cleaned_data["request_id"])
                ),
            )
        return redirect(self.url_of(file_import))

    def undo(self, request: HttpRequest, object_id: str, import_id: str) -> HttpResponse:
        """Start undoing the import in the background."""
        file_import = self.import_of(request, object_id, import_id)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        form = UndoForm(request.POST)
        if not form.is_valid():
            return self._page(request, file_import, form)
        values = form.cleaned_data
        self._run_action(
            request,
            lambda: start_undo(file_import, audit=audit_context(request, values["reason"], values["request_id"])),
        )
        return redirect(self.url_of(file_import))

    def errors(self, request: HttpRequest, object_id: str, import_id: str) -> StreamingHttpResponse:
        """The rows with problems as a CSV file, to be corrected and imported again."""
        file_import = self.import_of(request, object_id, import_id)
        rows = file_import.rows.filter(contest=file_import.contest_id, outcome__in=self.kind.problems).order_by("line")
        headings = [*self.kind.columns, "line", "error"]
        lines = (
            [*(row.values.get(name, "") for name in self.kind.columns), row.line, row.note]
            for row in rows_in_chunks(rows, ROWS_ON_A_PAGE)
        )
        return csv_response(f"{file_import.contest.slug}-errors", headings, lines)

    def import_of(self, request: HttpRequest, object_id: str, import_id: str) -> FileImport:
        """The contest's import with that id.

        Raises:
            Http404: the contest has none.
            PermissionDenied: as in `TeamScopedAdmin.get_for_roles`.
        """
        contest: Contest = self.admin.get_for_roles(request, object_id, self.admin.editors)
        imports = self.kind.model._default_manager.filter(contest=contest, pk=import_id).defer("content")
        file_import = imports.select_related("contest", "job", "actor").first()
        if file_import is None:
            raise Http404
        return file_import

    def url_of(self, file_import: FileImport, action: str = "") -> str:
        view = f"{self.kind.name}_{action}" if action else self.kind.name
        return reverse(f"admin:contests_contest_{view}", args=[quote(file_import.contest_id), file_import.pk])

    def actions(self) -> tuple[str, ...]:
        """The actions of an import's page, by the ends of their URL names."""
        return ("start", "undo", "errors")

    def _run_action(self, request: HttpRequest, run: Callable[[], Any]) -> None:
        try:
            run()
        except tuple(EXCEPTION_MESSAGES) as error:
            messages.error(request, EXCEPTION_MESSAGES[type(error)])

    def _page(self, request: HttpRequest, file_import: FileImport, undo_form: UndoForm) -> HttpResponse:
        counts = file_import.count_outcomes()
        outcome_filter = request.GET.get("outcome", "")
        rows = (
            file_import.rows.filter(contest=file_import.contest_id).select_related(*self.kind.related).order_by("line")
        )
        page = Paginator(rows.filter(outcome=outcome_filter) if outcome_filter else rows, ROWS_ON_A_PAGE).get_page(
            request.GET.get("page")
        )
        context = {
            "title": f"Import: {file_import}",
            "file_import": file_import,
            "counts": [
                (outcome, outcome.label, counts[outcome]) for outcome in self.kind.outcomes if outcome in counts
            ],
            "new": sum_of(counts, file_import.new_outcomes),
            "imported": sum_of(counts, file_import.made_outcomes),
            "errors": sum_of(counts, self.kind.problems),
            "problems": self.kind.problems,
            "chosen": outcome_filter,
            "page": page,
            "all_url": self._list_url(file_import.contest),
            "urls": {action: self.url_of(file_import, action) for action in self.actions()},
            "start_form": StartForm(),
            "undo_form": undo_form,
            "may_cancel": True,
            **(progress_of(file_import.job) if file_import.job else {}),
            **self.kind.context(file_import, list(page)),
        }
        return self.admin.contest_page(request, file_import.contest, "history", self.kind.page_template, context)

    def _list_url(self, contest: Contest) -> str:
        return f"{tab_url(contest, 'history')}?show=imports"
