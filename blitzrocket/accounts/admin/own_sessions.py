"""The page where a user sees where they are signed in, and ends sessions."""

from typing import Any, cast

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods

from blitzrocket.accounts.models import TrustedBrowser, User
from blitzrocket.accounts.services.devices import device_in_words
from blitzrocket.accounts.services.sessions import end_other_sessions, end_session, open_sessions
from blitzrocket.text import plural
from blitzrocket.times import time_element


@require_http_methods(["GET", "HEAD", "POST"])
def _page(request: HttpRequest) -> HttpResponse:
    user = cast("User", request.user)
    if request.method == "POST":
        return _end(request, user)
    context = {
        **admin.site.each_context(request),
        "title": "Your sessions",
        "sessions": _rows(request, user),
        "trusted_count": TrustedBrowser.objects.filter(user=user).count(),
    }
    return TemplateResponse(request, "admin/accounts/sessions.html", context)


def _rows(request: HttpRequest, user: User) -> list[dict[str, Any]]:
    rows = [
        {
            "id": session.public_id,
            "device": device_in_words(session.user_agent),
            "address": session.address or "unknown address",
            "last_used": time_element(session.last_used_at),
            "started": time_element(session.started_at),
            "is_current": session.session_key == request.session.session_key,
        }
        for session in open_sessions(user)
    ]
    return sorted(rows, key=lambda row: not row["is_current"])  # this one first


def _end(request: HttpRequest, user: User) -> HttpResponse:
    if public_id := request.POST.get("session", ""):
        if end_session(user, public_id):
            messages.success(request, "The session has ended.")
        else:
            messages.info(request, "Already done: this session had ended before.")
        return redirect("own_sessions")
    count = end_other_sessions(user, request.session.session_key)
    ended = f"{count} other {plural(count, 'session', 'sessions')}" if count else "No other session"
    messages.success(request, f"{ended} ended. Every browser is asked for a code again.")
    return redirect("own_sessions")


sessions_page = admin.site.admin_view(_page)
