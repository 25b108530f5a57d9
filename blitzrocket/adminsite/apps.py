from django.apps import AppConfig


class AdminSiteConfig(AppConfig):
    name = "blitzrocket.adminsite"
    verbose_name = "Admin site"
