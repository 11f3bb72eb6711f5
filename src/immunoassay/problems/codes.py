"""The registry of problem codes: each has one meaning, the levels it may have, and what to do about it.

`docs/problems.md` is generated from it (make docs). A Problem with a code or a level that is not here is refused. The
first letter of a code says what it is about: E an error, W a warning, V a value, X something set aside.
"""

from dataclasses import dataclass

LEVELS = ("STOP", "QUARANTINE", "EXCLUDE", "FLAG")


@dataclass(frozen=True)
class Code:
    """What a code means: the section of the page it stands in, the levels it may have, its meaning and what to do."""

    section: str
    levels: tuple
    meaning: str
    fix: str


_SECTIONS = {
    "Files": """
E-FILE-001 | STOP, QUARANTINE | a file that config or sheets name is not there | correct the path, or add the file
E-FILE-002 | STOP, QUARANTINE | there is nothing to read: an empty file, or headings without rows | fill it; export again
E-FILE-003 | STOP, QUARANTINE | the file is damaged or cut short | copy it again; export again
E-FILE-004 | STOP, QUARANTINE | a web page or XML document named like a table | open it and save as .xlsx or CSV
E-FILE-005 | STOP, QUARANTINE | the workbook has a password | remove it and save again
E-FILE-006 | STOP | two raw files have the same content | delete one, and its rows
E-FILE-007 | STOP | a raw file changed after it was accepted | restore it; a new file gets a new name and an amendment (`re_export`)
E-FILE-008 | STOP | a raw file that was accepted is gone | restore it, or delete its row of `config/raw_files.tsv`
E-FILE-009 | STOP, QUARANTINE | no kind of file we read, or not of the `format` named | export again; correct the `format`; save as .xlsx
E-FILE-010 | FLAG | the checksum the instrument wrote is absent or does not fit: the export was edited | use the file as the instrument wrote it
E-FILE-012 | STOP, QUARANTINE, FLAG | letters cannot be trusted: not UTF-8, or saved once in another encoding | save the sheet as "CSV UTF-8" and type the letters again
E-FILE-013 | QUARANTINE, FLAG | the cells of a row may be shifted: more or fewer than its neighbours have, or one of another kind | compare it with the instrument; export again
E-FILE-014 | STOP, QUARANTINE | a sheet separated by semicolons has decimal commas | save it with decimal points
E-FILE-015 | STOP, QUARANTINE | a row of a sheet has more or fewer cells than the header | add or remove the separators
E-FILE-016 | STOP | a path, or a link, leads out of the study folder, or out of a raw folder that is a link | copy the file into the study; a share is linked as a whole folder named in `raw_folders`
W-FILE-016 | FLAG | a raw folder is a link out of the study, such as to a mounted share | nothing, if the share is kept; a copy of the study needs the exports as well
E-FILE-017 | STOP | the list of raw files cannot be read | restore it as `make accept-raw` wrote it
E-FILE-018 | STOP, QUARANTINE | a quote is open: one cell swallows the rows after it | remove the quote or the line break
E-FILE-019 | STOP, QUARANTINE | a file far too large to be opened, or one that unpacks to that | keep only the rows needed; export CSV
W-FILE-011 | FLAG | temporary or hidden files lie beside the exports; they are not read | nothing
W-FILE-013 | FLAG | a sheet begins with a byte order mark, as Excel writes it; it is read all the same | nothing
E-DISK-001 | STOP | the disk is full or cannot be written | make room, or allow writing there; nothing half-written is kept
W-RAW-001 | FLAG, STOP | no row of the plates sheet names this export (a STOP with `strict_raw`) | add the row the message proposes
""",
    "Workbooks": """
E-XLS-020 | STOP, QUARANTINE | every worksheet is hidden | unhide the one that counts
E-XLS-021 | STOP, QUARANTINE | several visible worksheets | keep one
E-XLS-022 | STOP, QUARANTINE | a hidden row or column | unhide or delete it
W-XLS-022 | FLAG | a hidden worksheet is not read | nothing, or delete it
E-XLS-023 | STOP, QUARANTINE | a filter hides rows | clear the filter
E-XLS-024 | STOP, QUARANTINE | merged cells | unmerge, fill every row
E-XLS-025 | STOP, QUARANTINE | an error cell such as `#DIV/0!` | repair the formula, or type the value
E-XLS-026 | STOP, QUARANTINE, FLAG | a formula without a stored result | open the file in Excel and save it
W-XLS-027 | FLAG | formulas; their stored results are used | nothing, or paste values
E-XLS-028 | STOP, QUARANTINE | the column names do not stand in the first row | delete the rows above
E-XLS-029 | STOP, QUARANTINE | a column name appears twice | rename or delete one
E-XLS-030 | STOP, QUARANTINE | a column is unknown, misspelt, missing or without a name | correct the name
E-XLS-032 | STOP, QUARANTINE | a row is a total or a footnote | delete it
W-XLS-033 | FLAG | a row is struck through; it is used | delete it, or amend it with a reason
W-XLS-034 | FLAG | the workbook counts days from 1904 | check one date
E-XLS-035 | STOP, QUARANTINE | the worksheet reaches far beyond the table | delete what lies beyond
E-XLS-036 | STOP | a tab of `config/study.xlsx` is no sheet of a study | rename or delete it
E-XLS-037 | STOP | a sheet lies in `config/study.xlsx` and in a file of its own | delete one of the two
""",
    "Names, texts and privacy": """
E-ID-040 | STOP, QUARANTINE | a row is named twice; the message says whether the rows differ | delete or rename one
E-ID-041 | STOP, QUARANTINE | two names differ only in case, spaces, dashes or zeros | use one spelling
E-ID-042 | STOP, QUARANTINE | a number is shown with zeros or letters it does not hold | format the column as text, type again
E-ID-043 | STOP, QUARANTINE | a name has the form of a decimal number | format the column as text, type again
E-ID-044 | STOP, QUARANTINE | a spreadsheet made a date, or TRUE, of a name or number | format the column as text, type again
E-ID-045 | STOP, QUARANTINE | an unseen character or a special space | type the text again
W-ID-045 | FLAG | spaces around a text were removed | nothing
E-ID-046 | STOP, QUARANTINE | a Cyrillic or Greek letter that looks like a plain one | type the name again
E-ID-047 | STOP, QUARANTINE | a name holds characters that names may not have (spaces, slashes, special dashes) | write it with the characters the message lists
E-ID-048 | STOP, QUARANTINE | a cell that must be filled is empty or says NA | fill it
E-ID-049 | EXCLUDE, STOP | names on a plate are in neither samples nor names (a STOP when most of the study's are) | say in `names` what each means, or add it to `samples`
W-ID-050 | FLAG | a sample of the sheet is on no plate | nothing, or look for it under another name
E-ID-051 | STOP | a participant is not in the participants sheet | correct the name, or add the participant
W-ID-051 | FLAG | an analysed participant has no course or no sample | add it, if there is one
E-ID-053 | STOP, QUARANTINE, FLAG | names, birth dates, record numbers or addresses of persons (a FLAG in a column that is not read) | delete them; use the study code
E-ID-060 | STOP | a participant has courses and none of order 1 | number the courses 1, 2, …
E-ID-061 | STOP | a later course begins before an earlier one | correct the order or the date
E-ID-062 | STOP | the name of a tube carries another participant than its row, where nearly all carry their own | restore the sheet: a column may have been sorted alone
W-ID-052 | FLAG | tubes or scores without participant, course or visit: they have results and are in no analysis of participants | nothing, or fill what is known
W-ID-061 | FLAG | a text that selects rows (schedule, group, specimen, course) is one letter apart from another | correct the spelling, if they are the same
W-ID-062 | FLAG | the name of a tube carries another visit than its row | restore the sheet, or correct the visit
W-ID-063 | FLAG | a plate holds the names of an earlier plate of its panel: the same tubes again, or names of positions | nothing, if they are the same tubes; else say in `names` which samples they are on that plate
W-ID-060 | FLAG | courses of one order have several names, or one name has several orders; all are called course-1, course-2, … | give the courses of one order one name
E-ID-086 | STOP, QUARANTINE | an analyte of the export is not in the panel | correct `names_in_export`
E-ID-087 | STOP | one name stands for two analytes, or two columns of an export for one analyte | give each its own name
E-TXT-001 | STOP, QUARANTINE | a control character | type the text again
E-TXT-002 | STOP, QUARANTINE | a cell longer than any remark | shorten it; look for a lost quote
E-TXT-003 | STOP, QUARANTINE | markup of a web page | write plain text
E-PPT-002 | STOP | an excluded participant has a course or an infusion | correct the participant or the status
E-PPT-003 | STOP | a group of participants is called `all`, which names the rows over all groups | give it another name
E-PPT-004 | STOP | a factor that is blinded stands in the participants sheet, where everyone reads it | move the column to the unblinding sheet
W-PPT-003 | FLAG | participants without a level of a factor, or a covariate, of the config: they are in no comparison that needs it | nothing, or fill the cells
W-PPT-004 | FLAG | a factor of the config with one level: there is nothing to compare | nothing, if others are still to come
W-PPT-002 | FLAG | there is no participants sheet: everyone named in another sheet counts as enrolled | nothing, or add the sheet
W-PPT-001 | FLAG | an excluded participant has samples, scores or events: they stay in the results and in no analysis | nothing, if they are of the screening
E-NAM-001 | STOP | the names sheet gives a name a sample that the samples sheet has not | correct it, or add the sample
E-NAM-002 | STOP | the scope of a name is no plate and no batch, or both | write a plate, a batch, or * for all
E-NAM-003 | STOP | a row of the names sheet contradicts itself: a role without its level, or with the sample or level of another | correct the role, or empty the cell
W-NAM-004 | FLAG | a row of the names sheet matches no well of its plates | nothing, if the export comes later; else write the name as the export does
W-NAM-005 | FLAG | names and export (or layout) state different dilutions or roles; the message says which is used | compare with the protocol; correct one of the two
E-PPT-001 | STOP | an excluded participant without a reason, or an enrolled one without a schedule in a group that has schedules | fill it
W-NAM-006 | FLAG | the names sheet gives one sample several names of a plate or delivery: their wells count as replicates | nothing, if they are; else correct the names
""",
    "References between sheets, and the config": """
E-REF-001 | STOP | a panel that is not in the panels sheet | correct the name, or add the panel
E-REF-002 | STOP | an analyte that is not in the analytes sheet | correct the name, or add the analyte
E-REF-003 | STOP | a material's analyte belongs to another panel | correct one of the two
E-REF-004 | STOP | no such criteria set, or one without rules for curves on a panel read on plates | use one of those named
E-REF-005 | STOP | the participant has no such course | correct the name, or add the course
E-REF-006 | STOP | a visit that is not in the visits sheet | correct the name, or add the visit
E-REF-010 | STOP | `batches` of the config names a batch no plate has | correct the name
W-REF-011 | FLAG | the specimen of a sample is none any kit is validated for | correct the spelling, or add it to the `specimen` of the kit
W-REF-012 | FLAG | schedules or groups that no setting names while others are named, with the people or analytes they leave out | nothing, if it is meant
W-BATCH-001 | FLAG | batches that do not count are neither read nor reported | nothing, if you mean it
E-CFG-001 | STOP | an unknown key | correct or delete it
E-CFG-002 | STOP | a key that must be there | add it
E-CFG-003 | STOP | a value that is not allowed | correct it
E-CFG-004 | STOP | the config names something no sheet holds | correct the name
E-CFG-005 | STOP | the config is no plain YAML: a broken line, a key twice, a reference, a tag | correct the line
E-CFG-006 | STOP | `compare_with` names no frozen release | correct the name, or freeze one
E-CFG-007 | STOP | a comparison that cannot be made: every participant a group of its own, nobody in a population, no responder without an MCID | correct the setting named
E-REL-001 | STOP | a file of a frozen release is missing or changed | restore the release
""",
    "Plates and wells": """
E-PLT-001 | STOP | a plate set aside without a reason | write it
E-PLT-002 | STOP | a format that does not go with the platform | leave `format` empty
E-PLT-003 | STOP | the file holds no such plate, or several | name one in `plate_in_file`
E-PLT-004 | STOP | the file holds a plate that no row names | add a row; `include` = `no` sets it aside
E-WELL-060 | QUARANTINE, FLAG | no plate has such a well or row | correct the layout; export again
E-WELL-061 | STOP, QUARANTINE, FLAG | a well, or a row of a layout, appears twice (a STOP where a layout says two things of a well) | correct the layout; export again
E-WELL-062 | QUARANTINE | the layout is no plate, or a well has no meaning | correct the layout
E-WELL-063 | QUARANTINE | layout and export put a sample into different wells | find out which is right
W-WELL-063 | FLAG | the reader's protocol gives wells another role | compare the two
W-WELL-064 | FLAG | two samples each disagree with themselves and agree with one another: two wells exchanged? | look at the plate record; amend
E-WELL-065 | QUARANTINE | the standards are in order only when the plate is turned or shifted | compare the layout with the plate
W-WELL-066 | FLAG | a sample has more or fewer wells than nearly all others | correct the layout if a well was misnamed
E-WELL-066 | QUARANTINE | no standards | name them in the layout
E-WELL-067 | STOP, QUARANTINE | a standard without expected concentration, or a series out of order | compare with the certificate; add the level to the materials sheet
E-WELL-068 | QUARANTINE | a dilution that is no positive number | write 100 for 1:100
E-WELL-069 | STOP | one run under two names | delete one of the rows
E-WELL-070 | STOP, FLAG | a run date in the future (STOP), or before a sample was drawn (FLAG) | correct the date
E-LOT-071 | STOP, FLAG | the kit lot is missing, or not in the materials sheet (a FLAG: what the export states of its standards is used) | add the lot
W-LOT-072 | FLAG | the lot had expired | check with the laboratory
W-LOT-074 | FLAG | a level of a lot is listed for most of its analytes and not for all | add the row that was lost, if the kit has the level
W-LOT-073 | FLAG | rows of materials without an expected concentration | fill them from the certificate
W-LOT-075 | FLAG | the levels of a factor that is compared are unevenly spread over plates or kit lots: a difference of these is one of the levels | nothing can be done afterwards; read the comparison with it in mind
E-STD-002 | QUARANTINE | the standards were probably not diluted | repeat the plate
W-STD-001 | FLAG | export and materials sheet disagree on a standard; the sheet's is used | check the certificate
W-STD-003 | FLAG | an expected concentration of the export does not fit its series | check; amend (`expected_concentration`)
W-STD-004 | FLAG | concentrations stated for no well, or missing for one | compare the names
W-RUN-001 | FLAG | the export says that a verification of the instrument failed | ask the operator
X-BEAD | EXCLUDE | too few beads were counted in a well: the median is not reliable | nothing; if it is many wells, ask the operator
W-BEAD | FLAG | few beads were counted in a well | nothing
X-VENDOR | EXCLUDE | excluded in the instrument's software | nothing, if it was meant
""",
    "Reading an export": """
E-INTERNAL | QUARANTINE | a fault of the program, met in this file; the others are read | send the file to whoever looks after the software; export again, or name the format, meanwhile
E-READ-001 | STOP, QUARANTINE | the file cannot be opened: a folder, a pipe, without permission, or gone since the sheets were read | put the file itself there, readable
E-READ-002 | QUARANTINE | XML that declares entities or outside references, which can exhaust or open other files | export again from the instrument
E-READ-003 | QUARANTINE | more than one reading is possible, and nothing says which | name the `format`; export one table or plate per file
E-READ-004 | QUARANTINE | the `format` named is none we read | use one of those the message lists
E-READ-005 | QUARANTINE | a plate layout, which holds no signals | name it as `layout`; give the export with the signals
E-READ-006 | QUARANTINE, FLAG | a block, row or element that such an export holds is missing | export it whole; do not edit the export
E-READ-007 | QUARANTINE, FLAG | a kinetic read, a scan or a spectrum: no endpoint read | export the endpoint read
E-READ-008 | QUARANTINE | lines or values that do not fit the plate the export declares | export again; do not edit the export
E-READ-009 | FLAG | the line that names or ends a part of an export is lost | export again; do not edit the export
E-READ-010 | FLAG | two places of one export contradict each other | compare with the instrument; export again
E-READ-011 | QUARANTINE | a table of concentrations by well, which are no signals | give the export with the signals, or the table of results by sample
E-READ-012 | QUARANTINE | a grid of numbers by well and no word for what they are: signals, volumes, names | if they are signals, write `grid` as `format`
E-READ-015 | QUARANTINE, FLAG | the file ends in the middle of a row, or of its last number | copy it again; export again
E-READ-013 | QUARANTINE, FLAG | a row of values that belongs to no well, to several, to no sample, or to no analyte | export again; do not sort or edit the export
E-READ-014 | QUARANTINE | layout and export have not the same wells | correct the layout
E-READ-030 | QUARANTINE | a line above the headings of a table makes it uncertain which column is which | delete that line, or export again
E-READ-031 | QUARANTINE | a plate of the export holds no signals: it was never read; the other plates are read | read it and export again; nothing, if it is not needed
W-READ-002 | FLAG | rows that hold only the mean of several wells | export the raw data as well
W-READ-003 | FLAG | a row that is none of a table is read as a note | check that it is none of the values
W-READ-004 | FLAG | rows of another kind than results of samples are kept with their role, or left out | nothing
W-READ-005 | FLAG | a further wavelength is not read | nothing
W-READ-006 | FLAG | one control has several names, or one name stands for several controls | nothing, or use a layout
W-READ-007 | FLAG | plates of one file without names of their own | name them by number
W-READ-008 | FLAG | a sample twice in a delivery, in one run and replicate | ask which one is valid
W-READ-009 | FLAG | cells behind the last heading are not read | nothing, if they are notes
W-READ-010 | FLAG | blocks, columns, sheets or codes that are not understood | nothing, if none is needed
W-READ-012 | FLAG | values that a spreadsheet hides (rows hidden, filtered or struck through, formats that show nothing) are read | compare with the instrument; exclude them by an amendment if they do not count
W-READ-011 | FLAG | the signal is the difference of two wavelengths | nothing
""",
    "Deliveries": """
E-DLV-001 | QUARANTINE | it is not said which column of a delivered table is the sample, the analyte, the result or a limit | add the row that the message gives to the columns sheet
E-DLV-002 | QUARANTINE | a dilution factor stands beside delivered results: whether they are multiplied by it is not said | add one of the rows that the message gives to the columns sheet
E-DLV-003 | STOP | the columns sheet names a column that the delivery has not, or has twice | write the heading as the delivery does
E-DLV-004 | STOP | a row of the columns sheet cannot be used, or contradicts another | correct it
E-DLV-005 | QUARANTINE | words of a delivery that are not understood and could change a result; the rows that bear them are set aside | say what they mean in the columns sheet
E-DLV-006 | QUARANTINE | a delivered result and the words, limits or unit beside it contradict each other; the rows are set aside | ask the laboratory; say what a word means in the columns sheet
E-DLV-007 | QUARANTINE | delivered results without a unit, or in one that cannot be converted; the rows are set aside | state the unit in the columns sheet; correct the unit in the analytes sheet; never the numbers
E-DLV-008 | QUARANTINE | the last line of a delivery is cut in the middle; its result is set aside, and more rows may be missing | ask for the whole file
W-DLV-001 | FLAG | words or limits beside delivered results that make them censored | nothing, if that is meant
W-DLV-002 | EXCLUDE | results that the laboratory rejects or has not finished | nothing; the columns sheet can say otherwise
W-DLV-003 | FLAG | the columns sheet names, for a panel, a column that one delivery has not | nothing, or name the delivery's own column
W-DLV-004 | FLAG | comments that speak of limits, rejection or waiting; the results are used as printed | say in the columns sheet that the word decides
W-DLV-005 | FLAG | analytes of the panel without any row in a delivery | nothing, or ask the laboratory
W-DLV-006 | FLAG | the curve that a delivery states says whether its results are multiplied by their dilution | nothing; the columns sheet can say otherwise
W-DLV-061 | FLAG | one name stands for several assays of a delivery; each is an analyte of its own, named with its identifier | name them so in `names_in_export`
W-DLV-062 | FLAG | results of one delivery are normalized in several ways | compare only results of one way; ask for all normalized alike
""",
    "Values, units and limits": """
V-080 | EXCLUDE, FLAG | a text where a result belongs, of no known code | ask the laboratory what it means
V-081 | QUARANTINE | numbers like 1,234 could mean two things | export with more decimals
V-082 | FLAG | a text where a number belongs; the value is missing | nothing if it belongs there; else export again
V-083 | FLAG | signals below zero, used as they are | check the reader's own blank
V-084 | EXCLUDE | every well of an analyte reads the same: nothing was measured | export again
V-087 | QUARANTINE, FLAG | a heading of an export is lost, renamed or appears twice | export again; do not edit the export
E-VAL-001 | STOP, QUARANTINE | neither yes nor no | write one of them
E-VAL-002 | STOP, QUARANTINE | a word that is not one of those allowed | write one of those named
E-VAL-003 | STOP, QUARANTINE | a reason too short to be understood | write a sentence
E-VAL-081 | STOP, QUARANTINE | a decimal comma, or grouped thousands | write a decimal point
E-VAL-082 | STOP, QUARANTINE | no number | write digits with a decimal point
E-VAL-083 | STOP, QUARANTINE | not a whole number | correct it
E-VAL-084 | STOP, QUARANTINE | a number out of its range | correct it
E-VAL-086 | STOP | a score that is no step of its scale | correct the score, or `step` of the scale
E-VAL-085 | STOP | the lowest valid dilution is above the highest, or the lowest score not below the highest | correct one
E-UNIT-001 | STOP | a unit that is not known | use one of `resources/units.tsv`
E-UNIT-002 | STOP | two units of one analyte measure different things | use units of one kind
E-UNIT-088 | STOP | the unit is another than that of the analytes sheet; the message names the factor | correct the unit; never the numbers
W-UNIT-088 | FLAG | a batch reads two hundred times higher or lower than the others | compare units and dilutions
W-UNIT-089 | FLAG | rows of one analyte are in different units; each is converted by its own | nothing, if the units are right
E-LIM-001 | STOP | a validated limit is empty | fill it
E-LIM-002 | STOP | a validated limit lies beyond the standards, or a control beyond the limits | correct the limit or the control
E-LIM-089 | STOP | the lower of two values is not the lower one | correct them
W-LIM-090 | FLAG | results of zero or less, or called below a limit, and no LLOQ: they count as below the smallest positive result | write the laboratory's LLOQ into `lloq_validated`
E-LIM-090 | QUARANTINE | results of zero or less, or called below a limit, no LLOQ, and no positive result that bounds them | write the laboratory's LLOQ into `lloq_validated`
E-LIM-091 | STOP | the unit of an analyte is not one of its `quantity` | correct the quantity or the unit
W-LIM-091 | FLAG | a validated limit that no rule uses | choose `validated` as `limit_rule` or `lloq_across_plates`, or delete it
W-LIM-092 | FLAG | one limit is a hundred times its neighbours, or a hundredth | compare the unit and the decimal point
W-LIM-094 | FLAG | too few wells of standards for the curve of the sheet: one of fewer parameters was fitted | choose that `curve_model`, or measure more wells
W-LIM-093 | FLAG | the limit beside < or > is another than the column of limits states; the wider bound is used | compare the units of the two
""",
    "Acceptance and contradictions": """
E-ACC-001 | EXCLUDE | a rule that the criteria set requires fails for these analytes of a plate: their results are not reportable | repeat the plate, or look for the cause in its checks
E-ACC-002 | EXCLUDE | a rule that the criteria set requires cannot be evaluated for these analytes of a plate, which is never a pass | name what is missing, or say in `accept_unproven` of the panel why not
E-ACC-003 | QUARANTINE | a rule about dilution fails in nearly all samples of a plate and analyte: layout, dilution or kit are probably another's | correct the layout, or the kit's dilutions and numbers
E-ACC-004 | QUARANTINE | the concentrations the instrument's software printed fit ours neither in the well nor in the sample | correct the dilution, unit or material; where ours is right, raise `vendor_fold` of the analyte in `criteria_overrides`
W-ACC-001 | FLAG | standards, controls or blanks beyond the detector: the level is set aside, a control has failed, a blank is too high | read the plate again with less gain; else nothing
W-ACC-005 | FLAG | an advisory rule fails in nearly all samples of a plate | look at the plate; correct the limit if it is wrong
W-ACC-006 | FLAG | the export was read more than a week from the `run_date` of its row | correct `run_date`, or name the right file
W-ACC-007 | FLAG | the header of an export names another plate, batch, kit lot or file than its row | correct the row, or name the right file
W-ACC-008 | FLAG | results of a laboratory are dated before their sample was collected | ask the laboratory, or correct `collection_date`
W-ACC-009 | FLAG | a control without expected concentration: it is never judged | add it to the materials sheet, or correct its name
W-ACC-010 | FLAG | a standard or control that the materials sheet lists is on no well of a plate | nothing if it was left out on purpose; else correct the layout
""",
    "Dates, visits and scores": """
E-DATE-100 | STOP | not a date of the form 2025-03-31, or no such day | write year-month-day
E-DATE-101 | STOP | a date in the future | correct it
E-DATE-102 | STOP | a date before 1990 | correct the year
W-DATE-101 | FLAG | collected after the participant withdrew | correct the date, or delete the sample
W-DATE-102 | FLAG | a relapse before the first dose of the participant's first course | correct the date
W-DATE-103 | FLAG | the first infusion of a course is more than a week from its day 1 | correct the date, or `day1_date`
W-DATE-104 | FLAG | an event before its course, after the next one began, or an infusion after the last visit | correct the date or the course
W-DATE-105 | FLAG | samples or scores without a date, with their number | fill the dates
E-VIS-105 | STOP | `order` and `day` of two visits contradict each other | correct one of the two
E-VIS-102 | STOP | windows of two visits overlap | narrow one
W-VIS-102 | FLAG | a sample or score outside the window of its visit | correct the date or the visit
W-VIS-103 | FLAG | several tubes of one visit were measured for the same analyte; one is analysed, the others are in `study/outside_analysis.tsv` | correct the visit of a tube that belongs to another
W-VIS-105 | FLAG | one analyte is analysed in several specimens, such as serum and plasma | correct the specimen, or set the results of one aside
E-VIS-104 | STOP | several visits and not exactly one baseline visit | write yes in one row
W-VIS-106 | FLAG | the baseline visit is planned after day 1, and another visit before it | write yes at the right visit
W-VIS-107 | FLAG | `change_is_also_a_lot_change`: more than half of the pairs of a visit and its baseline were measured with two kit lots | measure samples with both lots; read the change beside `lot_shift`
W-VIS-104 | FLAG | no sample of the baseline visit: no change can be computed | add it, if there is one
E-SCR-110 | STOP | no column of a known scale | name the columns as the scales, or add theirs to the scales sheet
""",
    "The run": """
E-RUN-001 | STOP | a criteria set or scale of the study's own has the name of one of the workflow | give it another name
E-RUN-002 | STOP | a criteria set of the study's own cannot be used | correct it after its like in `resources`
E-RUN-003 | STOP | a raw file or a layout changed while the run was going on | run again when nothing writes it any more
E-RUN-004 | STOP | a table that an earlier step made is damaged | delete it and run again
E-RUN-005 | STOP, FLAG | a result is no longer what the run wrote: somebody or something changed it (a STOP for a release) | delete it and run again
W-RUN-002 | FLAG | sheets or exports changed since the last whole run: the results are those of before | run the whole study again
""",
    "Corrections and bridging": """
E-AMD-120 | STOP | an amendment matches nothing: it would be lost | correct it, or delete it with a reason
E-AMD-121 | STOP | an amendment lacks what it needs | fill it
E-AMD-122 | STOP | two amendments give one thing different answers | delete one
E-AMD-123 | STOP | the corrected name is on the plate already | name the well, or correct the row
W-AMD-124 | FLAG | amendments that nobody signed; they are not applied | write initials and date into `who` and `when`, or delete them
E-BRG-001 | STOP | a plate without a quantified bridging pool for an analyte that is normalised | take the analyte out of `bridging.normalise`, or set the plate aside
""",
    "Approval": """
E-APV-001 | STOP | the approvals sheet names a batch that no plate has | write the batch as in the plates sheet
W-APV-002 | FLAG | a batch changed after it was approved: values, verdicts, flags, amendments or raw files are others | look at it again; the row that approves it as it is now is in the section Decide of the report page
W-APV-003 | FLAG | a batch is approved only by someone who measured or amended it | let a second person approve it
""",
    "Completeness and corrections": """
W-CMP-001 | FLAG | a person set a plate or delivery aside; its wells stay in the ledger, its values are not reported | nothing; the reason is printed wherever verdicts are listed
W-CMP-002 | FLAG | an amendment changed what the exports say; what it touched carries its name | nothing; the message says what, who, why and how many
W-CMP-003 | FLAG | samples of a planned panel and visit have no reportable result; the message counts the reasons | see the completeness table; look for the plate, repeat the assay, or write in `visits` of the panels sheet what was planned
W-CMP-004 | FLAG | analytes of a plate do not share all wells: rows of the export are missing | compare with the instrument; export again
W-CMP-006 | FLAG | analytes of the sheet that nobody wants (`use: no`); nothing of them is kept | nothing
E-CMP-005 | QUARANTINE, FLAG | an analyte of the panel has no well on a plate; it is set aside there | export again with all analytes, correct `names_in_export`, or write `subset` into `analytes` of the plates sheet
""",
}


def _read(sections):
    codes = {}
    for section, text in sections.items():
        for line in text.strip().splitlines():
            code, levels, meaning, fix = (part.strip() for part in line.split(" | "))
            if code in codes:
                raise ValueError(f"{code} has two meanings")
            codes[code] = Code(section, tuple(levels.split(", ")), meaning, fix)
            if not set(codes[code].levels) <= set(LEVELS):
                raise ValueError(f"{code} has an unknown level")
    return codes


CODES = _read(_SECTIONS)
