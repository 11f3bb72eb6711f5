"""The assays in words: platforms, curves, limits, acceptance and selection, as they were used and no other."""

from collections import Counter

from immunoassay.words.number_words import between, printed, spelled
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
    "none": "none",
    "1/y": "1/y",
    "1/y2": "1/y\N{SUPERSCRIPT TWO}",
    "1/y_observed": "1/y of the observed signals",
    "1/y2_observed": "1/y\N{SUPERSCRIPT TWO} of the observed signals",
    "1/y2_level_means": "1/y\N{SUPERSCRIPT TWO} of the mean signals of the levels",
    "power_level_means": "a power of the mean signals of the levels",
    "two_component": "two-component variance",
}
WEIGHT_NOTES = {
    "two_component": "The two-component variance function has an additive noise and a constant coefficient of variation and was "
    "estimated from the plates of a batch.",
    "estimated": "Exponents of variance functions were estimated from the plates of a batch.",
}
REQUIRED = {
    "calibration_levels": "the number of standard levels",
    "calibration_fit": "convergence of the standard curve",
    "calibration_recovery": "the back-calculated concentrations of the standards",
    "limits": "both limits of quantification",
    "controls": "the recovery of quality controls",
    "blanks": "blanks below the LLOQ",
    "replicate_cv": "the CV of replicates",
    "replicate_agreement": "the agreement of replicates",
    "dilution_range": "a validated dilution",
    "hook": "the absence of a hook effect",
}
LIMITS = {
    "recovery_cv": "the ends of the longest run of neighbouring standards whose back-calculated concentration, "
    "coefficient of variation (CV) and standard error from the curve lay within tolerance",
    "precision_profile": "the ends of the range in which the standard error of the back-calculated concentration of "
    "one well stayed within a limit",
    "asymptote_interval": "the ends of the range in which the prediction band of a well lay outside the confidence "
    "intervals of both asymptotes",
    "validated": "the limits validated in advance where the standards of the plate, judged by recovery and CV, reached them, "
    "else those of the plate",
}
DETECTION = {
    "blank_ksd": "the concentration at the mean plus k standard deviations of the plate's own blanks",
    "minimum_detectable": "the minimum detectable concentration (O'Connell, Belanger and Haaland 1993)",
    "reliable_detection": "the reliable detection limit (O'Connell, Belanger and Haaland 1993)",
}
AGAIN = "the first quantified result in run order was reported, and without one the first reportable result"
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


HEAD = (
    *(
        "Assay",
        "Analytes",
        "Method",
        "Specimen",
        "Samples",
        "Plates (batches)",
        "Kit lots",
        "Dilution",
        "Standard curve (number)",
    ),
    *("Signal", "Weighting"),
)


def assays(panels: list[dict], analytes: list[dict], counts: dict[str, dict]) -> str:
    """A table with a row for every panel that was used, and what its words need. Rows of the sheets, and `counts` of
    counts.panel_counts."""
    rows = [_assay(row, analytes, counts[row["panel"]]) for row in panels if row["panel"] in counts]
    if not rows:
        return ""
    lines = ["| " + " | ".join(cells) + " |" for cells in (HEAD, *rows)]
    lines.insert(1, "|" + "---|" * len(HEAD))
    used = {name for count in counts.values() for name in count["weights"]}
    notes = [words for name, words in WEIGHT_NOTES.items() if name in used]
    return "\n".join(
        [
            "The assays and their standard curves are listed below.",
            "",
            *lines,
            *(["", " ".join(notes)] if notes else []),
        ]
    )


