"""The WSGI entry point: `gunicorn labelhub.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labelhub.settings")
# A page that takes longer has failed for its reader. Commands and workers run without a limit.
os.environ.setdefault("LABELHUB_STATEMENT_TIMEOUT_MS", "15000")

application = get_wsgi_application()
