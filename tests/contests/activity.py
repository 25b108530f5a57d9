"""The activity log as an owner reads it."""

import html
import re
from datetime import datetime
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from blitzrocket.accounts.models import User
from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from tests.support import Shop

PAGE = reverse("admin:audit_auditevent_changelist")
Action = AuditEvent.Action


def text_of(page: str) -> str:
    spaced = re.sub(r"</t[dh]>", " ", page)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", spaced)).split())


def sentences(client: Client, **query: str) -> list[str]:
    """The sentences of the page, the newest first."""
    return sentences_on(client.get(PAGE, query).content.decode())


def sentences_on(page: str) -> list[str]:
    return [text_of(sentence) for sentence in re.findall(r'<p class="activity-sentence">(.*?)</p>', page, flags=re.S)]


def log(
    shop: Shop, action: str, obj: Any, *, by: User | None = None, at: datetime | None = None, **values: Any
) -> None:
    scope = {"team": shop.team} if values.pop("of_team", False) else {"contest": shop.contest}
    reason = values.pop("reason", "")
    audit = AuditContext(user=by, at=at or timezone.now(), reason=reason)
    audit.record(Action(action), obj, **scope, **values)
