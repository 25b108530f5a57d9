"""Django's settings. What differs between installations comes from the environment: docs/configuration.md."""

import tomllib
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static

from blitzrocket.env import (
    boolean,
    choice,
    count_or_boolean,
    database,
    env,
    required,
    site_url,
    texts,
    whole_number,
    whole_number_or_none,
)
from blitzrocket.logs import log_config
from blitzrocket.middleware import csp

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION: str = tomllib.loads((BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]

SECRET_KEY = required("SECRET_KEY", "a long random text that signs sessions, the same on every process.")
SECRET_KEY_FALLBACKS = texts("SECRET_KEY_FALLBACKS")
STORE_SECRET_KEYS = texts("STORE_SECRET_KEYS", shortest=16)
ALLOWED_HOSTS = [
    host.strip()
    for host in required("ALLOWED_HOSTS", "the host names people and shops use, with commas between them.").split(",")
]
DEBUG = boolean("DEBUG", False)
HTTPS = boolean("HTTPS", True)

# --- Database -------------------------------------------------------------------------------------------------

THREADS = whole_number("THREADS", 32, least=1)
pooler = choice("DATABASE_POOLER", "session", ("session", "transaction"))
database_url = required("DATABASE_URL", "for example postgresql://user:password@host/blitzrocket.")
replica_url = env.str("REPLICA_URL", "").strip()
# One pool per process, opened after the fork. Its wait is bounded: a 503 with Retry-After is better than a queue.
# A failed connection is retried once, after a second; the next call then tries again without a long pause.
POOL = {"min_size": 1, "max_size": THREADS, "timeout": 3, "max_idle": 300, "reconnect_timeout": 1}
DATABASES: dict[str, dict[str, Any]] = {"default": database("DATABASE_URL", database_url, POOL, pooler)}
if replica_url:
    if replica_url == database_url:
        raise ImproperlyConfigured("REPLICA_URL is the same as DATABASE_URL: name the replica, or leave it out.")
    # Without it the primary answers, so nobody waits long for it.
    DATABASES["replica"] = database("REPLICA_URL", replica_url, POOL | {"timeout": 1}, pooler)
    DATABASES["replica"]["TEST"] = {"MIRROR": "default"}
    REPLICA_APPS = {"audit", "contests", "purchases"}  # whose tables lists and reports read there
    UNLOGGED = {"purchases_rejectioncount"}  # of their tables
    DATABASE_ROUTERS = ["blitzrocket.postgres.replica.ReplicaRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Apps and middleware --------------------------------------------------------------------------------------

# Commands for development and load tests; the folder is not in the image.
DEVELOPMENT_APPS = ["blitzrocket.devserver"] if find_spec("blitzrocket.devserver") else []
INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "blitzrocket.adminsite.django_admin.DjangoAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "axes",
    "csp",
    "blitzrocket",
    "blitzrocket.adminsite",
    "blitzrocket.jobs",
    "blitzrocket.audit",
    "blitzrocket.accounts",
    "apikeys",
    "contests",
    "purchases",
    "blitzrocket.distribution",
    *DEVELOPMENT_APPS,
]
MIDDLEWARE = [
    "blitzrocket.middleware.requests.RequestMiddleware",  # a request under /api/ goes no further than this
    "blitzrocket.middleware.health.HealthMiddleware",
    "blitzrocket.middleware.allowed_hosts.AllowedHostMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "blitzrocket.middleware.csp.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "blitzrocket.middleware.nul_bytes.RefuseNulMiddleware",
    "blitzrocket.accounts.middleware.CurrentUserMiddleware",
    "blitzrocket.accounts.middleware.SessionUseMiddleware",
    "blitzrocket.middleware.time_zone.ReaderZoneMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "blitzrocket.accounts.middleware.SignInStepsMiddleware",
    "blitzrocket.middleware.sign_in_again.SignInAgainMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "blitzrocket.urls"
WSGI_APPLICATION = "blitzrocket.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates", BASE_DIR / "blitzrocket" / "adminsite" / "unfold_fixes"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
FORM_RENDERER = "blitzrocket.adminsite.form_renderer.FormRenderer"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
LOGIN_URL, LOGIN_REDIRECT_URL = "admin:login", "admin:index"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False  # texts have one language: docs/decisions/0011-texts-are-not-marked-for-translation.md
FORMAT_MODULE_PATH = ["blitzrocket.formats"]
STATIC_URL = "static/"
STATIC_ROOT = env.str("STATIC_ROOT", "") or None
WHITENOISE_USE_FINDERS = STATIC_ROOT is None
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "blitzrocket.adminsite.bundles.BundleFinder",
]
if STATIC_ROOT:  # collected files have their digest in their names, so browsers keep them without asking again
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }

