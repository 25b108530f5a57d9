"""The links of contests in the admin's menu."""

from blitzrocket.accounts.admin.menu import for_everybody
from blitzrocket.adminsite.navigation import LINKS, Link

LINKS += [
    Link("Contests", "Dashboard", "monitoring", "index", 10, for_everybody),
    Link("Contests", "Contests", "emoji_events", "contests_contest_changelist", 11, for_everybody),
    Link("Contests", "Entries", "group", "contests_entry_changelist", 12, for_everybody),
    Link("Orders", "Activity log", "history", "audit_auditevent_changelist", 29, for_everybody),
]
