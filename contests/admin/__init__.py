from contests.admin import activity_log, contest, entry, menu

__all__ = ["activity_log", "contest", "entry", "menu"]