# --- The API --------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["apikeys.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["apikeys.permissions.PublicKeyReadsPrivateKeyWrites"],
    "DEFAULT_THROTTLE_CLASSES": ["apikeys.throttling.ApiKeyThrottle"],
    "DEFAULT_PARSER_CLASSES": ["blitzrocket.api.parsers.RawJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["blitzrocket.api.renderers.EnvelopeRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "blitzrocket.api.renderers.AlwaysJSON",
    "DEFAULT_SCHEMA_CLASS": "blitzrocket.api.schema.ApiSchema",
    "EXCEPTION_HANDLER": "blitzrocket.api.exceptions.exception_handler",
    "UNAUTHENTICATED_USER": None,
}
RATE_LIMIT_PUBLIC = whole_number("RATE_LIMIT_PUBLIC", 100, least=1)
RATE_LIMIT_PRIVATE = whole_number("RATE_LIMIT_PRIVATE", 6000, least=1)
REJECTED_PURCHASES_PER_KEY_AND_DAY = whole_number("REJECTED_PURCHASES_PER_KEY_AND_DAY", 1000)
REJECTED_PURCHASE_DAYS = whole_number("REJECTED_PURCHASE_DAYS", 90, least=1)
HELD_PURCHASE_DAYS = whole_number_or_none("HELD_PURCHASE_DAYS", least=1)
HELD_PURCHASES_PER_CONTEST = whole_number("HELD_PURCHASES_PER_CONTEST", 1_000_000, least=1)
WEBHOOK_EVENT_DAYS = whole_number("WEBHOOK_EVENT_DAYS", 30, least=2)
LEDGER_CHECK_HOURS = whole_number("LEDGER_CHECK_HOURS", 24)
# For development: webhooks may go to this machine and its network too, and over http.
WEBHOOKS_TO_PRIVATE_ADDRESSES = boolean("WEBHOOKS_TO_PRIVATE_ADDRESSES", False)
SPECTACULAR_SETTINGS = {
    "TITLE": "BlitzRocket API",
    "DESCRIPTION": "Record purchases. Each earns its participant points by the contest's rules, exactly once.",
    "VERSION": VERSION,
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": [],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVERS": [{"url": "/", "description": "This server."}],
    "CONTACT": {"name": "Server administrator"},
    "LICENSE": {"name": "MIT", "identifier": "MIT"},
    "TAGS": [
        {"name": "Contests", "description": "Contests, leaderboards and analytics."},
        {"name": "Entries", "description": "Participants of a contest and their points."},
        {"name": "Purchases", "description": "Record, preview, reconcile and void orders."},
        {"name": "Refunds", "description": "Refund orders, and remove the points of the refunded part."},
        {"name": "Webhooks", "description": "Calls of other systems, with a webhook secret instead of an API key."},
        {"name": "Keys", "description": "The API key of the request."},
    ],
    "CAMELIZE_NAMES": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": ["blitzrocket.api.schema.tidy"],
    "WEBHOOKS": "purchases.api.outgoing_events.WEBHOOKS",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# --- Security -------------------------------------------------------------------------------------------------

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = whole_number("HSTS_SECONDS", 365 * 24 * 3600) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS and boolean("HSTS_INCLUDE_SUBDOMAINS", True)
# Browsers ship the preload list and take months to forget a host, so nobody gets on it by default.
SECURE_HSTS_PRELOAD = HTTPS and boolean("HSTS_PRELOAD", False)
SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W005", "security.W021"]  # each has a setting of its own
TRUSTED_PROXIES = count_or_boolean("TRUST_PROXY", most=10)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "blitzrocket.adminsite.csrf.csrf_failure"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_ENGINE = "blitzrocket.accounts.services.session_store"
SESSION_IDLE_LIMIT = timedelta(minutes=whole_number("SESSION_IDLE_MINUTES", 12 * 60, least=5))
SESSION_COOKIE_AGE = whole_number("SESSION_DAYS", 7, least=1) * 24 * 3600  # the absolute limit
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CONTENT_SECURITY_POLICY = {"DIRECTIVES": csp.STRICT}
# Limits against guessing passwords: per user name and address, and per address for all names.
AXES_FAILURE_LIMIT = whole_number("LOGIN_ATTEMPTS", 5, least=1)
LOGIN_ATTEMPTS_PER_ADDRESS = whole_number("LOGIN_ATTEMPTS_PER_ADDRESS", 30, least=1)
AXES_COOLOFF_TIME = timedelta(minutes=whole_number("LOGIN_LOCK_MINUTES", 15, least=1))
AXES_HANDLER = "blitzrocket.accounts.services.sign_in.SignInGuard"
AXES_LOCKOUT_CALLABLE = "blitzrocket.accounts.services.sign_in.locked_out"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "blitzrocket.client_address.sign_in_address"
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
# Left out of axes' failure records; ``next`` holds the token when an invitation leads to the sign-in.
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "next"]

