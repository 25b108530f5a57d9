"""The links of orders in the admin's menu, the search box in its header, and its front page."""

from django.contrib import admin

from blitzrocket.accounts.admin.menu import has_any_role
from blitzrocket.adminsite.navigation import HEADER_TEMPLATES, LINKS, Link

LINKS += [
    Link("Contests", "Store connections", "storefront", "purchases_storeconnection_changelist", 13, has_any_role),
    Link("Contests", "Webhooks", "webhook", "purchases_webhookendpoint_changelist", 14, has_any_role),
    Link("Orders", "Support desk", "support_agent", "purchases_purchase_desk", 20, has_any_role),
    Link("Orders", "Purchases", "shopping_bag", "purchases_purchase_changelist", 21, has_any_role),
    Link("Orders", "Rejected orders", "report", "purchases_rejectedpurchase_changelist", 22, has_any_role),
    Link("Orders", "Pending refunds", "hourglass_top", "purchases_pendingrefund_changelist", 23, has_any_role),
    Link("Orders", "Deliveries", "inbox", "purchases_storedelivery_changelist", 24, has_any_role),
]
HEADER_TEMPLATES.append("admin/purchases/search_box.html")
admin.site.index_template = "admin/purchases/front_page.html"
