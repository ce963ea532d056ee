"""May a model stand in for a human rater? The alternative annotator test of a bare file, or of a golden set."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

from django.core.management.base import CommandParser

from attributes.domain import corpora, definitions
from labelhub.lib.commands import Command as Base
from labelhub.lib.errors import BadInput
from llm_jobs.domain import alt_tests, contest_files, evaluations, looks
from llm_jobs.domain.alt_tests import Options
from llm_jobs.domain.machine_labels import MachineLabels, machine_labels
from llm_jobs.models import Evaluation
from raters.domain import agreement, sets
from raters.domain.rating_files import Columns
from raters.models import RatingSet
from raters.stats.alt_test import CORRECTIONS, EPSILON, MIN_ITEMS_PER_RATER, Q
from raters.stats.contests import Score


class Command(Base):
    help = (
        "The alternative annotator test of FILE, one row a rating (no database row is read or written), or of CORPUS "
        "ATTRIBUTE."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("target", nargs="+", metavar="FILE | CORPUS ATTRIBUTE")
        parser.add_argument(
            "--llm",
            metavar="COL | NAME",
            help="the model's labels, repeated in an item's rows of a file; an annotator of the corpus",
        )
        parser.add_argument(
            "--score", choices=get_args(Score), help="default: accuracy; of an ordinal attribute neg_rmse"
        )
        parser.add_argument("--epsilon", type=float, default=EPSILON)
        parser.add_argument("--q", type=float, default=Q, help="false discovery rate over the raters")
        parser.add_argument("--correction", choices=CORRECTIONS, default="by")
        parser.add_argument("--min-items", type=int, default=MIN_ITEMS_PER_RATER, help="of a rater who is tested")
        parser.add_argument("--levels", metavar="a,b,c", help="the scale, lowest first (default: the labels found)")
        parser.add_argument("--item", default="item_id", metavar="COL")
        parser.add_argument("--rater", default="rater_id", metavar="COL")
        parser.add_argument("--label", default="label", metavar="COL")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--definition", type=int, metavar="V")
        parser.add_argument("--set", metavar="ID")
        parser.add_argument("--split", choices=Evaluation.Split.values, default="dev")

    def uses_database(self, **options: Any) -> bool:
        return len(options["target"]) == 2

    def work(self, **options: Any) -> dict[str, Any]:
        target = options["target"]
        if len(target) == 1:
            return self._of_file(Path(target[0]), options)
        if len(target) == 2:
            return self._of_set(target[0], target[1], options)
        raise BadInput("give a FILE, or CORPUS ATTRIBUTE")

    def _of_file(self, file: Path, options: dict[str, Any]) -> dict[str, Any]:
        if not options["llm"]:
            raise BadInput("--llm is needed for a file: the column of the model's labels")
        played = _played(options, options["score"] or "accuracy")
        named = options["levels"]
        found = contest_files.read(
            file,
            Columns(options["item"], options["rater"], options["label"]),
            [options["llm"]],
            levels=[level.strip() for level in named.split(",")] if named else None,
            numeric=played.score == "neg_rmse",
        )
        codes = found.models[options["llm"]]
        missing = int((codes < 0).sum())
        machine = MachineLabels(options["llm"], "", codes, (), 0, missing)
        return {
            "file": file.name,
            "llm": options["llm"],
            "levels": found.levels,
            "levels_of_the_model_only": found.model_only,
            "n_items_without_llm": missing,
            **alt_tests.report({"": (found.ratings, machine)}, played)[""],
        }

    def _of_set(self, corpus: str, slug: str, options: dict[str, Any]) -> dict[str, Any]:
        attribute = definitions.get_attribute(corpora.get(corpus), slug)
        rating_set = sets.get_set(attribute, options["set"], version=options["definition"])
        spec, split = rating_set.definition.parsed(), options["split"]
        played = _played(options, options["score"] or alt_tests.score_for(spec))
        loaded = agreement.load(rating_set, split)
        found = _named(rating_set, machine_labels(rating_set, loaded.items), options["llm"])
        looks.record(rating_set=rating_set, split=split, machines=found, user=None)
        rows = [
            {
                "name": one.name,
                "inputs": alt_tests.inputs_of(rating_set, split, one, played),
                **alt_tests.of_set(loaded, spec, one, played),
            }
            for one in found
        ]
        return {
            "corpus": corpus,
            "attribute": slug,
            "rating_set": str(rating_set.uid),
            "split": split,
            "sealed": evaluations.is_sealed(rating_set, split),
            **(rows[0] if options["llm"] else {"annotators": rows}),
        }


def _played(options: dict[str, Any], score: Score) -> Options:
    names = ("epsilon", "q", "min_items", "correction", "seed")
    return Options(score=score, **{name: options[name] for name in names})


def _named(rating_set: RatingSet, found: list[MachineLabels], name: str | None) -> list[MachineLabels]:
    """Every machine, or the one with the name."""
    if not found:
        raise BadInput(f"no annotator has labeled the items of {rating_set.name}")
    chosen = [one for one in found if name in (None, one.name)]
    if not chosen:
        raise BadInput(f"no annotator {name!r} (there are: {', '.join(one.name for one in found)})")
    return chosen