# --- Mail -----------------------------------------------------------------------------------------------------

SENDS_MAIL = bool(env.str("EMAIL_URL", "").strip())
if SENDS_MAIL:
    vars().update(env.email_url_config(env.str("EMAIL_URL").strip()))
EMAIL_TIMEOUT = 10
# Links in mails begin with it, and never with the Host header of a request: its sender chooses that.
SITE_URL = site_url("SITE_URL", is_required=SENDS_MAIL)
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", "").strip() or f"BlitzRocket <noreply@{urlsplit(SITE_URL).hostname}>"

# --- Logs and metrics -----------------------------------------------------------------------------------------

LOGGING = log_config()

METRICS_TOKEN = env.str("METRICS_TOKEN", "").strip()

# --- Admin ----------------------------------------------------------------------------------------------------

# What every page of the admin loads, each kind in one file that is made of these; `skeleton.html` names Alpine's.
ADMIN_STYLES, ADMIN_SCRIPTS = "blitzrocket/admin-pages.css", "blitzrocket/admin-pages.js"
STATIC_BUNDLES = {
    "blitzrocket/alpine.js": [
        "unfold/js/alpine/alpine.anchor.js",
        "unfold/js/alpine/alpine.persist.js",
        "unfold/js/alpine/alpine.resize.js",
        "unfold/js/alpine/alpine.js",
    ],
    ADMIN_STYLES: [
        "blitzrocket/admin.css",
        "blitzrocket/access.css",
        "blitzrocket/contest.css",
        "blitzrocket/rules.css",
        "blitzrocket/search.css",
        "blitzrocket/order.css",
        "blitzrocket/deliveries.css",
        "blitzrocket/activity.css",
        "blitzrocket/lists.css",
        "blitzrocket/entry.css",
        "blitzrocket/stores.css",
        "blitzrocket/account.css",
        "blitzrocket/webhooks.css",
    ],
    ADMIN_SCRIPTS: [
        "unfold/js/htmx/htmx.js",
        "blitzrocket/access.js",
        "blitzrocket/once.js",
        "blitzrocket/copy.js",
        "blitzrocket/search.js",
        "blitzrocket/suggestions.js",
        "blitzrocket/zone.js",
        "blitzrocket/failed.js",
        "blitzrocket/first-error.js",
        "blitzrocket/menu.js",
        "blitzrocket/reply.js",
        "blitzrocket/lists.js",
        "blitzrocket/stores.js",
    ],
}
UNFOLD = {
    "SITE_TITLE": "BlitzRocket",
    "SITE_HEADER": "BlitzRocket",
    "SITE_SUBHEADER": "Points for purchases",
    "SITE_URL": "/",
    "SITE_ICON": lambda request: static("blitzrocket/icon.svg"),
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("blitzrocket/icon.svg")},
    ],
    "STYLES": [lambda request: static(ADMIN_STYLES)],
    "SCRIPTS": [lambda request: static(ADMIN_SCRIPTS)],
    "DASHBOARD_CALLBACK": "purchases.admin.dashboard.front_page",
    "SHOW_HISTORY": True,
    "ACCOUNT": {"navigation": "blitzrocket.adminsite.navigation.account_links"},
    "BORDER_RADIUS": "8px",
    "COLORS": {
        "primary": {
            "50": "oklch(96.2% .018 272.314)",
            "100": "oklch(93% .034 272.788)",
            "200": "oklch(87% .065 274.039)",
            "300": "oklch(78.5% .115 274.713)",
            "400": "oklch(67.3% .182 276.935)",
            "500": "oklch(58.5% .233 277.117)",
            "600": "oklch(51.1% .262 276.966)",
            "700": "oklch(45.7% .24 277.023)",
            "800": "oklch(39.8% .195 277.366)",
            "900": "oklch(35.9% .144 278.697)",
            "950": "oklch(25.7% .09 281.288)",
        },
    },
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": "blitzrocket.adminsite.navigation.navigation",
    },
}
