"""Names of exports that are no tubes: with their rows in the names sheet a study is the one whose exports name the tubes."""

import pandas as pd
import pytest

from .cases import ACHR, CYT, LAYOUT, VAC, study_runs

ROW = ("scope", "name", "role", "sample_id", "level", "dilution", "seen")


def write_names(folder, *rows):
    """A names sheet; each row (scope, name) and other cells by column."""
    whole = [
        ROW,
        *([{"scope": scope, "name": name, **more}.get(column, "") for column in ROW] for scope, name, more in rows),
    ]
    (folder / "config/names.tsv").write_text(study_runs.text_of(whole, "\t"), encoding="utf-8")


def tube(scope, name, sample, **more):
    return scope, name, {"sample_id": sample, **more}


def tubes_of(folder, file):
    """The samples of the sheet that an export names, in the order of the sheet."""
    text = (folder / file).read_text(encoding="utf-8")
    return [row[0] for row in folder.rows("samples")[1:] if row[0] in text]


def rename(folder, file, meant):
    """An export that writes other names: `meant` {sample: name}."""
    text = (folder / file).read_text(encoding="utf-8")
    for sample, name in sorted(meant.items(), reverse=True):
        assert sample in text
        text = text.replace(sample, name)
    (folder / file).write_text(text, encoding="utf-8")


def same_but(found, expected, *columns):
    columns = [name for name in expected.columns if name not in ("file_sha256", *columns)]
    pd.testing.assert_frame_equal(found[columns], expected[columns])


def test_generic_names_of_two_kits_and_a_delivery_mean_their_own_tubes(folder, sound):
    plate, delivery = tubes_of(folder, CYT), tubes_of(folder, ACHR)
    on_plate = {sample: f"Sample {at}" for at, sample in enumerate(plate, 1)}
    delivered = {sample: f"Sample {at}" for at, sample in enumerate(reversed(delivery), 1)}
    rename(folder, CYT, on_plate)
    rename(folder, ACHR, delivered)
    folder.edit(ACHR, "Sample 1,", "  Sample 1 ,", 99)  # spaces around a name do not count
    rows = [tube("2025-06-cytokines", name, sample) for sample, name in on_plate.items()]
    lab = next(row[0] for row in folder.rows("plates") if row[3] == ACHR)
    write_names(folder, *rows, *(tube(lab, name, sample) for sample, name in delivered.items()))
    run = study_runs.run(folder.path)
    assert not run.stopped
    codes = {each.code for each in run.problems} - {"E-FILE-010"}  # of the checksum in the export
    assert codes == {each.code for each in sound[1].problems}
    same_but(run.tables["results"], sound[1].tables["results"])
    same_but(run.tables["observations"], sound[1].tables["observations"])
    ledger = run.tables["ledger"].set_index(["plate", "sample_written"])["names_scope"]
    assert set(ledger["CYT-03", "Sample 2"]) == {"2025-06-cytokines"} and set(ledger[[(lab, "Sample 2")]]) == {lab}
    for name, scope in (("wells", "2025-06-cytokines"), ("delivered", lab)):
        made, expected = run.tables[name], sound[1].tables[name]
        hit = made["names_scope"] == scope
        assert hit.sum() > 10 and made.loc[hit, "sample_written"].str.strip().str.fullmatch(r"Sample \d+").all()
        assert expected["names_scope"].isna().all()
        same_but(made, expected, "names_scope", "sample_written")


def test_dilutions_and_roles_of_names_go_before_the_export_and_other_peoples_wells_are_counted(folder, sound):
    mine, others = "SPL1:2", "Müller lab 1/100"
    gone, kept = tubes_of(folder, CYT)[:2]
    rename(folder, CYT, {gone: others, kept: mine})
    write_names(folder, ("CYT-03", others, {"role": "ignore"}), tube("CYT-03", mine, kept, dilution="40"))
    run = study_runs.run(folder.path)
    assert not run.stopped
    wells, before = run.tables["wells"], sound[1].tables["wells"]
    ignored = wells[wells["sample_written"] == others]
    assert len(ignored) == (before["sample_id"][before["plate"] == "CYT-03"] == gone).sum()
    assert set(ignored["role"]) == {"ignore"} and set(ignored["disposition"]) == {"ignored"}
    assert ignored["sample_id"].isna().all() and not run.messages("E-ID-049")
    ledger = run.tables["ledger"]
    assert (ledger["disposition"] == "ignored").sum() == len(ignored) and len(ledger) == len(sound[1].tables["ledger"])
    diluted = wells[wells["sample_written"] == mine]
    assert set(diluted["sample_id"]) == {kept} and set(diluted["dilution"]) == {40.0}
    (told,) = run.messages("W-NAM-005")
    assert f"names and export state different dilutions of 1 name: {mine} – what the names sheet says is used" in told


