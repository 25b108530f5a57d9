from contests.admin import acts, contest, entry, people

__all__ = ["acts", "contest", "entry", "people"]
