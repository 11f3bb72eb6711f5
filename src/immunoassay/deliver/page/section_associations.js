"use strict";
// Associations of biomarkers with scores: the matrix, and what stands behind a cell.
page.section("associations", {
  when: () => page.has("associations") && page.count("associations") > 0,
  draw(body, given) {
    const say = page.say;
    const { analytes, visits } = page.data.facts.sheets;
    const label = new Map(analytes.map((row) => [row.analyte, row.label]));
    const visitLabel = new Map(visits.map((row) => [row.visit, row.label || row.visit]));
    const logarithms = new Set(analytes.filter((row) => row.quantity === "log2_relative").map((row) => row.analyte));
    const all = page.rows("associations");
    const distinct = (rows, column) => [...new Set(rows.map((row) => row[column]))];
    const asked = [...new Set(all.map((row) => JSON.stringify([row.question, row.visit])))].map((text) => JSON.parse(text));
    const tested = all.find((row) => row.family_code);
    asked.sort((one, other) => (other[0] === tested?.question && other[1] === tested?.visit) - (one[0] === tested?.question && one[1] === tested?.visit));
    const words = ([question, visit]) => [say(`associations.${question}`), visitLabel.get(visit)].filter(Boolean).join(", ");
    const groups = distinct(all, "participant_group");

    page.choices(body, "associations", given, [
      { name: "question", words: say("associations.question"), options: asked.map((each) => [each.join(" "), words(each)]) },
      { name: "people", words: say("biomarkers.people"), options: groups.map((value) => [value ?? "", value ?? ""]) },
    ], (area, chosen) => {
      const order = analytes.map((row) => row.analyte);
      const rows = all
        .filter((row) => `${row.question} ${row.visit}` === chosen.question && (row.participant_group ?? "") === chosen.people)
        .sort((one, other) => order.indexOf(one.variable) - order.indexOf(other.variable));
      const behind = page.element("section", { class: "behind", "aria-live": "polite" });
      const show = (row) => {
        behind.replaceChildren();
        scatter(behind, row);
        behind.scrollIntoView({ block: "nearest" });
      };

      area.append(page.element("p", { class: "note" }, say(`associations.how_${rows[0].question}`)));
      page.table(area, {
        name: "associations",
        rows,
        caption: say("associations.numbers"),
        columns: [
          { name: "variable", format: (row) => page.element("button", { type: "button", class: "plain", click: () => show(row) }, label.get(row.variable)), sort: (row) => label.get(row.variable) },
          { name: "score" }, { name: "n_participants", number: true }, { name: "n_observations", number: true },
          { name: "estimate", digits: 2 }, { name: "low", digits: 2 }, { name: "high", digits: 2 },
          { name: "p", digits: 2 }, { name: "p_adjusted", digits: 2 }, { name: "family_size", number: true },
          { name: "share_below", digits: 2 }, { name: "words" },
        ],
      });

      const cells = rows.map((row) => ({
        label: label.get(row.variable),
        place: order.indexOf(row.variable),
        score: row.score,
        estimate: row.estimate,
        text: row.estimate === null ? "–" : row.estimate.toFixed(2).replace("-0.00", "0.00").replace("-", "−"),
        words: `${label.get(row.variable)}, ${row.score}: ${row.words || row.reason || ""}`,
        variable: row.variable,
      }));
      const strongest = rows.filter((row) => row.estimate !== null).sort((one, other) => Math.abs(other.estimate) - Math.abs(one.estimate))[0];
      const seen = strongest
        ? say("associations.seen", { label: label.get(strongest.variable), score: strongest.score, estimate: page.number(strongest.estimate, 2), n: strongest.n_participants, p: strongest.p_adjusted === null ? say("associations.descriptive") : page.number(strongest.p_adjusted, 2) })
        : say("associations.none");
      const select = (cell) => show(rows.find((row) => row.variable === cell.variable && row.score === cell.score));
      page.chart(area, "matrix", cells, { title: words([rows[0].question, rows[0].visit]), seen, select });
      area.append(behind);
      if (strongest) scatter(behind, strongest);
    });

    // Both values of every participant, as the question pairs them.
    function scatter(area, row) {
      const title = `${label.get(row.variable)}, ${row.score}`;
      area.append(page.element("h2", {}, title), page.element("p", {}, row.words || row.reason || ""));
      if (!page.has("observations")) return area.append(page.element("p", { class: "note" }, say("files.observations")));
      if (!page.data.facts.report_participants) return area.append(page.element("p", { class: "note" }, say("associations.hidden")));
      const own = (variable) => page.find("observations", { variable, course: row.course }).filter((each) => each.reported);
      const key = (each) => `${each.participant} ${each.visit}`;
      const change = row.question === "change_change";
      const values = own(row.variable);
      const paired = new Map(values.map((each) => [key(each), each]));
      const baselines = new Map(values.filter((each) => each.baseline).map((each) => [each.participant, each]));
      const plain = logarithms.has(row.variable);
      const pairs = own(row.score).flatMap((score) => {
        if (visitLabel.has(row.visit) && score.visit !== row.visit) return [];
        const value = row.question === "baseline_change" ? baselines.get(score.participant) : paired.get(key(score));
        const y = change || row.question === "baseline_change" ? score.change : score.value;
        if (!value || y === null) return [];
        const [x, known] = change ? changeOf(value, plain) : [value.status === "quantified" ? value.value : value.status === "above_uloq" ? value.lower : value.upper, value.status === "quantified"];
        if (x === null || !Number.isFinite(x) || (!plain && x <= 0)) return [];
        const visit = visitLabel.get(score.visit);
        const shown = say("associations.point", { participant: score.participant, visit, x: `${known ? "" : "≶ "}${page.number(x)}`, y: page.number(y) });
        return [{ participant: score.participant, x, y, order: score.visit_order, visit, known, words: shown, sample_id: value.sample_id, analyte: row.variable }];
      });
      const x = say(change ? (plain ? "associations.difference" : "associations.fold") : "associations.value", { label: label.get(row.variable), unit: page.unit(values[0]?.unit) });
      const y = say(change || row.question === "baseline_change" ? "associations.score_change" : "associations.score", { score: row.score });
      const seen = say("associations.scatter_seen", { points: pairs.length, n: new Set(pairs.map((each) => each.participant)).size });
      return page.chart(area, "scatter", pairs, { seen, x, y, select: page.traced, ...(plain ? {} : { logarithmic: "x" }) });
    }

    // Change of a result from baseline and whether both were quantified: a ratio, in log2 units a difference.
    function changeOf(value, plain) {
      const [low, high] = plain ? [value.change_lower, value.change_upper] : [value.fold_lower, value.fold_upper];
      if (low !== null && low === high) return [low, true];
      return [Number.isFinite(high) && high !== null ? high : low, false];
    }
  },
});