def test_a_layout_states_role_and_dilution_and_the_names_sheet_the_sample(folder, sound):
    text = (folder / LAYOUT).read_text(encoding="utf-8")
    (folder / LAYOUT).write_text(text.replace("P05-R-D1@100", "Pat. 5 before@100"), encoding="utf-8")
    write_names(folder, tube("*", "Pat. 5 before", "P05-R-D1", dilution="7"), tube("SBCMA-03", "S1", "P06-R-M2"))
    run = study_runs.run(folder.path)
    assert not run.stopped
    same_but(run.tables["results"], sound[1].tables["results"])
    (told,) = run.messages("W-NAM-005")
    assert told.startswith(f"W-NAM-005 {LAYOUT}: names and layout state different dilutions of 1 name: ")
    (unused,) = run.messages("W-NAM-004")  # a standard of a layout bears no name of the export
    assert 'names that are not on SBCMA-03, 1 of 1: "S1" – ' in unused


def test_an_amendment_goes_before_names(folder):
    sample, other = tubes_of(folder, CYT)[:2]
    rename(folder, CYT, {sample: "7"})
    write_names(folder, tube("CYT-03", "7", other))
    folder.add("amendments", amendment="A90", what="sample_id", plate="CYT-03", **{"from": "7"}, to=sample,
               reason="the box map says so", who="KM", when="2025-07-01")  # fmt: skip
    wells = study_runs.run(folder.path, judge=False)
    assert not wells.stopped
    run = study_runs.run(folder.path)
    rows = run.tables["wells"]
    assert set(rows.loc[rows["sample_written"] == "7", "sample_id"]) == {sample}


@pytest.mark.parametrize(
    ("rows", "code", "level", "words", "at"),
    [
        ([tube("CYT-3", "x", "P05-R-D1")], "E-NAM-002", "STOP", '"CYT-3" is no plate and no batch', ("2", "scope")),
        ([tube("cyt-03", "x", ""), tube("cyt-03", "y", "")], "E-NAM-002", "STOP",
         '"cyt-03" (in 2 rows) is no plate and no batch (did you mean CYT-03?)', ("2", "scope")),
        ([tube("*", "x", "P05-R-D1"), tube("*", "y", "P05-r-D1")], "E-NAM-001", "STOP",
         '"P05-r-D1" is not in the samples sheet (did you mean P05-R-D1?)', ("3", "sample_id")),
        ([tube("*", "x", "P55-R-D1")], "E-NAM-001", "STOP", '"P55-R-D1" is not in the samples sheet – ',
         ("2", "sample_id")),
        ([("*", "x", {"role": "control"})], "E-NAM-003", "STOP", 'control "x" without a level', ("2", "level")),
        ([("*", "x", {"level": "QC1"})], "E-NAM-003", "STOP", "role sample with the level QC1", ("2", "level")),
        ([tube("*", "x", "P05-R-D1", role="ignore")], "E-NAM-003", "STOP", 'role ignore with the sample "P05-R-D1"',
         ("2", "sample_id")),
        ([tube("*", "x", "P05-R-D1"), tube("*", " x", "P06-R-M2")], "E-ID-040", "STOP",
         "*, x appears already in row 2 (with another sample_id)", ("3", "name")),
        ([tube("*", "x", "P05-R-D1", dilution="1:40")], "E-VAL-082", "STOP", "write 40", ("2", "dilution")),
        ([tube("*", "x", "P05-R-D1", role="unknown")], "E-VAL-002", "STOP", "known are sample, standard", ("2", "role")),
        ([tube("CYT-03", "QC 1", "")], "W-NAM-004", "FLAG", 'names that are not on CYT-03, 1 of 1: "QC 1" (did you mean QC1?)',
         ("2", "name")),
        ([tube("*", "p05-r-d1", "P05-R-D1"), tube("*", "nobody", "")], "W-NAM-004", "FLAG",
         'names that are not on any plate, 2 of 2: "p05-r-d1" (did you mean P05-R-D1?), "nobody" – ', ("2", "name")),
    ],
)  # fmt: skip
def test_what_a_row_of_the_names_sheet_cannot_mean_is_said_by_its_cell(folder, rows, code, level, words, at):
    write_names(folder, *rows)
    run = study_runs.run(folder.path, judge=False)
    (found,) = [each for each in run.problems if each.code.startswith("E-NAM") or each.code == code]
    assert (found.code, found.level, found.file, (found.row, found.column)) == (code, level, "config/names.tsv", at)
    assert words in found.message and run.stopped == (level == "STOP")


