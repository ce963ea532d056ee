import logging

from labelhub.lib.logs import RedactingFormatter


def test_secrets_are_taken_out_of_messages_and_tracebacks() -> None:
    formatter = RedactingFormatter("%(levelname)s %(message)s", ["s3cret-key", ""])
    try:
        raise ValueError("refused: s3cret-key")
    except ValueError as error:
        info = (type(error), error, error.__traceback__)
    record = logging.LogRecord("name", logging.ERROR, __file__, 1, "sent %s", ("s3cret-key",), info)
    lines = formatter.format(record).splitlines()
    assert lines[0] == "ERROR sent [redacted]"
    assert lines[-1] == "ValueError: refused: [redacted]"
