from blitzrocket.accounts.admin import activity, invitations, members, menu, time_zone

__all__ = ["activity", "invitations", "members", "menu", "time_zone"]
