"""The assays in words: platforms, curves, limits, acceptance and selection, as they were used and no other."""

from collections import Counter

from immunoassay.results import collection
from immunoassay.words.number_words import between
from immunoassay.words.sentences import LIMIT_RULES, percent, several

PLATFORMS = {
    "luminex": "bead-based multiplex immunoassay (Luminex)",
    "msd": "electrochemiluminescence immunoassay (MSD)",
    "elisa": "enzyme-linked immunosorbent assay",
}
MODELS = {
    "4pl": "four-parameter logistic",
    "5pl": "five-parameter logistic",
    "linear": "straight-line",
    "log_log": "log-log",
}
WEIGHTS = {
    "none": "without weights",
    "1/y": "with weights 1/y",
    "1/y2": "with weights 1/y\N{SUPERSCRIPT TWO}",
    "1/y_observed": "with weights 1/y of the observed signals",
    "1/y2_observed": "with weights 1/y\N{SUPERSCRIPT TWO} of the observed signals",
    "1/y2_level_means": "with weights 1/y\N{SUPERSCRIPT TWO} of the mean signals of the levels",
    "power_level_means": "with weights from a power of the mean signals of the levels",
    "two_component": "with a two-component variance function (additive noise and constant coefficient of variation) "
    "estimated from the plates of a batch",
}
LIMITS = {
    "recovery_cv": "the ends of the longest run of neighbouring standards whose back-calculated concentration, "
    "coefficient of variation (CV) and standard error from the curve lay within tolerance",
    "precision_profile": "the ends of the range in which the standard error of the back-calculated concentration of "
    "one well stays within a limit",
    "asymptote_interval": "the ends of the range in which the prediction band of a well lies outside the confidence "
    "intervals of both asymptotes",
    "validated": "the limits validated in advance where the standards of the plate, judged by recovery and CV, reached them, "
    "else those of the plate",
}
DETECTION = {
    "blank_ksd": "the concentration at the mean plus k standard deviations of the plate's own blanks",
    "minimum_detectable": "the minimum detectable concentration (O'Connell, Belanger and Haaland 1993)",
    "reliable_detection": "the reliable detection limit (O'Connell, Belanger and Haaland 1993)",
}
SERIES = 5  # more dilutions than these are a series
VERDICTS = {
    "PASS": "passed",
    "WARN": "passed with a warning",
    "FAIL": "failed",
    "NOT_EVALUABLE": "could not be evaluated",
}
REPLICATES = {
    "mean_of_concentrations": "Replicate wells were combined as the mean of their concentrations if all were "
    "quantified; otherwise the mean signal was back-calculated",
    "mean_of_responses": "The mean signal of replicate wells was back-calculated",
}


def assays(panels: list[dict], analytes: list[dict], counts: dict[str, dict]) -> str:
    """A sentence or two for every panel that was used. Rows of the sheets, and `counts` of counts.panel_counts."""
    return " ".join(_assay(row, analytes, counts[row["panel"]]) for row in panels if row["panel"] in counts)


def _assay(panel, analytes, count):
    labels = [row["label"] for row in analytes if row["analyte"] in count["analytes"]]
    measured = f"{panel['label']} ({several(labels)})" if len(labels) > 1 else panel["label"]
    lots = (
        f", kit {'lot' if len(count['kit_lots']) == 1 else 'lots'} {several(count['kit_lots'])}"
        if count["kit_lots"]
        else ""
    )
    where = f"{_many(count['samples'], 'sample')}, {_many(count['plates'], 'plate')} in "
    where += _many(count["batches"], "batch", "batches")
    if panel["platform"] == "laboratory":
        return f"{measured}: results of {where} were reported by a laboratory, with its limits and flags."
    specimens = several([name.strip() for name in panel["specimen"].split(";") if name.strip()])
    first = f"{measured}: {PLATFORMS[panel['platform']]}{specimens and f' in {specimens}'}; {where}{lots}"
    dilutions = [f"1:{value:.10g}" for value in count["dilutions"]]
    if len(dilutions) > SERIES:
        dilutions = [f"in series from {dilutions[0]} to {dilutions[-1]}"]
    first += f", samples diluted {several(dilutions)}." if dilutions else "."
    if not count["models"]:
        return f"{first} No standard curve could be fitted."
    signal = "background-subtracted signals" if panel["signal"] == "background_subtracted" else "the signals"
    curves = several([f"{MODELS[name]} curves ({fitted})" for name, fitted in count["models"].items()])
    blanks = ", blanks included as zero standard" if panel["blanks_in_fit"] else ""
    return f"{first} {curves[0].upper()}{curves[1:]} were fitted to {signal} {_weights(count)}{blanks}."


def _weights(count):
    exponents = several([f"{value:g}" for value in count["exponents"]])
    words = {
        **WEIGHTS,
        "power": f"with weights 1/y^{exponents}",
        "estimated": f"with a variance exponent estimated from the plates of a batch ({exponents})",
    }
    return several([words[name] for name in count["weights"]])


