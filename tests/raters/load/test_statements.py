from raters.load.statements import normal, report, summed

LOG = """\
2026-01-01 10:00:00.000 UTC [17] LOG:  duration: 0.500 ms  statement: SELECT a FROM t
\tWHERE id = 7 AND name = 'it''s'
2026-01-01 10:00:00.001 UTC [18] LOG:  duration: 0.250 ms  statement: SELECT a FROM t WHERE id = 19 AND name = 'x'
2026-01-01 10:00:00.002 UTC [17] LOG:  duration: 0.125 ms  bind _pg3_0: UPDATE t SET a = $1
2026-01-01 10:00:00.003 UTC [17] LOG:  duration: 1.000 ms  execute _pg3_0: UPDATE t SET a = $1
2026-01-01 10:00:00.003 UTC [17] DETAIL:  Parameters: $1 = '1'
2026-01-01 10:00:00.004 UTC [9] LOG:  checkpoint starting: time
"""


def test_statements_are_summed_without_their_values() -> None:
    first, second = summed(LOG.splitlines())
    assert first == ("UPDATE t SET a = $?", 1, 1.125, 0.125)
    assert second == ("SELECT a FROM t WHERE id = ? AND name = ?", 2, 0.75, 0.0)


def test_long_lists_are_one_statement() -> None:
    assert normal("SELECT 1 WHERE id IN (1, 2, 3)") == normal("SELECT 9 WHERE id IN (4, 5)")


def test_the_report_is_for_each_label() -> None:
    lines = report(summed(LOG.splitlines()), labels=2)
    assert "0.938 ms" in lines[0]
    assert lines[2].split() == ["0.562", "0.062", "0.50", "UPDATE", "t", "SET", "a", "=", "$?"]
