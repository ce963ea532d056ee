"""Each fault that the books must find, made on purpose."""

from raters.load.ledger import Balance, Slots, Stored, settle


def stored(key: str, item: int = 1, rater: int = 1, *, assignment: str = "", counted: bool = True) -> Stored:
    return Stored(key, assignment or f"of-{key}", item, rater, 1, counted)


def slots(item: int = 1, overlap: int = 3, counted: int = 1, claimed: int = 0, **found: int) -> Slots:
    return Slots(item, overlap, counted, claimed, found.get("answers", counted), found.get("leases", claimed))


def faults(balance: Balance) -> dict[str, int]:
    names = ("lost", "misplaced", "duplicated", "over_assigned", "miscounted", "unknown")
    return {name: n for name in names if (n := getattr(balance, name))}


def test_what_was_confirmed_and_is_there_is_sound() -> None:
    balance = settle({"a": "of-a", "b": "of-b"}, (), [stored("a"), stored("b", item=2)], [slots(), slots(item=2)])
    assert (balance.ok, faults(balance), balance.confirmed, balance.stored) == (True, {}, 2, 2)


def test_a_confirmed_answer_that_is_not_there_is_lost() -> None:
    balance = settle({"a": "of-a", "b": "of-b"}, (), [stored("a")], [slots()])
    assert (balance.ok, faults(balance)) == (False, {"lost": 1})


def test_an_answer_under_another_assignment_is_misplaced() -> None:
    balance = settle({"a": "of-a"}, (), [stored("a", assignment="another")], [slots()])
    assert (balance.ok, faults(balance)) == (False, {"misplaced": 1})


def test_a_key_stored_twice_is_a_duplicate() -> None:
    balance = settle({"a": "of-a"}, (), [stored("a"), stored("a", item=2, assignment="of-a")], [slots()])
    assert (balance.ok, faults(balance)) == (False, {"duplicated": 1})


def test_two_answers_of_one_rater_to_one_item_are_duplicates() -> None:
    confirmed = {key: f"of-{key}" for key in "abc"}
    rows = [stored("a"), stored("b"), stored("c", rater=2)]
    balance = settle(confirmed, (), rows, [slots(counted=3)])
    assert (balance.ok, faults(balance)) == (False, {"duplicated": 1})


def test_more_answers_and_claims_than_the_overlap_are_over_assigned() -> None:
    for given in (slots(counted=4), slots(counted=2, claimed=2), slots(overlap=1, counted=1, claimed=1)):
        assert faults(settle({}, (), [], [given])) == {"over_assigned": 1}
    assert faults(settle({}, (), [], [slots(counted=2, claimed=1)])) == {}


def test_the_answers_themselves_count_and_not_only_what_the_row_says() -> None:
    hidden = slots(counted=3, answers=4)
    assert faults(settle({}, (), [], [hidden])) == {"over_assigned": 1, "miscounted": 1}
    assert faults(settle({}, (), [], [slots(counted=1, claimed=1, leases=0)])) == {"miscounted": 1}


def test_stored_without_a_reply_is_said_apart_and_no_fault() -> None:
    balance = settle({"a": "of-a"}, {"b", "c"}, [stored("a"), stored("b", item=2)], [])
    assert (balance.ok, balance.stored_unconfirmed, balance.unknown) == (True, 1, 0)


def test_what_nobody_sent_is_unknown_and_late_answers_are_counted_apart() -> None:
    balance = settle({}, (), [stored("x", counted=False)], [])
    assert (balance.unknown, balance.not_counted, balance.ok) == (1, 1, True)
