"""What the sections of the report page with charts say: labels of choices, headings, and a sentence for what each chart shows.

{name} stands for a value that the page puts in.
"""

SAY = {
    "charts.numbers": "Numbers of this chart",
    "charts.trace": "trace",
    "quality.kit": "Kit",
    "quality.aside": "{plate} is set aside and not shown: {reason}",
    "quality.lots": "Controls by kit lot",
    "quality.bridging": "Kit lots compared on the same samples",
    "quality.limits": "Limits of quantification by kit lot",
    "quality.over_time": "Over the runs",
    "quality.how": "Plates in the order of their dates. Green: what the acceptance allows. Grey bars: mean ± 3 "
    "SD of the guide set, the accepted runs of the lot before. A ring marks a run that breaks a Westgard rule. Red "
    "line: validated LLOQ.",
    "quality.controls_of": "{label}: controls",
    "quality.controls_seen": "{runs} runs; {marked} control values break a Westgard rule.",
    "quality.limits_of": "{label}: LLOQ of each plate",
    "quality.limits_seen": "{plates} plates; the LLOQ is between {low} and {high} {unit} in the well.",
    "biomarkers.group": "Group",
    "biomarkers.course": "Course",
    "biomarkers.people": "Participants",
    "biomarkers.visit": "Change at",
    "biomarkers.set": "Set",
    "biomarkers.all": "all results of each visit",
    "biomarkers.matched": "only who has every visit",
    "biomarkers.axis": "Axis",
    "biomarkers.linear": "linear",
    "biomarkers.logarithmic": "logarithmic",
    "biomarkers.changes": "Change from baseline to {visit}",
    "biomarkers.no_changes": "No change from baseline is estimated here.",
    "biomarkers.forest": "Changes with 95 % confidence intervals",
    "biomarkers.forest_seen": "{lines} of {of} have an estimate or a bound. An arrow: the interval goes on, or "
    "has no end there. A click leads to its course over the visits.",
    "biomarkers.ratio": "Ratio to baseline",
    "biomarkers.difference": "Difference from baseline",
    "biomarkers.points": "Change, points",
    "biomarkers.compared": "{factor} beside {reference}",
    "biomarkers.forest_groups": "Groups compared, with 95 % confidence intervals",
    "biomarkers.ratio_to": "Ratio to {reference} ({quantity})",
    "biomarkers.difference_to": "Difference from {reference} ({quantity})",
    "biomarkers.below": "Results below the LLOQ, %",
    "biomarkers.below_words": "{label}, {visit}: {below} of {of} results lie below the LLOQ",
    "biomarkers.below_seen": "More than half below the LLOQ at a visit: {names}.",
    "biomarkers.below_none": "No analyte has more than half of its results below the LLOQ at a visit.",
    "biomarkers.courses": "Over the visits",
    "biomarkers.how_all": "Grey: participants. Colour: the centre of all results of the visit with its 95 % "
    "confidence interval; the line is dashed where other participants stand behind its two ends, so that its slope "
    "is not a change of anyone. Open: beyond a limit. Red dashes: LLOQ. Click a point for its trace.",
    "biomarkers.how_matched": "Only participants with a result at every visit; the centre is their mean (of "
    "scores) or geometric mean, and none is given where one of their results lies beyond a limit. These centres "
    "are of this page; the statistics use all results.",
    "biomarkers.mean_of": "Mean of the same {n} participants: {value} {unit}",
    "biomarkers.geometric_mean_of": "Geometric mean of the same {n} participants: {value} {unit}",
    "biomarkers.point": "{participant}, {visit}: {result} {unit}",
    "biomarkers.seen": "{n} participants at {visits} visits.",
    "biomarkers.missing": "No result: {who}.",
    "biomarkers.left_out": "Left out, for want of a result: {who}.",
    "biomarkers.not_estimated": "No centre where one of the results lies beyond a limit.",
    "biomarkers.retreated": "{participant} (treated again)",
    "associations.question": "Question",
    "associations.baseline": "Values at baseline",
    "associations.change_change": "Change with change",
    "associations.baseline_change": "Baseline value with later change",
    "associations.between_participants": "Between participants",
    "associations.within_participant": "Within participants",
    "associations.within_participant_unadjusted": "Within participants, visits not adjusted for",
    "associations.how_baseline": "Are participants with more of the biomarker before treatment those with the "
    "higher score?",
    "associations.how_change_change": "Are participants whose biomarker changes more those whose score changes more?",
    "associations.how_baseline_change": "Does the biomarker before treatment go with how the score changes?",
    "associations.how_between_participants": "Are participants whose biomarker is high over all visits those "
    "whose score is?",
    "associations.how_within_participant": "Do biomarker and score of one person rise and fall together beyond "
    "what all share over time? A common course alone is no association, and is adjusted for.",
    "associations.how_within_participant_unadjusted": "The same without adjusting for the course that all share: "
    "it is never tested, and shows how much that course alone would seem to be.",
    "associations.numbers": "Associations; the name of a biomarker shows what stands behind its line",
    "associations.seen": "The largest is {estimate}: {label} and {score}, n = {n}, P adjusted for all tests of "
    "its family: {p}.",
    "associations.descriptive": "none, it is descriptive",
    "associations.none": "Nothing could be estimated.",
    "associations.hidden": "Single participants are not shown in this report.",
    "associations.point": "{participant}, {visit}: {x}; {y}",
    "associations.value": "{label}, {unit}",
    "associations.fold": "{label}, ratio to baseline",
    "associations.difference": "{label}, difference from baseline",
    "associations.score": "{score}, points",
    "associations.score_change": "{score}, change in points",
    "associations.scatter_seen": "{points} pairs of {n} participants; lines join the visits of one. Open: the "
    "biomarker lies beyond a limit, and is drawn there.",
    "participants.who": "Participant",
    "participants.words": "{participant}: courses {courses}; {visits} visits with a result; {doses} doses; "
    "relapses: {relapses}.",
    "participants.day": "day {day}",
    "participants.day_heading": "day",
    "participants.result": "result",
    "participants.results": "Results and scores",
    "participants.undated": "Nothing of this participant has a date.",
    "participants.how": "All pictures have the same days; day 1 is the first dose of the first course. Open: "
    "beyond a limit, drawn there.",
    "participants.starts": "start of {course}",
    "participants.event": "{event}, day {day}",
    "participants.scores": "Scores",
    "participants.points": "Points",
    "participants.over_lloq": "Times the LLOQ",
    "participants.point": "{name}, {visit}, day {day}: {result} {unit}",
    "participants.seen": "{values} values of {variables} variables.",
}
