"""The import of entries in a contest's admin."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from unfold.decorators import action

from blitzrocket.accounts.models import User
from contests.admin.contest_pages import ContestPagesMixin
from contests.admin.file_imports import ImportKind, ImportViews, UploadForm
from contests.admin.job_progress import JobProgressMixin
from contests.imports import create_entry_import
from contests.imports.rows import InvalidRow, Person
from contests.models import Contest, EntryImport, EntryImportRow, FileImport, FileImportRow


def _keep_file(contest: Contest, form: UploadForm, by: User) -> EntryImport:
    return create_entry_import(contest, *form.upload(), by=by)


def _context(file_import: FileImport, rows: list[FileImportRow]) -> dict[str, Any]:
    """Add each row's parsed entry, so that the page shows values as they were read and not as the file has them."""
    for row in rows:
        try:
            row.person = Person.parse(row.values)  # type: ignore[attr-defined]
        except InvalidRow:
            row.person = None  # type: ignore[attr-defined]  # the row's note has the reason
    return {}


ENTRIES = ImportKind(
    name="import",
    model=EntryImport,
    outcomes=EntryImportRow.Outcome,
    title="Import entries",
    columns=("email", "name", "phone", "confirmed", "disqualified", "referral_code", "referred_by", "points"),
    problems=(EntryImportRow.Outcome.ERROR,),
    list_template="admin/contests/imports.html",
    page_template="admin/contests/import.html",
    form=UploadForm,
    keep=_keep_file,
    related=("entry",),
    context=_context,
)


class EntryImportMixin(JobProgressMixin, ContestPagesMixin):
    def get_urls(self) -> list[Any]:
        return [*ImportViews(self, ENTRIES).urls(), *super().get_urls()]

    @action(description="Import entries", icon="upload", permissions=["import"])
    def imports(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return ImportViews(self, ENTRIES).upload(request, object_id)

    def has_import_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_role(request, self.editors, obj)
