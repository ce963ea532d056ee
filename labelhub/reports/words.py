"""What figures mean in plain words. Pure: numbers in, a kind (good, warn, bad, neutral) and a sentence out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["good", "warn", "bad", "neutral"]

MARGIN = 0.05
"""Two F1 closer than this are as good as each other: the paper's tolerance."""
RELIABLE, TENTATIVE = 0.8, 0.667
"""Krippendorff's customary bounds (2004, p. 241)."""
PARADOX = 0.15
"""AC1 this far above alpha is said and explained."""
TEACHER_FLOOR = 0.2
"""A teacher whose F1 may be under this has nothing that a student could be said to retain."""
GOAL = 0.75
"""Under this F1 on gold the definition is worked on, not the machine."""

ALT_TEST: dict[str, tuple[Kind, str]] = {
    "passed": ("good", "Passed"),
    "failed": ("bad", "Failed"),
    "not_enough_data": ("neutral", "Not enough data"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """A verdict: its colour, two or three words, and the sentence behind them."""

    kind: Kind
    text: str
    why: str


def verdict(gap: dict[str, Any], rival: str = "the raters") -> Said:
    """A paired difference of F1 (`difference`, `low`, `high`, `reason`) as a verdict.

    Better or worse where the interval leaves out 0; matching where it lies within the margin; else it cannot be told.
    """
    value, low, high = gap["difference"], gap["low"], gap["high"]
    if value is None:
        return Said("neutral", "Cannot tell", gap.get("reason") or "the difference is undefined")
    if low is None or high is None:
        return Said("neutral", "Cannot tell", gap.get("reason") or "no interval")
    if low > 0:
        return Said("good", f"Better than {rival}", f"the whole interval lies above {rival}")
    if high < 0:
        return Said("bad", f"Below {rival}", f"the whole interval lies below {rival}")
    if low > -MARGIN and high < MARGIN:
        return Said("good", f"Matches {rival}", f"the whole interval lies within {MARGIN:.2f} F1 of {rival}")
    return Said("neutral", "Cannot tell", "interval spans 0")


def keeps_up(duel: dict[str, Any] | None) -> Said:
    """A student beside its teacher, by the interval of their paired difference: both may be lucky on few items.

    It keeps up where the whole interval lies above -5 % of the teacher's F1, and falls behind where it lies below.
    """
    if duel is None:
        return Said("neutral", "Not compared", "this report has no paired difference: compare again")
    low, high, teacher = duel["low"], duel["high"], duel["rival_f1"]
    unclear = f"Cannot tell yet ({several(duel['n_items'], 'item')})"
    if duel["difference"] is None:
        return Said("neutral", unclear, duel["reason"] or "the difference is undefined")
    least = teacher["value"] if teacher["low"] is None else teacher["low"]
    if least is not None and least < TEACHER_FLOOR:
        why = f"the teacher's own F1 may be as low as {number(least)}: there is too little to retain"
        return Said("neutral", "Undefined", why)
    if low is None or high is None:
        return Said("neutral", unclear, duel["reason"] or "the difference has no interval")
    bound = -MARGIN * teacher["value"]
    figures = f"difference {signed(duel['difference'])} [{signed(low)}, {signed(high)}]"
    if low > bound:
        return Said("good", "Keeps up", f"{figures} lies above {signed(bound)}, 5 % of its teacher's F1")
    if high < bound:
        return Said("bad", "Falls behind", f"{figures} lies below {signed(bound)}, 5 % of its teacher's F1")
    return Said("neutral", unclear, f"{figures} reaches both sides of {signed(bound)}, 5 % of its teacher's F1")


def no_better(gap: dict[str, Any] | None, baseline: dict[str, Any] | None) -> Said | None:
    """A machine that has not been shown to do better than the best constant answer; None where it has, or cannot be."""
    if gap is None or baseline is None or gap["difference"] is None:
        return None
    if gap["low"] is None:
        if gap["difference"] > 0 or gap["n_items"] == 0:
            return None
    elif gap["low"] > 0:
        return None
    why = f"the same answer to everything reaches F1 {number(baseline['f1']['value'])}"
    return Said("warn", f"No better than always saying “{baseline['label']}”", why)


def alt_test(test: dict[str, Any]) -> Said:
    """An alternative annotator test with its verdict (`conclusion`, `sentence`)."""
    verdict = test["verdict"]
    kind, text = ALT_TEST[verdict["conclusion"]]
    ahead = sum(rater["low"] is not None and rater["low"] > 0 for rater in test["raters"])
    sentence = verdict["sentence"]
    if ahead and not test["passed"]:
        sentence += f" {ahead} of {several(len(test['raters']), 'rater')} lie ahead of it with their whole interval."
    return Said(kind, text, sentence)


def agreement(alpha: dict[str, Any]) -> Said:
    """Krippendorff's alpha as words."""
    value, low, high = alpha["value"], alpha["low"], alpha["high"]
    if value is None:
        return Said("neutral", "Undefined", f"Alpha is undefined: {alpha['reason']}.")
    if low is None or high is None:
        return Said("neutral", "Too few", f"Alpha is {number(value)} without an interval: {alpha['reason']}.")
    figure = f"alpha {number(value)} [{number(low)}, {number(high)}]"
    if low >= RELIABLE:
        return Said("good", "Reliable", f"Raters agree reliably: {figure}.")
    if low >= TENTATIVE:
        return Said("good", "Good enough", f"Raters agree well enough to measure against: {figure}.")
    if value >= TENTATIVE:
        why = (
            f"Raters agree well enough by the figure, but the interval reaches below {number(TENTATIVE, 3)}: {figure}."
        )
        return Said("warn", "Just enough", why)
    if high >= TENTATIVE:
        return Said(
            "warn", "Uncertain", f"Raters agree only in part, and the interval reaches what is customary: {figure}."
        )
    return Said("bad", "Low", f"Raters often disagree ({figure}): sharpen the definition before rating more.")


def chance(figures: dict[str, Any]) -> float | None:
    """What alpha takes for agreement by chance, from alpha = 1 - (1 - agreement) / (1 - chance); None where undefined.

    To be read as "about": alpha weighs items by their answers, the agreement shown does not.
    """
    alpha, same = figures["krippendorff_alpha"]["value"], figures["percent_agreement"]["value"]
    if alpha is None or same is None or alpha >= 1 or same >= 1:
        return None
    return float(min(max((same - alpha) / (1 - alpha), 0.0), 1.0))


def paradox(payload: dict[str, Any]) -> str:
    """Why alpha and Gwet's coefficient lie far apart (the kappa paradox), in words; empty where they do not."""
    figures = payload["figures"]
    name, gwet = ("AC2", figures["gwet_ac2"]) if "gwet_ac2" in figures else ("AC1", figures["gwet_ac1"])
    alpha = figures["krippendorff_alpha"]["value"]
    if alpha is None or gwet["value"] is None or gwet["value"] - alpha < PARADOX:
        return ""
    far = f"{name} ({number(gwet['value'])}) lies far above alpha ({number(alpha)})"
    if name == "AC2":
        return (
            f"{far}: it gives near answers most of the credit and takes little off for chance, where alpha takes off "
            "what answers spread like these would share by chance. For telling items apart, believe alpha."
        )
    share, level = min(
        (share, one["label"]) for share, one in zip(figures["prevalence"], payload["levels"], strict=True)
    )
    return (
        f"{far} because answers are uneven: “{level}” is {100 * share:.0f} % of them. AC1 mostly says that raters "
        "agree on the common answer, alpha that they do not agree which items are the rare ones. For finding the rare "
        "ones, believe alpha."
    )


def comparison(name: str, row: dict[str, Any], pooled: dict[str, Any]) -> str:
    """A machine beside the pooled raters, in one sentence."""
    name = f"“{name}”"
    if row["f1"]["value"] is None or pooled["f1"]["value"] is None:
        return (
            f"The machine {name} cannot be compared with the raters: {row['f1']['reason'] or pooled['f1']['reason']}."
        )
    said = verdict(row["vs_pooled"])
    gap = row["vs_pooled"]
    rest = f"difference {signed(gap['difference'])}"
    if gap["low"] is not None:
        rest += f" [{signed(gap['low'])}, {signed(gap['high'])}]"
    reached, theirs = number(row["f1"]["value"]), number(pooled["f1"]["value"])
    figures = f"The machine {name} reaches F1 {reached} against the raters' {theirs}"
    return f"{figures}: {said.text[0].lower()}{said.text[1:]} ({rest}; {said.why})."


def headline(row: dict[str, Any], pooled: dict[str, Any]) -> str:
    """The same as short as can be."""
    if row["f1"]["value"] is None or pooled["f1"]["value"] is None:
        return "The F1 cannot be compared."
    said = verdict(row["vs_pooled"])
    figures = f"F1 {number(row['f1']['value'])} against the raters' {number(pooled['f1']['value'])}"
    return (
        f"Best machine: {said.text[0].lower()}{said.text[1:]}, {figures} on the same {several(row['n_pairs'], 'pair')}."
    )


def number(value: float | None, places: int = 2) -> str:
    return "n/a" if value is None else f"{value:z.{places}f}".replace("-", "\u2212")


def signed(value: float | None) -> str:
    return "n/a" if value is None else f"{value:+z.2f}".replace("-", "\u2212")


def several(n: int, one: str, many: str = "") -> str:
    """`1 item`, `3 items`."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


METHODS = {
    "platt": "Platt",
    "beta": "beta",
    "isotonic": "isotonic regression",
    "venn_abers": "Venn-Abers",
}


def calibration(report: dict[str, Any]) -> Said:
    """Whether a machine's raw probabilities are chances, and whether calibration makes them so; of a stored report.

    ECE is held against its null band: what a perfectly calibrated machine shows on as many items.
    """
    if report["chosen"] is None:
        why = f"There is no calibrator: {report['reason']}. Its scores may not be read as probabilities."
        return Said("warn", "Not calibrated", why)
    judged = report["views"][0]["methods"]
    raw, after = (judged[name]["ece_equal_mass"] for name in ("raw", report["chosen"]))
    before = f"Raw probabilities are off by {number(raw['value'])} on average, where chance alone gives up to"
    figures = f"{before} {number(raw['null_high'])} on {several(raw['n'], 'item')}"
    gain = report["gain"]
    if gain["low"] <= 0:
        knows = f"{signed(gain['value'])} [{signed(gain['low'])}, {signed(gain['high'])}] of log loss"
        return Said("warn", "Tells little", f"{figures}. Calibrated, it is not shown to know more than the base rate "
                    f"({knows}): its probabilities are close to one another.")  # fmt: skip
    mended = f"After {METHODS[report['chosen']]} it is {number(after['value'])}, cross-fitted"
    if raw["value"] <= raw["null_high"]:
        return Said("good", "Already calibrated", f"{figures}: they are not shown to be wrong.")
    if after["value"] <= after["null_high"]:
        return Said("good", "Calibrated", f"{figures}. {mended}, no more than chance gives.")
    return Said("warn", "Partly calibrated", f"{figures}. {mended}, still more than the {number(after['null_high'])}.")


def calibration_choice(report: dict[str, Any]) -> str:
    """Why the chosen method, in a sentence or two."""
    if report["chosen"] is None:
        return ""
    why_not = {name: report["methods"][name]["why_not"] for name in METHODS}
    allowed = [METHODS[name] for name, why in why_not.items() if why is None]
    barred: dict[str, list[str]] = {}
    for name, why in why_not.items():
        if why:
            barred.setdefault(why, []).append(METHODS[name])
    rest = "; ".join(f"{' and '.join(names)} ({why})" for why, names in barred.items())
    n = several(report["n"], "item")
    chosen = METHODS[report["chosen"]]
    if len(allowed) == 1:
        said = f"{n} carry only {chosen}"
    else:
        said = f"Of {', '.join(allowed[:-1])} and {allowed[-1]}, which {n} carry, {chosen} has the least log loss"
    return f"{said}.{f' Left out: {rest}.' if rest else ''}"


def prevalence(payload: dict[str, Any]) -> Said:
    """Which estimate of the positive level's share to read, in a sentence; of a stored report."""
    k = payload["positive"]
    level = f"“{payload['levels'][k]['label']}”"
    golden = payload["golden"]["levels"][k] if payload["golden"] else None
    machine = best_prevalence(payload)
    if machine is not None:
        one = machine["levels"][k]["ppi_plus_plus"]
        labels = f"the labels of {machine['machine']} on {machine['n_corpus']:,} more"
        how = f"gold of {several(one['n'], 'item')} and {labels}"
        return Said("good", "Gold and machine", f"{_share(one)} of the corpus is {level}: {how} (PPI++).")
    if golden is None or golden["value"] is None:
        return Said("neutral", "No estimate", "Without gold nobody knows: a machine's count has its errors in it.")
    how = f"gold alone, {several(golden['n'], 'item')}"
    return Said("neutral", "Gold alone", f"{_share(golden)} of the corpus is {level}: {how}.")


def best_prevalence(payload: dict[str, Any]) -> dict[str, Any] | None:
    """The machine whose PPI++ is narrower than gold alone, the narrowest one; None where gold is read alone."""
    k = payload["positive"]
    golden = payload["golden"]["levels"][k] if payload["golden"] else None
    fitting = [
        (one["high"] - one["low"], place, machine)
        for place, machine in enumerate(payload.get("machines", ()))
        for one in [machine["levels"][k]["ppi_plus_plus"]]
        if machine["levels"][k]["recommended"] == "ppi_plus_plus" and one["low"] is not None and not machine["caution"]
    ]
    if not fitting or golden is None:
        return None
    width, _, machine = min(fitting)
    alone = golden["high"] - golden["low"] if golden["low"] is not None else 1.0
    return machine if width < alone else None


def _share(one: dict[str, Any]) -> str:
    interval = f" [{one['low']:.0%}, {one['high']:.0%}]" if one["low"] is not None else ""
    return f"{one['value']:.0%}{interval}".replace("%", "\u202f%")
