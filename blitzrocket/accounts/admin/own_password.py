"""The page where a user changes their password, by choice or because someone else set it."""

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.views import PasswordChangeView
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from unfold.forms import AdminOwnPasswordChangeForm

from blitzrocket.accounts.models import User
from blitzrocket.accounts.services.passwords import password_changed, password_counter
from blitzrocket.accounts.services.sign_in import locked_page
from blitzrocket.audit.context import AuditContext

TOO_MANY_PASSWORDS = "Too many wrong passwords."


class OwnPasswordForm(AdminOwnPasswordChangeForm):
    def clean_new_password1(self) -> str:
        """Refuse the current password: someone else may know it."""
        password: str = self.cleaned_data["new_password1"]
        if self.user.check_password(password):
            raise ValidationError("Choose a password that differs from the current one.")
        return password


class OwnPasswordView(PasswordChangeView):
    form_class = OwnPasswordForm
    template_name = "admin/accounts/own_password.html"

    def post(self, request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        """Check the form; a try is counted before its current password is checked, so that many at once cannot pass."""
        counter = password_counter(cast("User", request.user))
        at = counter.count()
        if at is None:
            return locked_page(request, counter, TOO_MANY_PASSWORDS)
        form = self.get_form()
        if "old_password" not in form.errors:
            counter.remove(at)
        return self.form_valid(form) if form.is_valid() else self.form_invalid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**admin.site.each_context(self.request), **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        request, user = self.request, cast("User", form.user)
        was_required = user.must_change_password
        with transaction.atomic():
            form.save()
            update_session_auth_hash(request, user)  # under a new session key
            password_changed(user, audit=AuditContext(user=user), session_key=request.session.session_key)
        messages.success(request, "Your password is changed. Your other sessions have ended.")
        return redirect("admin:index" if was_required else "admin:password_change_done")


def _page(request: HttpRequest) -> HttpResponse:
    return cast("HttpResponse", OwnPasswordView.as_view()(request))


password_change_page = admin.site.admin_view(_page)
