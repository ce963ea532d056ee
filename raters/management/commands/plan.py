"""How many items and ratings, and how many hours, before rating starts."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from labelhub.lib.commands import Command as Base
from labelhub.lib.errors import BadInput
from raters.stats.alt_test import EPSILON
from raters.stats.planning import SECONDS_A_RATING, Plan, plan_for_power, plan_for_width

RATERS = 3


class Command(Base):
    help = (
        "Items for an interval of a prevalence (--prevalence P --width W), or for the alternative annotator test to "
        "have a power (--power B --raters M)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--prevalence", type=float, metavar="P", help="the share expected")
        parser.add_argument("--width", type=float, metavar="W", help="of the 95 %% interval, from end to end")
        parser.add_argument("--power", type=float, metavar="B")
        parser.add_argument("--raters", type=int, metavar="M", help=f"of each item (default with --width: {RATERS})")
        parser.add_argument("--seconds", type=float, default=SECONDS_A_RATING, help="a rating (default: %(default)g)")
        parser.add_argument("--epsilon", type=float, default=EPSILON)
        parser.add_argument("--accuracy", type=float, default=0.8, help="of a rater")
        parser.add_argument("--llm-accuracy", type=float, help="of the model (default: a rater's)")
        parser.add_argument("--classes", type=int, default=2, help="levels of the scale")
        parser.add_argument("--seed", type=int, default=0)

    def uses_database(self, **options: Any) -> bool:
        return False

    def work(self, **options: Any) -> dict[str, Any]:
        if options["seed"] < 0:
            raise BadInput("--seed: at least 0")
        try:
            return _plan(options).as_dict()
        except ValueError as error:
            raise BadInput(str(error)) from None


def _plan(options: dict[str, Any]) -> Plan:
    prevalence, width, power, raters = (options[name] for name in ("prevalence", "width", "power", "raters"))
    by_width, by_power = prevalence is not None or width is not None, power is not None
    if by_width == by_power or (by_width and None in (prevalence, width)):
        raise BadInput("give --prevalence P and --width W, or --power B and --raters M")
    if by_width:
        return plan_for_width(
            prevalence, width, raters=RATERS if raters is None else raters, seconds=options["seconds"]
        )
    if raters is None:
        raise BadInput("--power needs --raters M")
    return plan_for_power(
        power,
        raters,
        epsilon=options["epsilon"],
        accuracy=options["accuracy"],
        model_accuracy=options["llm_accuracy"],
        levels=options["classes"],
        seconds=options["seconds"],
        seed=options["seed"],
    )
