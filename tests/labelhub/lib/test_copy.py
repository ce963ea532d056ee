import psycopg
import pytest
from django.db import connection, transaction

from labelhub.lib.copy import copy_in, execute, raw_cursor, staging

ROWS = [(1, "plain"), (2, "tab\t, line\n and \\backslash"), (3, ""), (4, None), (5, "\\N"), (6, "\u00e4\U0001f600")]


@pytest.mark.django_db
def test_what_is_copied_in_reads_back_as_it_was() -> None:
    with staging("numbers", "n int, text text") as table:
        assert copy_in(table, ("n", "text"), iter(ROWS)) == 6
        with connection.cursor() as cursor:
            cursor.execute("SELECT n, text FROM numbers ORDER BY n")
            assert cursor.fetchall() == ROWS
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('numbers')")
        assert cursor.fetchone() == (None,)


@pytest.mark.django_db
def test_a_row_at_fault_leaves_the_transaction_as_it_was() -> None:
    with pytest.raises(psycopg.DataError), transaction.atomic(), staging("numbers", "n int"):
        copy_in("numbers", ["n"], [("1",), ("one",)])
    assert execute("SELECT 1") == 1


@pytest.mark.django_db
def test_names_are_quoted() -> None:
    with staging('odd "name"', '"a b" int'):
        assert copy_in('odd "name"', ["a b"], [(1,), (2,)]) == 2


@pytest.mark.django_db
def test_execute_counts_rows() -> None:
    with staging("numbers", "n int"):
        assert execute("INSERT INTO numbers SELECT generate_series(1, %s)", [7]) == 7
        with raw_cursor() as cursor:
            assert cursor.execute("SELECT sum(n) FROM numbers").fetchone() == (28,)
