from blitzrocket.accounts.admin import invitations, members, menu, time_zone

__all__ = ["invitations", "members", "menu", "time_zone"]
