"""Django's admin app, with our site in place of its own."""

from django.contrib.admin.apps import AdminConfig


class DjangoAdminConfig(AdminConfig):
    default_site = "blitzrocket.adminsite.site.Site"
