"""The two ways in which the product says no. Commands turn them into exit codes, views into messages."""


class BadInput(Exception):
    """What was given cannot be read or does not fit; the message names the place. Exit code 2."""


class Refused(Exception):
    """A rule of the product forbids it (a frozen set, a sealed test, a failed gate). Exit code 3."""
