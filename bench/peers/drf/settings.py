"""Django's settings, with connections that stay open."""

import os

import environ

SECRET_KEY = "unused" * 10
ALLOWED_HOSTS = ["127.0.0.1"]
DATABASES = {"default": environ.Env().db_url_config(os.environ["DATABASE_URL"]) | {"CONN_MAX_AGE": None}}
INSTALLED_APPS = ["rest_framework", "bench.peers.drf"]
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware", "django.middleware.common.CommonMiddleware"]
ROOT_URLCONF = "bench.peers.drf.urls"
USE_TZ = True
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["bench.peers.drf.authentication.KeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "UNAUTHENTICATED_USER": None,
}
