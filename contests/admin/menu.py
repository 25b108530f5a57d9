"""The links of contests in the admin's menu."""

from blitzrocket.accounts.admin.menu import has_any_role
from blitzrocket.adminsite.navigation import LINKS, Link

LINKS += [
    Link("Contests", "Dashboard", "monitoring", "index", 10, has_any_role),
    Link("Contests", "Contests", "emoji_events", "contests_contest_changelist", 11, has_any_role),
    Link("Contests", "Entries", "group", "contests_entry_changelist", 12, has_any_role),
    Link("Orders", "Activity log", "history", "audit_auditevent_changelist", 29, has_any_role),
]
