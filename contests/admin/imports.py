"""Entries from a file, on the contest's page: uploaded, shown with what each row does, made, taken back."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import quote
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, StreamingHttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.widgets import UnfoldAdminFileFieldWidget

from blitzrocket.ids import MAX_LENGTH, new_id
from contests.admin.audit import act_of
from contests.admin.jobs import ShowsJobs, progress_of
from contests.admin.spreadsheet import csv_answer
from contests.audit import ActIdTaken
from contests.csv_table import MAX_BYTES, MAX_ROWS, UnreadableFile
from contests.models import Contest, EntryImport, EntryImportRow, User
from contests.models.audit import MAX_REASON_LENGTH
from contests.services import ContestBusy, ImportNotReady, keep_upload, start_import, start_undo

ROWS_ON_A_PAGE = 50
IMPORTS_SHOWN = 20
MAX_PASTED = 1_000_000
COLUMNS = ("email", "name", "phone", "confirmed", "referral_code", "referred_by", "points")
REFUSED = {
    ContestBusy: _("Something else is being written to this contest. Wait until it is over, then try again."),
    ImportNotReady: _("Somebody has started it or taken it back meanwhile."),
    ActIdTaken: _("This page was used for something else; it is shown anew."),
}


class UploadForm(forms.Form):
    """A file, or its text."""

    file = forms.FileField(
        label=_("CSV file"),
        required=False,
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.txt,.tsv,text/csv"}),
        help_text=_("At most %(size)d MB and %(rows)s rows.") % {"size": MAX_BYTES // 1024**2, "rows": f"{MAX_ROWS:,}"},
    )
    text = forms.CharField(
        label=_("Or paste the rows"),
        required=False,
        max_length=MAX_PASTED,
        strip=False,
        widget=forms.Textarea(
            attrs={"rows": 4, "spellcheck": "false", "placeholder": "email,name\nada@example.com,Ada Lovelace"}
        ),
        help_text=_("With the line that names the columns, as they come out of a spreadsheet."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        file, text = cleaned.get("file"), cleaned.get("text", "").strip()
        if not self.errors and bool(file) == bool(text):
            raise ValidationError(_("Choose a file, or paste the rows; one of the two."))
        if file and file.size > MAX_BYTES:
            raise ValidationError(_("The file is larger than %(most)d MB.") % {"most": MAX_BYTES // 1024**2})
        return cleaned

    def upload(self) -> tuple[str, bytes]:
        """Its name and what is in it."""
        file = self.cleaned_data["file"]
        return (file.name, file.read()) if file else (str(_("Pasted rows")), self.cleaned_data["text"].encode())


class StartForm(forms.Form):
    """Once: the same page sent twice is one act."""

    act_id = forms.CharField(widget=forms.HiddenInput, initial=lambda: new_id("act"), max_length=MAX_LENGTH)


class UndoForm(StartForm):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=MAX_REASON_LENGTH,
        help_text=_("Stays with the import and in the ledger; your colleagues read it."),
    )


class Imports(ShowsJobs):
    """For owners only, reading too: a file may hold more than anybody takes part with."""

    def get_urls(self) -> list[Any]:
        wrap, one = self.admin_site.admin_view, "<str:object_id>/imports/<str:import_id>"
        own = [
            path(f"{one}/", wrap(self.import_page), name="contests_contest_import"),
            path(f"{one}/start/", wrap(self.start_import), name="contests_contest_import_start"),
            path(f"{one}/undo/", wrap(self.undo_import), name="contests_contest_import_undo"),
            path(f"{one}/errors/", wrap(self.import_errors), name="contests_contest_import_errors"),
        ]
        return [*own, *super().get_urls()]

    @action(description=_("Import entries"), icon="upload", permissions=["import"])
    def imports(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Upload a file; and what was imported before."""
        contest = self.get_own_as(request, object_id, self.editors)
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            try:
                kept = keep_upload(contest, *form.upload(), by=cast("User", request.user))
                return redirect(import_url(kept))
            except UnreadableFile as problem:
                form.add_error(None, str(problem))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Import entries into %(contest)s") % {"contest": contest},
            "opts": self.opts,
            "object": contest,
            "form": form,
            "earlier": [
                (kept, import_url(kept))
                for kept in EntryImport.objects.filter(contest=contest)
                .defer("content")
                .select_related("actor", "job")[:IMPORTS_SHOWN]
            ],
        }
        return TemplateResponse(request, "admin/contests/imports.html", context)

    def import_page(self, request: HttpRequest, object_id: str, import_id: str) -> HttpResponse:
        """What each row does or did, and the next step."""
        kept = self._import(request, object_id, import_id)
        return self._import_page(request, kept, UndoForm())

    def start_import(self, request: HttpRequest, object_id: str, import_id: str) -> HttpResponse:
        """Make the entries, in the background."""
        kept = self._import(request, object_id, import_id)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        form = StartForm(request.POST)
        if form.is_valid():
            self._try_act(request, lambda: start_import(kept, act=act_of(request, act_id=form.cleaned_data["act_id"])))
        return redirect(import_url(kept))

    def undo_import(self, request: HttpRequest, object_id: str, import_id: str) -> HttpResponse:
        """Take it back, in the background."""
        kept = self._import(request, object_id, import_id)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        form = UndoForm(request.POST)
        if not form.is_valid():
            return self._import_page(request, kept, form)
        values = form.cleaned_data
        self._try_act(request, lambda: start_undo(kept, act=act_of(request, values["reason"], values["act_id"])))
        return redirect(import_url(kept))

    def import_errors(self, request: HttpRequest, object_id: str, import_id: str) -> StreamingHttpResponse:
        """The rows with errors as a file, to correct and import again."""
        kept = self._import(request, object_id, import_id)
        rows = kept.rows.filter(contest=kept.contest_id, outcome=EntryImportRow.Outcome.ERROR).order_by("line")
        headings = [*COLUMNS, "line", "error"]
        lines = (
            [*(row.values.get(name, "") for name in COLUMNS), row.line, row.note]
            for row in rows.iterator(chunk_size=ROWS_ON_A_PAGE)
        )
        return csv_answer(f"{kept.contest.slug}-errors", headings, lines)

    def has_import_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, self.editors, obj)

    def _import(self, request: HttpRequest, object_id: str, import_id: str) -> EntryImport:
        contest: Contest = self.get_own_as(request, object_id, self.editors)
        found = (
            EntryImport.objects.filter(contest=contest, pk=import_id)
            .defer("content")
            .select_related("contest", "job", "actor")
            .first()
        )
        if found is None:
            raise Http404
        return found

    def _try_act(self, request: HttpRequest, do: Any) -> None:
        try:
            do()
        except tuple(REFUSED) as refused:
            messages.error(request, REFUSED[type(refused)])

    def _import_page(self, request: HttpRequest, kept: EntryImport, undo_form: UndoForm) -> HttpResponse:
        counts = kept.count_outcomes()
        chosen = request.GET.get("outcome", "")
        rows = kept.rows.filter(contest=kept.contest_id).select_related("entry").order_by("line")
        page = Paginator(rows.filter(outcome=chosen) if chosen else rows, ROWS_ON_A_PAGE)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Import of %(file)s") % {"file": kept},
            "opts": self.opts,
            "object": kept.contest,
            "kept": kept,
            "counts": [
                (outcome, outcome.label, counts[outcome]) for outcome in EntryImportRow.Outcome if outcome in counts
            ],
            "new": counts.get(EntryImportRow.Outcome.NEW, 0),
            "made": counts.get(EntryImportRow.Outcome.MADE, 0),
            "errors": counts.get(EntryImportRow.Outcome.ERROR, 0),
            "chosen": chosen,
            "page": page.get_page(request.GET.get("page")),
            "start_form": StartForm(),
            "undo_form": undo_form,
            "may_cancel": True,
            **(progress_of(kept.job) if kept.job else {}),
        }
        return TemplateResponse(request, "admin/contests/import.html", context)


def import_url(kept: EntryImport) -> str:
    return reverse("admin:contests_contest_import", args=[quote(kept.contest_id), kept.pk])
