from contests.admin import acts, contest, entry, invitations, people

__all__ = ["acts", "contest", "entry", "invitations", "people"]
