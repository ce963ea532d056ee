"""The commands' contract: keys, exit codes, strict JSON, nothing changed on an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from attributes.models import Corpus, Definition
from llm_jobs.models import Annotation, Evaluation, Run, ScoreSet, Student
from tests import factories
from tests.llm_jobs.commands.calls import command
from tests.llm_jobs.domain.test_claude_runs import TEXT_ONLY
from tests.stubs.anthropic_stub import AnthropicStub


@pytest.fixture
def definition(corpus: Corpus) -> Definition:
    factories.items(corpus, 8)
    return factories.definition(corpus, inputs=TEXT_ONLY)


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ("annotate nowhere calming --annotator local --items all", 2, "no corpus 'nowhere' (there are: clips)"),
        ("annotate clips funny --annotator local --items all", 2, "no attribute 'funny' (there are: calming)"),
        ("annotate clips calming --annotator x --items all", 2, "no annotator 'x' (there are: local, claude)"),
        ("annotate clips calming --annotator claude --items all", 2, "ANTHROPIC_API_KEY is not set"),
        ("annotate clips calming --annotator local --items some", 2, "golden, all or a number"),
        ("annotate clips calming --annotator local --items golden", 2, "calming has no golden set"),
        ("annotate clips calming --annotator local --items all --definition 7", 2, "no version 7 (there are: 1)"),
        ("evaluate clips calming", 2, "calming has no golden set"),
        ("train_student clips calming", 2, "annotate first"),
        ("train_student clips calming --seed -1", 2, "--seed: at least 0"),
        ("score_corpus clips calming", 2, "clips has no student for calming: train one"),
        ("import_annotations clips calming /nowhere.csv --annotator x", 2, "no file /nowhere.csv"),
        ("export clips calming /tmp/never.csv --what scores", 2, "no published scores"),
    ],
)
def test_bad_input_ends_with_two_and_changes_nothing(
    definition: Definition, words: str, code: int, message: str
) -> None:
    said = command(*words.split())
    assert (said.code, said.out) == (code, {})
    assert message in said.err
    assert [model.objects.count() for model in (Run, Annotation, Evaluation, Student, ScoreSet)] == [0] * 5


def test_a_rule_ends_with_three(definition: Definition, api: AnthropicStub) -> None:
    said = command("annotate", "clips", "calming", "--annotator", "claude", "--items", "all")
    assert (said.code, said.err.strip()) == (3, "refused: a paid run needs a budget")


def test_annotate_names_what_it_used(definition: Definition, api: AnthropicStub) -> None:
    words = ["annotate", "clips", "calming", "--annotator", "claude", "--items", "5", "--budget", "0.5", "--seed", "4"]
    said = command(*words)
    run = Run.objects.get()
    assert said.code == 0
    assert said.out == {
        "run": str(run.uid),
        "annotator": "claude",
        "fingerprint": run.annotator.fingerprint,
        "definition": definition.hash,
        "version": 1,
        "state": "done",
        "pause_reason": None,
        "counts": {"done": 5},
        "failures": {},
        "cost": run.spent / 1_000_000,
    }


def test_evaluate_prints_every_row(corpus: Corpus) -> None:
    closed = factories.closed_set(corpus, {f"i{i:03}": "yyn" for i in range(30)}, size=30)
    factories.labels(closed.definition, {f"i{i:03}": "yes" for i in range(30)})
    run = Run.objects.get()
    said = command("evaluate", "clips", "calming", "--run", str(run.uid)[:8], "--seed", "3").out
    assert {"reference", "annotators", "raters", "pooled_raters", "inputs_hash"} <= set(said)
    assert [row["name"] for row in said["annotators"]] == ["model"]
    assert set(said["annotators"][0]) >= {
        "name", "n_items", "n_pairs", "n_failed", "precision", "recall", "f1", "vs_pooled",
    }  # fmt: skip
    assert set(said["annotators"][0]["f1"]) >= {"value", "low", "high"}
    assert set(said["annotators"][0]["vs_pooled"]) >= {"difference", "low", "high"}
    assert said["inputs"]["definition"] == closed.definition.hash
    assert command("evaluate", "clips", "calming", "--run", "zzz").code == 2


def test_labels_in_and_out(definition: Definition, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("item_id,label,p,set\ni000,yes,0.9,a\ni001,no,0.2,a\ni002,,,a\ni000,no,0.9,b\n")
    words = [str(path), "--annotator", "outside", "--probability", "p", "--where", "set=a"]
    said = command("import_annotations", "clips", "calming", *words)
    run = Run.objects.get()
    assert said.out == {
        "run": str(run.uid), "annotator": "outside", "fingerprint": run.annotator.fingerprint,
        "definition": definition.hash, "version": 1, "n": 3, "failed": 1,
    }  # fmt: skip
    out = tmp_path / "out.csv"
    written = command("export", "clips", "calming", "--what", "annotations", str(out)).out
    assert (written["rows"], written["left_out_sealed"]) == (3, 0)
    again = [str(out), "--annotator", "again", "--probabilities", "no=p_no,yes=p_yes"]
    assert command("import_annotations", "clips", "calming", *again).out["n"] == 3
    assert command("import_annotations", "clips", "calming", str(out), "--annotator", "x", "--where", "set").code == 2


@pytest.mark.django_db(transaction=True)
def test_the_way_from_labels_to_a_scored_corpus(corpus: Corpus, tmp_path: Path) -> None:
    """With the real encoder and the real student program."""
    topics = ["quiet lake at dawn", "slow rain on leaves", "screaming crowd", "explosions and sirens"]
    made = factories.items(corpus, 48, title="Clip {i}", text="", group_key="author {i}")
    for i, item in enumerate(made):
        item.text = topics[i % 4]
        item.content_hash = f"{i:064}"
        item.save()
    calming = factories.definition(corpus)
    energetic = factories.definition(corpus, factories.ENERGETIC)
    factories.labels(calming, {f"i{i:03}": "yes" if i % 4 < 2 else "no" for i in range(48)}, "one")
    factories.labels(energetic, {f"i{i:03}": ("none", "mild", "lively", "intense")[i % 4] for i in range(48)}, "two")

    trained = command("train_student", "clips", "calming", "energetic", "--seed", "5")
    assert trained.code == 0, trained.err
    student = Student.objects.get()
    assert set(trained.out) == {
        "student", "sha256", "encoder", "silver", "silver_hash", "data_hash", "definitions", "teachers", "n_train",
        "fidelity", "f1", "attributes",
    }  # fmt: skip
    assert trained.out["teachers"] == {"calming": "one", "energetic": "two"}
    assert trained.out["n_train"] == student.silver_set.silver_items.filter(split="train", definition=calming).count()
    assert trained.out["f1"]["value"] is None
    assert trained.out["attributes"]["calming"]["f1"]["reason"] == "no golden set of this definition has ratings"
    assert 0 <= trained.out["fidelity"] <= 1
    assert len(student.metrics["curve"]) > 1

    kept = command("score_corpus", "clips", "calming", "--no-publish")
    assert (kept.out["scored"], kept.out["published"]) == (48, False)
    assert command("export", "clips", "calming", "--what", "scores", str(tmp_path / "s.csv")).code == 2
    scored = command("score_corpus", "clips", "calming", "--student", str(student.uid)[:6])
    assert (scored.out["student"], scored.out["scored"], scored.out["published"]) == (str(student.uid), 48, True)
    written = command("export", "clips", "calming", "--what", "scores", str(tmp_path / "s.jsonl")).out
    assert (written["rows"], written["student"]) == (48, str(student.uid))

    newer = factories.definition(corpus, question="Does it calm?")
    assert "was not trained for calming v2" in command("score_corpus", "clips", "calming").err
    assert command("score_corpus", "clips", "calming", "--definition", "1", "--no-publish").code == 0
    factories.labels(newer, {f"i{i:03}": "yes" if i % 2 else "no" for i in range(48)}, "one")
    factories.labels(newer, {f"i{i:03}": "yes" if i % 2 else "no" for i in range(48)}, "two")
    ambiguous = command("train_student", "clips", "calming")
    assert (ambiguous.code, "name one of one, two with --teacher" in ambiguous.err) == (2, True)
    both = command("train_student", "clips", "calming", "energetic", "--teacher", "two", "--set", "x")
    assert (both.code, "belong to one attribute" in both.err) == (2, True)