def test_a_scope_must_be_a_plate_or_a_batch_of_several_not_both(folder):
    folder.cell("plates", 4, "plate", "2025-06-cytokines")
    write_names(folder, tube("2025-06-cytokines", "x", "P05-R-D1"))
    found = study_runs.run(folder.path, judge=False).messages("E-NAM-002")
    assert found == [each for each in found if "is a plate, and a batch of other plates" in each] and len(found) == 1


def test_names_without_a_sample_are_one_line_per_plate_and_the_remedy_works(folder):
    own = tubes_of(folder, CYT)
    rename(folder, CYT, {sample: f"SPL{at}" for at, sample in enumerate(own, 1)})
    run = study_runs.run(folder.path, judge=False)
    (found,) = run.messages("E-ID-049")
    assert f'{len(own)} names on plate CYT-03 are in neither samples nor names: "SPL1", "SPL2", ' in found
    assert f" and {len(own) - 5} more – " in found and "say in config/names.tsv what each means" in found
    write_names(folder, *(tube("CYT-03", f"SPL{at}", sample) for at, sample in enumerate(own, 1)))
    assert not study_runs.run(folder.path, judge=False).messages("E-ID-049")


def test_a_sample_of_the_same_plate_or_of_another_number_is_never_proposed(folder):
    own = tubes_of(folder, CYT)
    rename(folder, CYT, {own[0]: own[1].lower(), own[2]: own[2].replace("P0", "P3")})
    (found,) = study_runs.run(folder.path, judge=False).messages("E-ID-049")
    assert "did you mean" not in found


def test_a_plate_that_cannot_be_read_tells_of_no_names(folder):
    (folder / VAC).write_bytes(b"")
    write_names(folder, tube("VAC-03", "x", "P05-R-D1"), tube("*", "y", "P05-R-D1"))
    assert not study_runs.run(folder.path, judge=False).messages("W-NAM-004")


def test_an_amendment_takes_back_a_well_that_names_ignore_and_may_not_merge_two_tubes(folder):
    sample, other = tubes_of(folder, CYT)[:2]
    rename(folder, CYT, {sample: "x", other: "y"})
    write_names(folder, ("CYT-03", "x", {"role": "ignore"}), tube("*", "y", other))
    amendment = {
        "amendment": "A90",
        "what": "sample_id",
        "plate": "CYT-03",
        "from": "x",
        "reason": "the box map says so",
    }
    folder.add("amendments", **amendment, to=sample, who="KM", when="2025-07-01")
    run = study_runs.run(folder.path, judge=False)
    assert not run.stopped and not run.messages("W-ID-050")
    folder.edit("config/amendments.tsv", f"x\t{sample}", f"x\t{other}")
    (told,) = study_runs.run(folder.path, judge=False).messages("E-AMD-123")
    assert f"{other} is on CYT-03 already" in told


def test_one_tube_under_two_names_of_a_plate_is_said(folder):
    own = tubes_of(folder, CYT)
    rename(folder, CYT, {own[0]: "x 1", own[1]: "x 2"})
    write_names(folder, tube("*", "x 1", own[2]), tube("CYT-03", "x 2", own[3]))
    run = study_runs.run(folder.path, judge=False)
    (told,) = run.messages("W-NAM-006")
    assert f"2 samples have several names here: {own[2]} (x 1, {own[2]}), {own[3]} (x 2, {own[3]})" in told
    assert not run.stopped
