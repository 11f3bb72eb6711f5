"""Mistakes people make in the sheets that `new` and `add` drafted: the lines they read then, and what they do.

`SHEETS` are mistakes in text sheets, layouts and config, `WORKBOOK` those in one workbook of all sheets.
"""

from datetime import datetime

from .drafted_cases import (
    LAYOUT,
    Mistake,
    add_row,
    amendment,
    as_suggested,
    book,
    called,
    cell,
    changed,
    cleared,
    config,
    delete,
    deleted,
    do,
    edit,
    entered,
    filtered,
    key,
    merged,
    panels_again,
    pasted,
    place,
    scales_again,
    semicolons,
    set_title,
    shifted,
    shown,
    swapped,
    titled,
    type_in,
    unmerged,
    well,
    windows_letters,
    without,
    write,
)

TITLE = "study:\n  title: Two kits\n"
SIGNED = {"what": "exclude_well", "plate": "CYTO", "well": "E03", "reason": "a bubble in the well", "amendment": "A01"}

SHEETS = [
    Mistake("kit misspelt on a plate", cell("plates", 3, "panel", "cyot"), as_suggested,
            'STOP E-REF-001 config/plates.tsv › row 3 › panel: "cyot" is not in the panels sheet (did you mean cyto?) – '
            "the row cannot be used – correct the spelling, or add it to config/panels.tsv."),
    Mistake("kit misspelt at an analyte", cell("analytes", 3, "panel", "cyot"), as_suggested,
            'STOP E-REF-001 config/analytes.tsv › row 3 › panel: "cyot" is not in the panels sheet (did you mean cyto?) '
            "– the row cannot be used – correct the spelling, or add it to config/panels.tsv."),
    Mistake("plate renamed in one sheet", cell("plates", 3, "plate", "CYTO-1"),
            do(lambda folder: folder.edit("config/names.tsv", "CYTO\t", "CYTO-1\t", 99)),
            'STOP E-NAM-002 config/names.tsv › row 10 › scope: "CYTO" (in 8 rows) is no plate and no batch – the names '
            "would mean nothing – write a plate (BAFF, CYTO-1, IGX) or a batch (first) of config/plates.tsv, or * for "
            "all."),
    Mistake("row of a plate deleted", deleted("plates", 3),
            add_row("plates", "CYTO", "first", "cyto", "raw/first/CYTO.csv", "", "2024-05-23", "A7"),
            'STOP E-NAM-002 config/names.tsv › row 10 › scope: "CYTO" (in 8 rows) is no plate and no batch – the names '
            "would mean nothing – write a plate (BAFF, IGX) or a batch (first) of config/plates.tsv, or * for all."),
    Mistake("scope of a name misspelt", cell("names", 10, "scope", "frist"), write("CYTO"),
            'STOP E-NAM-002 config/names.tsv › row 10 › scope: "frist" is no plate and no batch (did you mean first?) – '
            "the names would mean nothing – write a plate (BAFF, CYTO, IGX) or a batch (first) of config/plates.tsv, or "
            "* for all."),
    Mistake("kit as scope of a name", cell("names", 10, "scope", "cyto"), as_suggested,
            'STOP E-NAM-002 config/names.tsv › row 10 › scope: "cyto" is no plate and no batch (did you mean CYTO?) – '
            "the names would mean nothing – write a plate (BAFF, CYTO, IGX) or a batch (first) of config/plates.tsv, or "
            "* for all."),
    Mistake("sample of a name mistyped", cell("names", 10, "sample_id", "FZ142"), write("FZ124"),
            'STOP E-NAM-001 config/names.tsv › row 10 › sample_id: "FZ142" is not in the samples sheet – its participant '
            "and visit are not known – correct the name (config/drafted.tsv says where the row comes from), or add it to "
            "config/samples.tsv."),
    Mistake("name written otherwise", cell("names", 10, "name", "Unkown1"),
            lambda folder, told: as_suggested(folder, [each for each in told if each.column == "name"]),
            "EXCLUDE E-ID-049 raw/first/CYTO.csv › row 31 › sample_id: a name on plate CYTO is in neither samples nor "
            'names: "Unknown1" – its participant and visit are not known – say in config/names.tsv what each means (a '
            "sample, a control, ignore), or add it to config/samples.tsv.\n"
            'FLAG W-NAM-004 config/names.tsv › row 10 › name: names that are not on CYTO, 1 of 8: "Unkown1" (did you '
            "mean Unknown1?) – their rows say what no well holds – write them as the export does, with the same letters "
            "and spaces."),
    Mistake("row of a name deleted", deleted("names", 10),
            add_row("names", "CYTO", "Unknown1", "sample", "FZ124"),
            "EXCLUDE E-ID-049 raw/first/CYTO.csv › row 31 › sample_id: a name on plate CYTO is in neither samples nor "
            'names: "Unknown1" – its participant and visit are not known – say in config/names.tsv what each means (a '
            "sample, a control, ignore), or add it to config/samples.tsv."),
    Mistake("one tube under two names", cell("names", 11, "sample_id", "FZ124"),
            do(cell("names", 11, "sample_id", "FZ155")),
            "FLAG W-NAM-006 raw/first/CYTO.csv › sample_id: 1 sample has several names here: FZ124 (Unknown1, Unknown2) "
            "– the wells of all of them count as replicates of one tube – nothing, if they are; else correct the names "
            "sheet.\n"
            "FLAG W-WELL-066 raw/first/CYTO.csv: nearly all samples are in 2 wells, but FZ124 at 1:2 in 4 – a well was "
            "perhaps given to another sample – nothing if it was meant; else correct the layout, or amend the name."),
    Mistake("role misspelt", cell("names", 10, "role", "sampel"), as_suggested,
            'STOP E-VAL-002 config/names.tsv › row 10 › role: "sampel" (did you mean sample?) – known are sample, '
            "standard, control, blank, ignore – write one of them."),
    Mistake("tube mistyped in the samples", cell("samples", 3, "sample_id", "FZ 155"), write("FZ155"),
            'STOP E-ID-047 config/samples.tsv › row 3 › sample_id: "FZ 155" – it does not fit the form of sample_id, '
            "such as P01-D1 – use only letters, digits, _, ., -; it begins with a letter or digit."),
    Mistake("visits in the wrong order", swapped("visits", "order"), do(swapped("visits", "order")),
            "STOP E-VIS-105 config/visits.tsv › row 3 › order: Week-4 has order 1 on day 29, Baseline has order 2 on day "
            "1 (row 2) – order and day contradict each other – correct the order or the day."),
    Mistake("two baselines", cell("visits", 3, "baseline", "yes"), do(cell("visits", 3, "baseline", "no")),
            "STOP E-VIS-104 config/visits.tsv › baseline: 2 baseline visits (Baseline in row 2, Week-4 in row 3) – "
            "change from baseline needs exactly one – write yes in one row, no in the others."),
    Mistake("no baseline", cell("visits", 2, "baseline", "no"), do(cell("visits", 2, "baseline", "yes")),
            "STOP E-VIS-104 config/visits.tsv › baseline: 0 baseline visits – change from baseline needs exactly one – "
            "write yes in one row, no in the others."),
    Mistake("baseline at the last visit", swapped("visits", "baseline"), do(swapped("visits", "baseline")),
            "FLAG W-VIS-106 config/visits.tsv › row 3 › baseline: the baseline visit Week-4 is on day 29, Baseline is on "
            "day 1 – changes would be counted from a visit after day 1, with others before it – nothing, if that is the "
            "design; else write yes at the right visit."),
    Mistake("day in words", cell("visits", 3, "day", "4 weeks"), write("29"),
            'STOP E-VAL-082 config/visits.tsv › row 3 › day: "4 weeks" is not a number – it could be misread – write a '
            "whole number in digits."),
    Mistake("visit as it was written", cell("samples", 3, "visit", "Week 4"), as_suggested,
            'STOP E-REF-006 config/samples.tsv › row 3 › visit: "Week 4" is not in the visits sheet (did you mean '
            "Week-4?) – the row cannot be used – correct the spelling, or add it to config/visits.tsv."),
    Mistake("visit renamed in one sheet", cell("visits", 3, "visit", "W4"),
            do(lambda folder: [folder.edit(f"config/{sheet}.tsv", "Week-4", "W4", 99) for sheet in ("samples", "scores")]),
            'STOP E-REF-006 config/samples.tsv › row 3 › visit: "Week-4" (in 4 rows) is not in the visits sheet (there '
            "are Baseline, W4) – the rows cannot be used – correct the spelling, or add it to config/visits.tsv.\n"
            'STOP E-REF-006 config/scores.tsv › row 3 › visit: "Week-4" (in 4 rows) is not in the visits sheet (there '
            "are Baseline, W4) – the rows cannot be used – correct the spelling, or add it to config/visits.tsv."),
    Mistake("visit that became a date", cell("visits", 3, "visit", "04-Mar"), write("Week-4"),
            'STOP E-ID-044 config/visits.tsv › row 3 › visit: "04-Mar" has the form of a date – spreadsheets change '
            "names such as MAR1 or SEPT2 into dates – format the column as text and type the name again."),
    Mistake("decimal comma", cell("materials", 5, "expected", "1333,33"), write("1333.33"),
            'STOP E-VAL-081 config/materials.tsv › row 5 › expected: "1333,33" is not a number (decimal comma?) – it '
            "could be misread – write 1333.33."),
    Mistake("sheet saved with semicolons and commas", semicolons,
            do(edit("config/materials.tsv", ",", ".", 999)),
            'STOP E-FILE-014 config/materials.tsv › row 5 › expected: "1333,33" in a sheet separated by semicolons (in '
            "22 cells) – it was saved with decimal commas – save it with decimal points, as TSV or as .xlsx."),
    Mistake("letters of Windows", windows_letters,
            do(lambda folder: (folder / "config/panels.tsv").write_text(
                (folder / "config/panels.tsv").read_bytes().decode("cp1252"), encoding="utf-8")),
            'STOP E-FILE-012 config/panels.tsv › row 3: byte 0xB5 is not UTF-8 (in Windows-1252 it is "µ") – a letter '
            "such as µ would be misread – save the sheet as UTF-8."),
    Mistake("date day first", cell("plates", 3, "run_date", "23.05.2024"), write("2024-05-23"),
            'STOP E-DATE-100 config/plates.tsv › row 3 › run_date: "23.05.2024" is not a date of the form 2025-03-31 – '
            "day and month, or the century, could be confused – write year-month-day."),
    Mistake("date as the number of a spreadsheet", cell("samples", 3, "collection_date", "45387"), write("2024-04-05"),
            'STOP E-DATE-100 config/samples.tsv › row 3 › collection_date: "45387" is not a date of the form 2025-03-31 '
            "– it is the number a spreadsheet keeps for 2024-04-05 – write year-month-day."),
    Mistake("unit changed at one standard", cell("materials", 2, "unit", "ng/mL"), write("pg/mL"),
            "STOP E-UNIT-088 config/materials.tsv › row 2 › unit: ng/mL for IFN-g, whose standards are in pg/mL (1 ng/mL "
            "would be 1000 pg/mL) – every concentration would be wrong by the factor between them – state the "
            "concentrations in pg/mL, or correct unit in config/analytes.tsv."),
    Mistake("unit changed at an analyte", cell("analytes", 3, "unit", "ng/mL"), do(cell("analytes", 3, "unit", "pg/mL")),
            "STOP E-UNIT-088 config/materials.tsv › row 2 › unit: pg/mL (in 9 rows) for IFN-g, whose standards are in "
            "ng/mL (1 pg/mL would be 0.001 ng/mL) – every concentration would be wrong by the factor between them – "
            "state the concentrations in ng/mL, or correct unit in config/analytes.tsv."),
    Mistake("unit misspelt", cell("analytes", 3, "unit", "pgml"), as_suggested,
            'STOP E-UNIT-001 config/analytes.tsv › row 3 › unit: unit "pgml" is not known (did you mean pg/mL?) – a '
            "guess could be wrong by a factor of 1000 – use a unit of resources/units.tsv."),
    Mistake("concentration ten times too high", cell("materials", 8, "expected", "4444.44"), write("444.444"),
            "STOP E-WELL-067 config/materials.tsv › row 8 › expected: IFN-g S3 is 4444.44, S2 is 1333.33 (row 5) – the "
            "standards of a series must fall from level to level – compare both with the certificate of the lot."),
    Mistake("level of one analyte deleted", deleted("materials", 9),
            add_row("materials", "cyto", "A7", "standard", "S3", "IL-6", "222.222", "pg/mL"),
            "FLAG W-LOT-074 config/materials.tsv › row 3 › level: standard S3 of cyto lot A7 is not listed for IL-6 – "
            "most other analytes have it; what the export states counts – add the row of IL-6, if the kit has it."),
    Mistake("level misspelt", cell("materials", 8, "level", "Std3"), do(cell("materials", 8, "level", "S3")),
            "FLAG W-ACC-010 raw/first/CYTO.csv: no well of standard Std3 of lot A7 on plate CYTO – the materials sheet "
            "lists it – nothing if it was left out on purpose; else correct the layout, or the level in the materials "
            "sheet.\n"
            "FLAG W-LOT-074 config/materials.tsv › row 2 › level: standard S3 of cyto lot A7 is not listed for IFN-g – "
            "most other analytes have it; what the export states counts – add the row of IFN-g, if the kit has it."),
    Mistake("analyte misspelt at a standard", cell("materials", 2, "analyte", "IFN-y"), as_suggested,
            'STOP E-REF-002 config/materials.tsv › row 2 › analyte: "IFN-y" is not in the analytes sheet (did you mean '
            "IFN-g?) – the row cannot be used – correct the spelling, add it to config/analytes.tsv, or write * for "
            "every analyte of the kit."),
    Mistake("lot changed at a plate", cell("plates", 3, "kit_lot", "A8"), write("A7"),
            'FLAG E-LOT-071 config/plates.tsv › row 3 › kit_lot: lot "A8" of cyto (plate CYTO) is not in the materials '
            "sheet – what the export itself states of its standards and controls is used – compare them with the "
            "certificate, or add the lot to config/materials.tsv."),
    Mistake("lot spelled otherwise", cell("plates", 3, "kit_lot", "A07"), write("A7"),
            'STOP E-ID-041 config/plates.tsv › row 3 › kit_lot: "A07" and "A7" of config/materials.tsv differ only in '
            "case, dashes or zeros – they are probably the same – use one spelling, or two names that differ."),
    Mistake("lot emptied", cell("plates", 3, "kit_lot", ""), write("A7"),
            "STOP E-LOT-071 config/plates.tsv › row 3 › kit_lot: CYTO names no lot of cyto – its standards are not known "
            "– fill kit_lot, or add rows without a lot to the materials sheet."),
    Mistake("lot changed at a standard", cell("materials", 2, "kit_lot", "A8"), do(cell("materials", 2, "kit_lot", "A7")),
            "FLAG W-LOT-074 config/materials.tsv › row 5 › level: standard S1 of cyto lot A7 is not listed for IFN-g – "
            "most other analytes have it; what the export states counts – add the row of IFN-g, if the kit has it."),
    Mistake("participant deleted", deleted("participants", 3), add_row("participants", "K02", "patient"),
            'STOP E-ID-051 config/samples.tsv › row 4 › participant: "K02" (in 2 rows) is not in the participants sheet '
            "(there are K01, K03, K04) – the rows cannot be used – correct the spelling, or add it to "
            "config/participants.tsv.\n"
            'STOP E-ID-051 config/scores.tsv › row 4 › participant: "K02" (in 2 rows) is not in the participants sheet '
            "(there are K01, K03, K04) – the rows cannot be used – correct the spelling, or add it to "
            "config/participants.tsv."),
    Mistake("participant with a letter for a digit", cell("samples", 3, "participant", "KO1"), as_suggested,
            'STOP E-ID-051 config/samples.tsv › row 3 › participant: "KO1" is not in the participants sheet (did you '
            "mean K01?) – the row cannot be used – correct the spelling, or add it to config/participants.tsv."),
    Mistake("name of a person", cell("participants", 3, "participant", "Anna Schmidt"), write("K02"),
            "STOP E-ID-053 config/participants.tsv › row 3 › participant: the text looks like a name – names, birth "
            "dates and record numbers must not enter the study – use the study code, or delete the remark."),
    Mistake("group misspelt", cell("participants", 3, "group", "pateint"), write("patient"),
            'FLAG W-ID-061 config/participants.tsv › row 3 › group: "pateint" (1 row) is one letter apart from "patient" '
            "(2) – what selects by one leaves out the other – correct the spelling, if they are the same."),
    Mistake("group of an analyte misspelt", cell("analytes", 3, "group", "cytokin"), write("cytokine"),
            'FLAG W-ID-061 config/analytes.tsv › row 3 › group: "cytokin" (1 row) is one letter apart from "cytokine" '
            "(2) – what selects by one leaves out the other – correct the spelling, if they are the same."),
    Mistake("score off its step", cell("scores", 3, "Pain", "2.3"), write("2.5"),
            "STOP E-VAL-086 config/scores.tsv › row 3 › Pain: 2.3 is no step of the scale – scores are 0 and steps of "
            "0.5 above it – correct the score, or the step."),
    Mistake("score out of range", cell("scores", 3, "Pain", "25"), write("2.5"),
            "STOP E-VAL-084 config/scores.tsv › row 3 › Pain: 25 is out of range – it must lie between 0 and 10 – "
            "correct the value."),
    Mistake("score of somebody unknown", cell("scores", 3, "participant", "K05"), write("K01"),
            'STOP E-ID-051 config/scores.tsv › row 3 › participant: "K05" is not in the participants sheet (there are '
            "K01, K02, K03, K04) – the row cannot be used – correct the spelling, or add it to config/participants.tsv."),
    Mistake("direction of a scale missing", cell("scales", 2, "worse", ""), write("higher"),
            "STOP E-ID-048 config/scales.tsv › row 2 › worse: the cell is empty – this column is required – write higher "
            "or lower."),
    Mistake("direction of a scale misspelt", cell("scales", 2, "worse", "high"), as_suggested,
            'STOP E-VAL-002 config/scales.tsv › row 2 › worse: "high" (did you mean higher?) – known are higher, lower – '
            "write one of them."),
    Mistake("scale renamed in one sheet", cell("scales", 2, "scale", "VAS"), do(called("scores", "Pain", "VAS")),
            'STOP E-XLS-030 config/scores.tsv › Pain: unknown column "Pain" – it would be ignored – rename or delete the '
            "column, or add it to the scales sheet.\n"
            "STOP E-SCR-110 config/scores.tsv › row 1: no column of a known scale holds a value – known scales are MGC, "
            "MG-ADL, QMG, MG-QoL15r, VAS – name the columns as the scales, or add theirs to config/scales.tsv."),
    Mistake("limits of a scale exchanged", lambda folder: [cell("scales", 2, *each)(folder) for each in
            (("minimum", "10"), ("maximum", "0"))], lambda folder, told: [cell("scales", 2, *each)(folder) for each in
            (("minimum", "0"), ("maximum", "10"))],
            "STOP E-VAL-085 config/scales.tsv › row 2 › minimum: the minimum 10 is not below the maximum 0 – no score "
            "would be possible – correct one of the two."),
    Mistake("row pasted twice", pasted("samples", 3), delete,
            "STOP E-ID-040 config/samples.tsv › row 10 › sample_id: FZ155 appears already in row 3 (all cells are the "
            "same) – a row must be named once – delete or rename one of the two."),
    Mistake("column deleted", without("plates", "panel"), do(changed("plates", lambda rows: [
            [*row, panel] for row, panel in zip(rows, ("panel", "baff", "cyto", "igx"), strict=True)])),
            'STOP E-XLS-030 config/plates.tsv › panel: column "panel" is missing – the sheet cannot be read without it – '
            "add the column."),
    Mistake("column misspelt", called("plates", "run_date", "rundate"), do(called("plates", "rundate", "run_date")),
            'STOP E-XLS-030 config/plates.tsv › rundate: unknown column "rundate" (did you mean run_date?) – it would be '
            "ignored – rename or delete the column."),
    Mistake("row of sums", lambda folder: folder.add("samples", sample_id="Total", participant="8"), delete,
            'STOP E-XLS-032 config/samples.tsv › row 10: "Total" looks like a total or a footnote – it is no row of the '
            "table – delete the row, or fill its cells."),
    Mistake("criteria misspelt", cell("panels", 3, "criteria_set", "multiplex_explorotory"), as_suggested,
            'STOP E-REF-004 config/panels.tsv › row 3 › criteria_set: "multiplex_explorotory" is no criteria set (did '
            "you mean multiplex_exploratory?) – the plates cannot be judged – use one of as_reported_by_vendor, "
            "ich_m10_lba, multiplex_exploratory, reported_by_laboratory."),
    Mistake("platform with a capital", cell("panels", 3, "platform", "Luminex"), as_suggested,
            'STOP E-VAL-002 config/panels.tsv › row 3 › platform: "Luminex" (did you mean luminex?) – known are luminex, '
            "msd, elisa, laboratory – write one of them."),
    Mistake("use in another language", cell("analytes", 5, "use", "nein"), write("yes"),
            'STOP E-VAL-001 config/analytes.tsv › row 5 › use: "nein" – only yes or no is understood – write yes or no.'),
    Mistake("name in the export changed", cell("analytes", 4, "names_in_export", "IL6"),
            do(cell("analytes", 4, "names_in_export", "IL-6")),
            'STOP E-ID-086 raw/first/CYTO.csv › IL-6: analyte "IL-6" is not in panel cyto (did you mean IL6?) – its '
            "values would be lost – add it to names_in_export of an analyte in the analytes sheet, or as an analyte "
            "(use: no where nobody wants it).\n"
            "QUARANTINE E-CMP-005 raw/first/CYTO.csv › IL-6: analyte IL-6 of panel cyto has no well in the export – its "
            "results are missing here – export again, correct names_in_export, or write subset into analytes of the "
            "plates sheet."),
    Mistake("another reference wavelength", cell("analytes", 2, "names_in_export", "450-620"),
            do(cell("analytes", 2, "names_in_export", "450-570")),
            'STOP E-ID-086 raw/first/BAFF.txt › 450: analyte "450" is not in panel baff – its values would be lost – add '
            "it to names_in_export of an analyte in the analytes sheet; 450-570 there subtracts a reference, or as an "
            "analyte (use: no where nobody wants it).\n"
            'STOP E-ID-086 raw/first/BAFF.txt › 570: analyte "570" is not in panel baff – its values would be lost – add '
            "it to names_in_export of an analyte in the analytes sheet; 450-570 there subtracts a reference, or as an "
            "analyte (use: no where nobody wants it).\n"
            "QUARANTINE E-CMP-005 raw/first/BAFF.txt › BAFF: analyte BAFF of panel baff has no well in the export – its "
            "results are missing here – export again, correct names_in_export, or write subset into analytes of the "
            "plates sheet."),
    Mistake("file misspelt", cell("plates", 3, "file", "raw/first/cyto.csv"), as_suggested,
            'STOP E-FILE-001 config/plates.tsv › row 3 › file: no such file "raw/first/cyto.csv" (did you mean '
            "raw/first/CYTO.csv?) – the plate would silently be missing – correct the path, or add the file."),
    Mistake("path as Windows writes it", cell("plates", 3, "file", "raw\\first\\CYTO.csv"),
            lambda folder, told: write(told[0].fix.removeprefix("write "))(folder, told),
            'STOP E-FILE-016 config/plates.tsv › row 3 › file: "raw\\first\\CYTO.csv" has backslashes – other systems know '
            "no such path – write raw/first/CYTO.csv."),
    Mistake("key of the config misspelt", config(TITLE + "primary_vist: Week-4\n"), key("primary_visit"),
            "STOP E-CFG-001 config/config.yaml › primary_vist: unknown key (did you mean primary_visit?) – it would be "
            "ignored – rename or delete it."),
    Mistake("visit of the config misspelt", config(TITLE + "primary_visit: Week 4\n"),
            do(config(TITLE + "primary_visit: Week-4\n")),
            'STOP E-CFG-004 config/config.yaml › primary_visit: "Week 4" is not in the sheets (did you mean Week-4?) – '
            "nothing would be shown – correct the name."),
    Mistake("config without its indent", config("study:\ntitle: Two kits\n"), do(config(TITLE)),
            "STOP E-CFG-001 config/config.yaml › title: unknown key here; study has one – it would be ignored – put it "
            "under study, two spaces further in.\n"
            "STOP E-CFG-003 config/config.yaml › study: the section is empty – it cannot be used – correct the value; "
            "config/README.md says what is allowed."),
    Mistake("config with a tab", config("study:\n\ttitle: Two kits\n"), do(config(TITLE)),
            "STOP E-CFG-005 config/config.yaml › row 2: a tab – the file cannot be read as plain keys and values – write "
            "spaces in its place; compare with config/README.md."),
    Mistake("config with a second colon", config("study:\n  title: Kits: two\n"), do(config("study:\n  title: 'Kits: two'\n")),
            "STOP E-CFG-005 config/config.yaml › row 2: a colon within a value – the file cannot be read as plain keys "
            "and values – put the value in quotes; compare with config/README.md."),
    Mistake("amendment signed without a date", amendment(**SIGNED, who="KM"), write("2024-06-01"),
            "STOP E-AMD-121 config/amendments.tsv › row 2 › when: exclude_well without when – KM signed without a date – "
            "fill when (year-month-day), or empty who: then it is not applied."),
    Mistake("amendment dated and not signed", amendment(**SIGNED, when="2024-06-01"), write("KM"),
            "FLAG W-AMD-124 config/amendments.tsv › row 2 › who: amendments nobody signed, 1 of 1: A01 – they are not "
            "applied – write initials and date into who and when of those that are right; delete the others."),
    Mistake("amendment of a name written otherwise", amendment(**SIGNED | {"what": "sample_id", "well": "", "from_": "Unknown 1"},
            to="FZ124", who="KM", when="2024-06-01"), do(cell("amendments", 2, "from", "Unknown1")),
            "STOP E-AMD-120 config/amendments.tsv › A01 › from: sample_id of plate CYTO, from Unknown 1, to FZ124 "
            "matches nothing (did you mean Unknown1?) – the correction would be lost – correct the row, or delete it "
            "with a reason."),
    Mistake("well of a layout not filled", edit(LAYOUT, "S1\tFZ124", "S1\t?"), well("?", "FZ124"),
            "QUARANTINE E-WELL-062 config/layouts/IGX.tsv: a well is ? still: A03 – nobody has said what is in it – "
            "write a standard (S1, S2 …), blank, a control (QC1 …), a sample or empty.\n"
            "FLAG W-WELL-066 raw/first/IGX.txt: nearly all samples are in 2 wells, but FZ124 at 1:1 in 1 – a well was "
            "perhaps given to another sample – nothing if it was meant; else correct the layout, or amend the name."),
    Mistake("tube of a layout mistyped", edit(LAYOUT, "FZ155\tFZ155", "FZ156\tFZ156"),
            do(edit(LAYOUT, "FZ156", "FZ155", 2)),
            "EXCLUDE E-ID-049 raw/first/IGX.txt › row 19 › sample_id: a name on plate IGX is in neither samples nor "
            'names: "FZ156" – its participant and visit are not known – say in config/names.tsv what each means (a '
            "sample, a control, ignore), or add it to config/samples.tsv."),
    Mistake("row of a layout shifted", shifted, well("B\t\t", "B\t"),
            "QUARANTINE E-FILE-015 config/layouts/IGX.tsv › row 3: 14 values for 13 columns – values may stand in the "
            "wrong columns – add or remove the separators of this row, or export the sheet again."),
    Mistake("dilution of a layout as a fraction", edit(LAYOUT, "FZ124", "FZ124@1:1", 2), well("FZ124@1:1", "FZ124@1"),
            'QUARANTINE E-WELL-068 config/layouts/IGX.tsv › A03: dilution "1:1" in "FZ124@1:1" – the factor is not known '
            "– write FZ124@1.\n"
            'QUARANTINE E-WELL-068 config/layouts/IGX.tsv › A04: dilution "1:1" in "FZ124@1:1" – the factor is not known '
            "– write FZ124@1."),
]  # fmt: skip

