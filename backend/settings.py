"""Settings, read once from the environment: nonsense is refused at start, defaults are safe."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent


def env(name: str, default: str = "") -> str:
    return os.environ.get(name, default).strip()


def env_bool(name: str, *, default: bool = False) -> bool:
    value = env(name).lower()
    if value not in ("", "0", "1", "true", "false", "yes", "no"):
        raise ImproperlyConfigured(f"{name} must be 0 or 1, not {value!r}")
    return default if value == "" else value in ("1", "true", "yes")


def env_choice(name: str, *choices: str) -> str:
    value = env(name).lower()
    if value not in ("", *choices):
        raise ImproperlyConfigured(f"{name} must be empty or one of {', '.join(choices)}, not {value!r}")
    return value


def env_number(name: str) -> int:
    value = env(name) or "0"
    if not (value.isascii() and value.isdigit()):
        raise ImproperlyConfigured(f"{name} must be a number, not {value!r}")
    return int(value)


def env_list(name: str) -> list[str]:
    return [part.strip() for part in env(name).split(",") if part.strip()]


def wheel_library(package: str, pattern: str) -> str | None:
    """The C library that lies inside a wheel: newer than the system's, and nothing to install."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent
    found = sorted([*folder.parent.glob(f"{package}.libs/{pattern}"), *folder.glob(f".dylibs/{pattern}")])
    return str(found[0]) if found else None


def database(url: str) -> dict[str, object]:
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres", "postgis"):
        raise ImproperlyConfigured(
            "DATABASE_URL must look like postgresql://user:password@host:5432/name. "
            "Without one, `./patrol run` makes a private database and sets it."
        )
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.contrib.gis.db.backends.postgis",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or "") or options.pop("host", ""),
        "PORT": str(parts.port or ""),
        # Django's own cursors never prepare; those of backend.statements always do.
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 16, "timeout": 20}, "prepare_threshold": 5, **options},
        "CONN_HEALTH_CHECKS": False,
        "TEST": {"TEMPLATE": env("PATROL_TEST_TEMPLATE") or None},
    }


GDAL_LIBRARY_PATH = wheel_library("pyogrio", "libgdal*")
GEOS_LIBRARY_PATH = wheel_library("shapely", "libgeos_c*")

DEBUG = env_bool("PATROL_DEBUG")
# Tools that only import settings (type checks, the OpenAPI export) need no key; a server refuses to start without one (checks.py).
SECRET_KEY = env("PATROL_SECRET_KEY") or "unset-" + "0" * 50
SECRET_KEY_FALLBACKS = env_list("PATROL_OLD_SECRET_KEYS")
PATROL_URL = env("PATROL_URL").rstrip("/")  # the origin people type; printed in QR codes
PATROL_LIVE_URL = env("PATROL_LIVE_URL").rstrip("/")  # the live process's own origin when there is no proxy; "" behind one
BEHIND_PROXY = env_bool("PATROL_BEHIND_PROXY")
IS_DEMO = env_bool("PATROL_DEMO")
ALLOWED_HOSTS = [*env_list("PATROL_HOSTS"), "localhost", "127.0.0.1", "[::1]"]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.gis",
    "django.contrib.postgres",
    "procrastinate.contrib.django",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "backend.units",
    "backend.accounts",
    "backend.places",
    "backend.patrols",
    "backend.field",
    "backend.cases",
    "backend.audits",
    "backend.phone",
    "backend.command",
    "backend.demo",
    "notifications",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "backend.csp.ContentPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "backend.urls"
WSGI_APPLICATION = "backend.wsgi.application"
ASGI_APPLICATION = "backend.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = {"default": database(env("DATABASE_URL") or "postgresql://xunge@localhost/xunge")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/sign-in"
LOGIN_REDIRECT_URL = "/"
AXES_USERNAME_FORM_FIELD = "username"  # the form's name for it, whatever the model calls it
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_HTTP_RESPONSE_CODE = 429
AXES_LOCKOUT_TEMPLATE = "command/locked_out.html"
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文")]
TIME_ZONE = "UTC"
COUNTY_TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = env("PATROL_STATIC_ROOT") or str(BASE_DIR / ".local" / "static")
MEDIA_ROOT = env("PATROL_MEDIA_ROOT") or str(BASE_DIR / ".local" / "media")
STATICFILES_DIRS = [
    ("phone", BASE_DIR / "web" / "phone"),
    ("command", BASE_DIR / "web" / "command"),
    ("shared", BASE_DIR / "web" / "shared"),
    ("vendor/maplibre-gl", BASE_DIR / "node_modules" / "maplibre-gl" / "dist"),
    ("vendor/idb", BASE_DIR / "node_modules" / "idb" / "build"),
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = DEBUG

# Everything is secure unless we run on loopback without TLS, where browsers treat http as a secure context anyway.
IS_SECURE = PATROL_URL.startswith("https://") or BEHIND_PROXY
SECURE_SSL_REDIRECT = IS_SECURE and not BEHIND_PROXY
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_HSTS_SECONDS = 31_536_000 if IS_SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_SECURE
SECURE_HSTS_PRELOAD = IS_SECURE
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_SECURE
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "xunge_session", "xunge_csrf"
CSRF_TRUSTED_ORIGINS = [PATROL_URL] if PATROL_URL else []
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024

FCM_CREDENTIALS = env("PATROL_FCM_CREDENTIALS")  # path of a service account's JSON; "" switches the channel off
FCM_BASE = env("PATROL_FCM_BASE")  # another origin than Google's, for tests and demonstrations
VAPID_CONTACT = env("PATROL_VAPID_CONTACT")  # mailto: or https: of who answers for this installation; "" switches Web Push off
VAPID_KEY = env("PATROL_VAPID_KEY")  # `./patrol run` makes one; browsers are subscribed to its public half
PUSH_HOSTS = env_list("PATROL_PUSH_HOSTS")  # in place of the browsers' own push services; ".example.org" for all below it
PUSH_BASE = env("PATROL_PUSH_BASE")  # one more origin, for tests and demonstrations
SMS_VENDOR = env_choice("PATROL_SMS_VENDOR", "aliyun", "tencent")  # "" switches the channel off
SMS_KEY_ID, SMS_KEY_SECRET = env("PATROL_SMS_KEY_ID"), env("PATROL_SMS_KEY_SECRET")
SMS_APP = env("PATROL_SMS_APP")  # Tencent's SdkAppId; Aliyun has none
SMS_SIGN, SMS_TEMPLATE = env("PATROL_SMS_SIGN"), env("PATROL_SMS_TEMPLATE")
SMS_PLACES = env_list("PATROL_SMS_PLACES")  # what fills the template's places, in order: title, text
SMS_LONGEST_VALUE = env_number("PATROL_SMS_LONGEST_VALUE")  # letters in one place; 0: what the vendor takes of every account
SMS_BASE = env("PATROL_SMS_BASE")  # another origin than the vendor's, for tests and demonstrations
ROBOTS = env_bool("PATROL_ROBOTS")  # group robots of WeCom and DingTalk
ROBOT_BASE = env("PATROL_ROBOT_BASE")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "backend.logs.WithoutValues", "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django.server": {"level": "WARNING"},
        "axes": {"level": "ERROR"},
        "procrastinate.blueprints": {"level": "WARNING"},
        "procrastinate.periodic": {"level": "WARNING"},
        "procrastinate.worker": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
    },
}
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
NOTIFICATION_DIRECTORY = "backend.field.directory.Directory"