def _assay(panel, analytes, count):
    """The cells of one row."""
    labels = [row["label"] for row in analytes if row["analyte"] in count["analytes"]]
    plates = f"{count['plates']} ({count['batches']})"
    first = [panel["label"], ", ".join(labels) or "\N{EN DASH}"]
    specimens = several([name.strip() for name in panel["specimen"].split(";") if name.strip()]) or "not stated"
    if panel["platform"] == "laboratory":
        own = ["results, limits and flags of a reference laboratory", specimens, str(count["samples"]), plates]
        return [*first, *own, *["\N{EN DASH}"] * 5]
    dilutions = [f"1:{value:.10g}" for value in count["dilutions"]]
    if len(dilutions) > SERIES:
        dilutions = [f"series from {dilutions[0]} to {dilutions[-1]}"]
    curves = (
        ", ".join(f"{MODELS[name]} ({fitted})" for name, fitted in count["models"].items()) or "none could be fitted"
    )
    signal = "background-subtracted" if panel["signal"] == "background_subtracted" else "as read"
    blanks = "; blanks as zero standard" if panel["blanks_in_fit"] else ""
    return [
        *(*first, PLATFORMS[panel["platform"]], specimens, str(count["samples"]), plates),
        *(
            ", ".join(count["kit_lots"]) or "\N{EN DASH}",
            ", ".join(dilutions) or "\N{EN DASH}",
            curves,
            signal + blanks,
        ),
        _weights(count) if count["models"] else "\N{EN DASH}",
    ]


def _weights(count):
    exponents = ", ".join(f"{value:g}" for value in count["exponents"])
    words = {**WEIGHTS, "power": f"1/y^{exponents}", "estimated": f"1/y^{exponents}, estimated"}
    return ", ".join(words[name] for name in count["weights"])


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
        text.append(f"The limit of detection of a plate was {several(found)}; no LLOQ was below it.")
    if "laboratory" in sets:
        text.append("Limits of results reported by a laboratory were its own.")
    if "smallest_positive" in sets:
        text.append(
            "Where the laboratory stated no LLOQ, a result of zero or less was taken as below the smallest positive result of "
            "its analyte in the delivery."
        )
    if dropped:
        levels = _capital(spelled(dropped, "standard level"))
        text.append(
            f"{levels} that exceeded the tolerance {'was' if dropped == 1 else 'were'} removed and the curves refitted (the most "
            "deviant level first, never two adjacent levels)."
        )
    used = sorted({name for count in counts.values() for name, _ in count["criteria_sets"]})
    robust = [name for name in used if criteria[name].get("calibration", {}).get("edit") == "robust"]
    if robust:
        text.append(
            f"Under {several(robust)} no standard was removed: wells far from the curve were down-weighted (Huber, Robust "
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
        required = several([REQUIRED.get(rule, rule.replace("_", " ")) for rule in criterion["required"]]) or "none"
        text = f"Acceptance of {several([row['label'] for row in users])} followed the criteria set {versioned(*used)}"
        text += f" ({criterion['basis']}); required criteria were {required}"
        if any(row["platform"] == "luminex" for row in users) and "beads" in criterion:
            text += f", and wells with fewer than {criterion['beads']['exclude_below']} beads were excluded"
        parts.append(f"{text}.")
        unproven = [
            f"{row['label']} ({row['accept_unproven']})"
            for row in users
            if row["accept_unproven"] and counts[row["panel"]]["unproven"]
        ]
        if unproven:
            parts.append(
                f"Results were used although required criteria could not be evaluated for {several(unproven)}."
            )
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
        f"When a sample had been assayed more than once ({_many(repeated, 'result')}), {AGAIN} (prespecified)."
        if repeated
        else "No sample was assayed more than once."
    )
    return f"{text}. {again}" if text else again


def censoring_table(panels: list[dict], analytes: list[dict], counts: dict[str, dict]) -> str:
    """Markdown table: results, below LLOQ, above ULOQ and LLOQ range of every analyte, in the order of the sheet."""
    lines = [
        "| Analyte | Unit | Results | Below LLOQ | Above ULOQ | LLOQ |",
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
                f"| {row['label']} | {printed(each['unit'])} | {each['results']} | {below} | {each['above']} | {span} |"
            )
    return "\n".join(lines)


def _capital(text):
    return text[0].upper() + text[1:]


def _many(count, one, several_of=None):
    return f"{count} {one if count == 1 else several_of or one + 's'}"
