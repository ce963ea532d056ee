"""The web application under cProfile, for `bench_raters --profile`: one process with one thread.

The table is printed when the process ends. It counts calls truly; the time it takes itself falls on small functions.
"""

from __future__ import annotations

import atexit
import cProfile
import io
import os
import pstats
import sys
from collections.abc import Iterable
from typing import Any

from labelhub.wsgi import application as served

WARM_UP = 20  # requests: the first ones import what later ones only use
profile = cProfile.Profile()
requests = 0


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    global requests
    requests += 1
    if requests <= WARM_UP:
        return served(environ, start_response)
    profile.enable()
    try:
        return served(environ, start_response)
    finally:
        profile.disable()


@atexit.register
def show() -> None:
    if requests <= WARM_UP:
        return  # gunicorn's main process, or nothing to tell
    out = io.StringIO()
    stats = pstats.Stats(profile, stream=out)
    stats.sort_stats("cumulative").print_stats(60)
    stats.sort_stats("tottime").print_stats(30)
    text = out.getvalue().replace(os.path.commonpath([sys.prefix, __file__]), "")
    sys.stdout.write(f"{requests - WARM_UP:,} requests\n{text}")
