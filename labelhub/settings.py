"""Django's settings, read from the environment.

Without DATABASE_URL everything is embedded: PostgreSQL, the message folder and a generated secret key live under
LABELHUB_DATA, and only this machine is served. With DATABASE_URL it is production: SECRET_KEY and ALLOWED_HOSTS are
required, and pages are served over HTTPS alone.
"""

import os
from pathlib import Path

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from labelhub.embedded_postgres import EmbeddedPostgres
from labelhub.environment import (
    Environment,
    checked_secret_key,
    database,
    filesystem_transport,
    stored_secret_key,
)

env = Environment(os.environ)
BASE_DIR = Path(__file__).resolve().parent.parent

# --- Where things are -------------------------------------------------------------------------------------------------
LABELHUB_DATA = env.folder("LABELHUB_DATA", BASE_DIR / ".data")
LABELHUB_DATA.mkdir(mode=0o711, parents=True, exist_ok=True)  # passable: as root, PostgreSQL runs as another user
DATABASE_URL = env.text("DATABASE_URL")
PRODUCTION = bool(DATABASE_URL)
DEBUG = env.boolean("DEBUG")
if PRODUCTION and DEBUG:
    raise ImproperlyConfigured("DEBUG=true with DATABASE_URL set: error pages would show the settings to strangers.")

# --- Secrets and hosts ------------------------------------------------------------------------------------------------
if PRODUCTION:
    SECRET_KEY = checked_secret_key(env.required("SECRET_KEY", "with DATABASE_URL there is no generated one"))
    ALLOWED_HOSTS = env.words("ALLOWED_HOSTS")
    if not ALLOWED_HOSTS:
        raise ImproperlyConfigured("ALLOWED_HOSTS is not set: the host names of this site, parted by commas.")
else:
    SECRET_KEY = checked_secret_key(env.text("SECRET_KEY") or stored_secret_key(LABELHUB_DATA / "secret_key"))
    ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", ("127.0.0.1", "localhost", "[::1]"))
ANTHROPIC_API_KEY = env.text("ANTHROPIC_API_KEY")
ANTHROPIC_BASE_URL = env.text("ANTHROPIC_BASE_URL")  # empty: Anthropic's own

# --- Database ---------------------------------------------------------------------------------------------------------
# The address is a function of the folder; the server itself is started by the first connection (labelhub.postgres).
EMBEDDED_POSTGRES = None if PRODUCTION else EmbeddedPostgres(LABELHUB_DATA)
DATABASES = {
    "default": database(
        EMBEDDED_POSTGRES.url() if EMBEDDED_POSTGRES else DATABASE_URL,
        statement_timeout_ms=env.integer("LABELHUB_STATEMENT_TIMEOUT_MS", 0),
        pool_size=env.integer("LABELHUB_POOL_SIZE", 8, low=1),  # at least the threads of a web process
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Shared by all processes: sign-in limits count in it. `manage.py createcachetable` makes the table.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}}

# --- Applications -----------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "labelhub.accounts",
    "attributes",
    "raters",
    "llm_jobs",
    "labelhub.reports",
    "labelhub.workbench",
    "labelhub.demo",
    "labelhub.lib",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "django_htmx",
    "heroicons",
]
MIDDLEWARE = [
    "csp.middleware.CSPMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "labelhub.urls"
WSGI_APPLICATION = "labelhub.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "labelhub.context.shell",
            ]
        },
    }
]
LANGUAGE_CODE = "en"
USE_I18N = False
TIME_ZONE = "UTC"
USE_TZ = True

# --- People -----------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["labelhub.accounts.backends.Backend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "display_name")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "labelhub.accounts.adapter.AccountAdapter"  # no open sign-up
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # people come by an invitation to their address
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/5m/key", "reset_password": "20/m/ip,5/m/key"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
ALLAUTH_TRUSTED_PROXY_COUNT = env.integer("TRUSTED_PROXY_COUNT", 0)

# --- Mail -------------------------------------------------------------------------------------------------------------
EMAIL_HOST = env.text("EMAIL_HOST")
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"
EMAIL_PORT = env.integer("EMAIL_PORT", 587, low=1, high=65535)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env.boolean("EMAIL_USE_TLS", True)
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "labelhub@localhost")

# --- Files ------------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = LABELHUB_DATA / "static"
STATIC_ROOT.mkdir(exist_ok=True)  # WhiteNoise warns about a missing one
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "labelhub.lib.static_files.WheelFileFinder",
    "labelhub.lib.style_sheets.StyleSheetFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "labelhub.lib.static_files.StaticStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
MEDIA_ROOT = LABELHUB_DATA / "media"
UPLOAD_ROOT = LABELHUB_DATA / "uploads"  # files on their way into a corpus; removed when their import has ended
UPLOAD_MAX_MB = env.integer("LABELHUB_UPLOAD_MB", 1024, low=1)

# --- Background work --------------------------------------------------------------------------------------------------
# A message is a doorbell: rows with leases hold the work, and a sweeper rings again for what was lost.
CELERY_BROKER_URL = env.text("CELERY_BROKER_URL", "filesystem://localhost")
if CELERY_BROKER_URL.startswith("filesystem:"):
    CELERY_BROKER_TRANSPORT = "labelhub.broker:Transport"
    CELERY_BROKER_TRANSPORT_OPTIONS = filesystem_transport(LABELHUB_DATA / "broker")
CELERY_TIMEZONE = "UTC"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULE_FILENAME = str(LABELHUB_DATA / "beat-schedule")
# Sweeps ring again for rows whose message was lost. One sweep behind is enough: an older message expires.
CELERY_BEAT_SCHEDULE: dict[str, dict[str, object]] = {
    name: {"task": task, "schedule": seconds, "options": {"expires": seconds}}
    for name, task, seconds in (
        ("jobs", "attributes.tasks.sweep_jobs", 30.0),
        ("assignments", "raters.tasks.release_expired_assignments", 60.0),
        ("runs", "llm_jobs.tasks.sweep", 30.0),
    )
}

# --- Browser security -------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "connect-src": [SELF],
        "font-src": [SELF],
        "media-src": [SELF],
        "form-action": [SELF],
        "manifest-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],  # blob: the picture of a chart, on its way from Plotly's SVG to PNG
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_ENGINE = "labelhub.accounts.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
if PRODUCTION:
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = env.integer("SECURE_HSTS_SECONDS", 31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    if ALLAUTH_TRUSTED_PROXY_COUNT:  # only then is the header the proxy's own word
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- Logging: to stderr, without secrets ------------------------------------------------------------------------------
LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "labelhub.lib.logs.RedactingFormatter",
            "fmt": "%(asctime)s %(levelname)s %(name)s: %(message)s",
            "secrets": [SECRET_KEY, ANTHROPIC_API_KEY, EMAIL_HOST_PASSWORD, DATABASES["default"]["PASSWORD"]],
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        **{name: {"level": LOG_LEVEL} for name in ("labelhub", "attributes", "raters", "llm_jobs")},
    },
}
