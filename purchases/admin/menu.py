"""The links of orders in the admin's menu."""

from blitzrocket.accounts.admin.menu import for_everybody
from blitzrocket.adminsite.navigation import LINKS, Link

LINKS += [
    Link("Orders", "Support desk", "support_agent", "purchases_purchase_desk", 20, for_everybody),
    Link("Orders", "Purchases", "shopping_bag", "purchases_purchase_changelist", 21, for_everybody),
    Link("Orders", "Rejected orders", "report", "purchases_rejectedpurchase_changelist", 22, for_everybody),
    Link("Orders", "Pending refunds", "hourglass_top", "purchases_pendingrefund_changelist", 23, for_everybody),
]
