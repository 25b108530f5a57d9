from blitzrocket.accounts.admin import invitations, members, menu

__all__ = ["invitations", "members", "menu"]
