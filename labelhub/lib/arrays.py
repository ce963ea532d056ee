"""Whole numbers out of the database as arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet

from labelhub.lib.copy import raw_cursor


def integers(rows: QuerySet[Any, Any]) -> npt.NDArray[np.int64]:
    """The rows of a `values_list` of k whole numbers, shape (n, k), in no order; NULL comes as -1.

    The database packs each column into one value: as Python tuples a million rows take several times as long.
    """
    try:
        statement, params = rows.order_by().query.sql_with_params()
    except EmptyResultSet:
        return np.zeros((0, _width(rows)), dtype=np.int64)
    names = [f"c{k}" for k in range(_width(rows))]
    packed = ", ".join(f"string_agg(int8send(coalesce({name}, -1)), '')" for name in names)
    packing = f"SELECT {packed} FROM ({statement}) AS found ({', '.join(names)})"  # noqa: S608  # Django's SQL, and c0, c1, ...
    with raw_cursor() as cursor:
        whole = psycopg.ClientCursor(cursor.connection).mogrify(packing, params)  # as Django binds: by the client
        columns = cursor.execute(whole.encode(), binary=True).fetchone() or ()
    return np.column_stack([np.frombuffer(column or b"", dtype=">i8").astype(np.int64) for column in columns])


def _width(rows: QuerySet[Any, Any]) -> int:
    query = rows.query
    return len(query.values_select) + len(query.annotation_select)
