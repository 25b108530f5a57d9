"""The page where a user chooses the time zone in which pages show times."""

from typing import cast

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods

from blitzrocket.accounts.models import User
from blitzrocket.adminsite.time_zone_field import TimeZoneFormField
from blitzrocket.middleware.time_zone import browser_zone


class TimeZoneForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["time_zone"]
        field_classes = {"time_zone": TimeZoneFormField}


@require_http_methods(["GET", "HEAD", "POST"])
def _page(request: HttpRequest) -> HttpResponse:
    user = cast("User", request.user)
    form = TimeZoneForm(request.POST or None, instance=User.objects.get(pk=user.pk))
    form.fields["time_zone"].widget.attrs["placeholder"] = browser_zone(request) or user.team_time_zone
    if form.is_valid():
        chosen = form.cleaned_data["time_zone"]
        User.objects.filter(pk=user.pk).update(time_zone=chosen)
        messages.success(request, f"Times are now shown in {chosen or 'the time zone of your browser'}.")
        return redirect("reader_time_zone")
    context = {**admin.site.each_context(request), "title": "Time zone", "form": form}
    return TemplateResponse(request, "admin/accounts/time_zone.html", context)


time_zone_page = admin.site.admin_view(_page)
