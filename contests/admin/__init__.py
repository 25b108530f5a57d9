from contests.admin import activity, activity_log, contest, entry, menu

__all__ = ["activity", "activity_log", "contest", "entry", "menu"]
