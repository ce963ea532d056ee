"""Settings of a gunicorn that a test starts: the test's database, or a server of its own under LABELHUB_DATA."""

import os

from labelhub.embedded_postgres import EmbeddedPostgres
from tests.settings import *
from tests.settings import DATABASES, LABELHUB_DATA

# As `manage.py up` starts it: what was committed survives the death of the server.
EMBEDDED_POSTGRES = EmbeddedPostgres(LABELHUB_DATA)
DATABASES["default"]["NAME"] = os.environ["SERVED_DATABASE"]
SECRET_KEY = os.environ["SERVED_SECRET_KEY"]
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = True
