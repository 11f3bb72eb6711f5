"""A frozen release of a study, an amendment, and what changed since."""

import pandas as pd
from immunoassay.deliver import release


def test_what_changed_since_a_release_is_listed_old_new_and_why(small_copy):
    name = release.freeze(small_copy.folder, "2025-10").name
    small_copy.edit("config/config.yaml", "report_participants:", f"compare_with: {name}\nreport_participants:")
    jobs = small_copy.jobs()
    assert jobs["what_changed"] and not jobs["collect_results"]
    small_copy.run("results/deliverables/what_changed.tsv")
    assert "Nothing: every reported value" in (small_copy.folder / "results/deliverables/what_changed.md").read_text()
    amendments = small_copy.folder / "config/amendments.tsv"
    header = amendments.read_text(encoding="utf-8").splitlines()[0].split("\t")
    row = dict.fromkeys(header, "") | {
        "amendment": "A80", "what": "exclude_result", "analyte": "tetanus-IgG", "sample_id": "P01-M3",
        "reason": "tube was thawed", "who": "KM", "when": "2025-07-01",
    }  # fmt: skip
    with amendments.open("a", encoding="utf-8") as handle:
        handle.write("\t".join(row[column] for column in header) + "\n")
    target = "results/deliverables/what_changed.tsv"
    jobs = small_copy.jobs(target)
    assert jobs["what_changed"] and jobs["collect_results"] and jobs["describe"] and jobs["write_workbook"]
    compared = [path.relative_to(small_copy.folder) for path in small_copy.folder.glob("results/statistics/*.tsv")]
    small_copy.run(
        "results/study/results.tsv", "results/figures/figure_5b.svg", *compared
    )  # one of the figures is enough
    small_copy.run(target, "--allowed-rules", "what_changed")
    changed = pd.read_csv(small_copy.folder / "results/deliverables/what_changed.tsv", sep="\t", keep_default_na=False)
    results = changed[changed["kind"] == "result"].set_index("column")
    assert set(results["row"]) == {"P01-M3 · tetanus-IgG"}
    assert (results.loc["status", "old"], results.loc["status", "new"]) == ("quantified", "not_reportable")
    assert results.loc["value", "new"] == "" and float(results.loc["value", "old"]) > 0
    summary = changed[(changed["table"] == "visit_summaries") & changed["row"].str.startswith("tetanus-IgG")]
    assert len(summary) and (summary["why"] == "a result it rests on moved").all()
    others = changed[(changed["table"] == "visit_summaries") & ~changed["row"].str.startswith("tetanus-IgG")]
    assert (changed["table"] == "figure_5b").any()
    assert others.empty  # analytes do not know each other (but for p values adjusted over their family)
    assert "| reported results | 1 |" in (small_copy.folder / "results/deliverables/what_changed.md").read_text()