WORKBOOK = [
    Mistake("tab renamed", set_title("samples", "Tubes"), do(set_title("Tubes", "samples")),
            'STOP E-XLS-036 config/study.xlsx › Tubes: no sheet of a study is called "Tubes" – its rows would not be '
            "read – rename the tab, or delete it; known are panels, analytes, materials, plates, names, samples, "
            "participants, unblinding, visits, courses, events, scales, scores, columns, amendments, "
            "approvals, Read me, drafted."),
    Mistake("tab copied", book(lambda pages: setattr(pages.copy_worksheet(pages["samples"]), "title", "samples (2)")),
            lambda folder, told: book(lambda pages: pages.remove(pages[told[0].sheet]))(folder),
            'STOP E-XLS-036 config/study.xlsx › samples (2): no sheet of a study is called "samples (2)" – its rows '
            "would not be read – rename the tab, or delete it; known are panels, analytes, materials, plates, names, "
            "samples, participants, unblinding, visits, courses, events, scales, scores, columns, amendments, "
            "approvals, Read me, drafted."),
    Mistake("tab hidden", shown("samples", "hidden"), lambda folder, told: shown(told[0].sheet, "visible")(folder),
            "STOP E-XLS-022 config/study.xlsx › samples: the tab is hidden – it would be read, and nobody sees it – "
            "unhide it if it is valid, or delete it."),
    Mistake("tab deleted", book(lambda pages: pages.remove(pages["scales"])), do(book(scales_again)),
            'STOP E-XLS-030 config/study.xlsx › scores › Pain: unknown column "Pain" – it would be ignored – rename or '
            "delete the column, or add it to the scales sheet.\n"
            "STOP E-SCR-110 config/study.xlsx › scores › row 1: no column of a known scale holds a value – known scales "
            "are MGC, MG-ADL, QMG, MG-QoL15r – name the columns as the scales, or add theirs to config/study.xlsx › "
            "scales."),
    Mistake("sheet beside the workbook", lambda folder: (folder / "config/scales.tsv").write_text(
            "scale\tminimum\tmaximum\tworse\nPain\t0\t10\thigher\n", encoding="utf-8"),
            lambda folder, told: (folder / "config/scales.tsv").unlink(),
            "STOP E-XLS-037 config/study.xlsx › scales: the sheet is config/scales.tsv as well – the two could differ, "
            "and it is not clear which one counts – delete the tab, or config/scales.tsv."),
    Mistake("column of a tab deleted", book(lambda pages: pages["plates"].delete_cols(place(pages, "plates", "panel"))),
            do(book(panels_again)),
            'STOP E-XLS-030 config/study.xlsx › plates › panel: column "panel" is missing – the sheet cannot be read '
            "without it – add the column."),
    Mistake("rows behind a filter", book(filtered), do(book(cleared)),
            "STOP E-XLS-023 config/study.xlsx › names › row 5: the row is hidden by a filter – it would be read, and "
            "nobody sees it – clear the filter."),
    Mistake("cells merged", book(merged), do(book(unmerged)),
            "STOP E-XLS-024 config/study.xlsx › participants › E2:E4: cells E2:E4 are merged – only the first of them "
            "holds a value – unmerge them and fill every row."),
    Mistake("title above the headings", book(titled), do(book(lambda pages: pages["samples"].delete_rows(1))),
            "STOP E-XLS-028 config/study.xlsx › samples › row 1: the column names are in row 2 – the first row must be "
            "the header – delete the rows above them."),
    Mistake("visit that a spreadsheet made a date", entered("samples", 3, "visit", datetime(2024, 3, 4), "yyyy-mm-dd"),
            type_in("Week-4"),
            'STOP E-ID-044 config/study.xlsx › samples › row 3 › visit: the cell holds a date ("2024-03-04"), not a text '
            "or number – spreadsheets change texts such as MAR1 or 1:10 – format the column as text and type it again."),
    Mistake("lot shown with zeros", entered("plates", 3, "kit_lot", 7, "000"), do(entered("plates", 3, "kit_lot", "A7", "@")),
            'STOP E-ID-042 config/study.xlsx › plates › I3: the number 7 is shown as "007" – the leading zeros or '
            "letters are only display – format the column as text and type the value again."),
    Mistake("score typed with a comma", entered("scores", 3, "Pain", "2,5"), type_in(2.5),
            'STOP E-VAL-081 config/study.xlsx › scores › row 3 › Pain: "2,5" is not a number (decimal comma?) – it could '
            "be misread – write 2.5."),
    Mistake("date with a time", entered("samples", 3, "collection_date", datetime(2024, 4, 5, 13), "yyyy-mm-dd hh:mm"),
            type_in("2024-04-05"),
            'STOP E-DATE-100 config/study.xlsx › samples › row 3 › collection_date: "2024-04-05 13:00:00" is not a date '
            "of the form 2025-03-31 – it has a time of day – write year-month-day."),
    Mistake("drop-down overwritten", entered("names", 3, "role", "Sample"), type_in("sample"),
            'STOP E-VAL-002 config/study.xlsx › names › row 3 › role: "Sample" (did you mean sample?) – known are '
            "sample, standard, control, blank, ignore – write one of them."),
    Mistake("error of a formula", entered("scores", 3, "Pain", "#DIV/0!"), type_in(2.5),
            'STOP E-XLS-025 config/study.xlsx › scores › row 3 › Pain: the cell shows "#DIV/0!" – a formula failed here '
            "– repair the formula, or type the value."),
]  # fmt: skip
