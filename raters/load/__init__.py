"""A load of raters over real HTTP: the client of the rating screen without the screen.

One process, one event loop and as little work per request as can be, because it shares the machine with the server it
measures; what it takes itself is part of the report.
"""