def limits(counts: dict[str, dict], criteria: dict, config: dict) -> str:
    """How limits of quantification were found and applied."""
    sets: dict[str, set[str]] = {}
    dropped = 0
    for count in counts.values():
        for rule in (*count["limit_rules"], *count["detection_rules"]):
            sets.setdefault(rule, set()).update(name for name, _ in count["criteria_sets"])
        dropped += count["standards_dropped"]
    parts = [
        LIMITS[rule] + _tolerances(rule, [criteria[name] for name in sorted(sets[rule])])
        for rule in LIMITS
        if rule in sets
    ]
    text = [f"The limits of quantification of a plate were {several(parts)}."] if parts else []
    found = [
        DETECTION[rule] + _tolerances(rule, [criteria[name] for name in sorted(sets[rule])])
        for rule in DETECTION
        if rule in sets
    ]
    if found:
        text.append(f"The limit of detection of a plate was {several(found)}; no LLOQ is below it.")
    if "laboratory" in sets:
        text.append("Results reported by a laboratory carry its limits.")
    if "smallest_positive" in sets:
        text.append(
            "Where the laboratory stated no LLOQ, a result of zero or less counts as below the smallest positive result of "
            "its analyte in the delivery."
        )
    if dropped:
        text.append(
            f"{_many(dropped, 'standard level')} out of tolerance {'was' if dropped == 1 else 'were'} dropped and the "
            "curves fitted again (the most deviant first, never two neighbours, every refit recorded)."
        )
    used = sorted({name for count in counts.values() for name, _ in count["criteria_sets"]})
    robust = [name for name in used if criteria[name].get("calibration", {}).get("edit") == "robust"]
    if robust:
        text.append(
            f"Under {several(robust)} no standard is dropped: wells far from the curve weigh less (Huber, Robust "
            "Statistics, 1981)."
        )
    return " ".join([*text, LIMIT_RULES[config["lloq_across_plates"]]])


def _tolerances(rule, sets):
    """The numbers of the criteria sets that a limit rule uses, in brackets."""
    words = []
    for each in sets:
        calibration = each.get("calibration", {})
        if rule == "recovery_cv":
            words.append(
                f"{each['id']}: {calibration['tolerance_percent']} % of nominal and {calibration['cv_percent']} % CV, "
                f"at the ends {calibration['tolerance_percent_ends']} % and {calibration['cv_percent_ends']} %"
            )
        elif rule == "precision_profile":
            words.append(f"{each['id']}: {calibration['cv_percent']} %")
        elif rule == "blank_ksd":
            words.append(f"{each['id']}: k = {each['blank_sd_multiple']}")
    return f" ({'; '.join(words)})" if words else ""


def acceptance(panels: list[dict], counts: dict[str, dict], criteria: dict) -> str:
    """The criteria sets used with their basis, and the verdicts."""
    parts = []
    sets = {each for count in counts.values() for each in count["criteria_sets"]}
    for used in sorted(sets, key=lambda each: versioned(*each)):
        criterion = criteria[used[0]]
        users = [row for row in panels if row["panel"] in counts and used in counts[row["panel"]]["criteria_sets"]]
        required = several([rule.replace("_", " ") for rule in criterion["required"]]) or "nothing"
        text = f"Acceptance of {several([row['label'] for row in users])} followed the criteria set {versioned(*used)}"
        text += f" (basis: {criterion['basis']}), which requires {required}"
        if any(row["platform"] == "luminex" for row in users) and "beads" in criterion:
            text += f"; wells with fewer than {criterion['beads']['exclude_below']} beads were excluded"
        parts.append(f"{text}.")
        unproven = [
            f"{row['label']} ({row['accept_unproven']})"
            for row in users
            if row["accept_unproven"] and counts[row["panel"]]["unproven"]
        ]
        if unproven:
            parts.append(f"Used although required checks could not be evaluated: {several(unproven)}.")
    verdicts: Counter[str] = Counter()
    for count in counts.values():
        verdicts.update(count["verdicts"])
    found = several([f"{verdicts[name]} {say}" for name, say in VERDICTS.items() if name in verdicts])
    parts.append(f"Of {_many(sum(verdicts.values()), 'plate-analyte combination')} {found}." if found else "")
    return " ".join(filter(None, parts))


def versioned(name: str, version: str) -> str:
    """A criteria set with its version, as it is printed."""
    return f"{name} v{version}"


def selection(panels: list[dict], counts: dict[str, dict]) -> str:
    """Replicates, and which attempt of a sample is reported."""
    rules = sorted(
        {row["replicate_rule"] for row in panels if row["panel"] in counts and row["platform"] != "laboratory"}
    )
    repeated = sum(count["repeated"] for count in counts.values())
    text = "; ".join(REPLICATES[rule] for rule in rules)
    again = (
        f"{_many(repeated, 'result')} had more than one attempt; a rule fixed beforehand chose the one to report "
        f"({collection.SELECTION})."
        if repeated
        else "No sample was measured more than once."
    )
    return f"{text}. {again}" if text else again


def censoring_table(panels: list[dict], analytes: list[dict], counts: dict[str, dict]) -> str:
    """Markdown table: results, below LLOQ, above ULOQ and LLOQ range of every analyte, in the order of the sheet."""
    lines = [
        "| analyte | unit | results | below LLOQ | above ULOQ | LLOQ |",
        "|---|---|---:|---:|---:|---|",
    ]
    known = {name: each for count in counts.values() for name, each in count["analytes"].items()}
    for row in analytes:
        if row["analyte"] in known:
            each = known[row["analyte"]]
            span = "not stated"
            for limit in ("lod", "lloq"):
                if each[f"{limit}_min"] is not None:
                    span = f"{'LOD ' if limit == 'lod' else ''}{between(each[f'{limit}_min'], each[f'{limit}_max'])}"
            below = f"{each['below']} ({percent(each['below'], each['results'])})"
            lines.append(
                f"| {row['label']} | {each['unit']} | {each['results']} | {below} | {each['above']} | {span} |"
            )
    return "\n".join(lines)


def _many(count, one, several_of=None):
    return f"{count} {one if count == 1 else several_of or one + 's'}"
