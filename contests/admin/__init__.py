from contests.admin import contest, entry, people

__all__ = ["contest", "entry", "people"]
