"use strict";
// Biomarkers and scores: changes from baseline, what lies below the LLOQ, and the courses of participants.
page.section("biomarkers", {
  when: () => page.has("visit_summaries") && page.count("visit_summaries") > 0,
  draw(body, given) {
    const say = page.say;
    const { analytes, visits, courses } = page.data.facts.sheets;
    const SCORE = "score";
    const label = new Map(analytes.map((row) => [row.analyte, row.label]));
    const visitLabel = new Map(visits.map((row) => [row.visit, row.label || row.visit]));
    const rowsOf = (table) => (page.has(table) ? page.rows(table) : []);
    const summaries = page.rows("visit_summaries").filter((row) => row.quantity === "value");
    const distinct = (rows, column) => [...new Set(rows.map((row) => row[column]))];
    const inOrder = [...distinct(analytes, "group"), SCORE].filter((group) => summaries.some((row) => row.group === group));
    const byOrder = [...courses].sort((one, other) => one.order - other.order);
    const known = distinct(byOrder, "course").filter((course) => summaries.some((row) => row.course === course));
    const people = distinct(summaries, "participant_group");
    const changes = [...rowsOf("biomarker_changes"), ...rowsOf("score_changes").map((row) => ({ ...row, group: SCORE }))];
    const tested = changes.find((row) => row.family_code)?.visit;
    const later = visits.filter((row) => changes.some((change) => change.visit === row.visit)).map((row) => row.visit);
    const first = later.includes(tested) ? [tested, ...later.filter((visit) => visit !== tested)] : later;
    const pairs = (values, words) => values.map((value) => [value ?? "", words(value)]);

    page.choices(body, "biomarkers", given, [
      { name: "group", words: say("biomarkers.group"), options: pairs(inOrder, (group) => (group === SCORE ? say("participants.scores") : page.code(group))) },
      { name: "course", words: say("biomarkers.course"), options: pairs(known, page.code) },
      { name: "people", words: say("biomarkers.people"), options: pairs(people, (value) => value ?? "") },
      { name: "visit", words: say("biomarkers.visit"), options: first.length ? pairs(first, (visit) => visitLabel.get(visit)) : [["", ""]] },
      { name: "set", words: say("biomarkers.set"), options: [["all", say("biomarkers.all")], ["matched", say("biomarkers.matched")]] },
      { name: "axis", words: say("biomarkers.axis"), options: [["linear", say("biomarkers.linear")], ["logarithmic", say("biomarkers.logarithmic")]] },
    ], (area, chosen) => {
      const own = (row) => row.group === chosen.group && row.course === chosen.course && (row.participant_group ?? "") === chosen.people;
      const at = (row) => own(row) && row.visit === chosen.visit;
      changed(area, changes.filter(at), chosen);
      compared(area, rowsOf("group_comparisons").filter((row) => at(row) && row.level !== "all"));
      if (chosen.group !== SCORE) below(area, rowsOf("accounting").filter(own));
      courseOf(area, summaries.filter(own), chosen);
    });

    function name(variable) {
      return label.get(variable) || variable;
    }
    function placed(rows) {
      const order = analytes.map((row) => row.analyte);
      return [...rows].sort((one, other) => order.indexOf(one.variable) - order.indexOf(other.variable));
    }

    // changes: numbers, then the forest
    function changed(area, found, chosen) {
      const rows = placed(found);
      area.append(page.element("h2", {}, say("biomarkers.changes", { visit: visitLabel.get(chosen.visit) ?? "" })));
      if (!rows.length) return area.append(page.element("p", { class: "note" }, say("biomarkers.no_changes")));
      const scores = chosen.group === SCORE;
      const estimate = scores ? "mean_change" : "ratio";
      page.table(area, {
        name: scores ? "score_changes" : "biomarker_changes",
        rows,
        caption: say("biomarkers.changes", { visit: visitLabel.get(chosen.visit) }),
        filter: rows.length > 8,
        columns: [
          { name: "variable", format: (row) => name(row.variable) },
          { name: scores ? "n" : "n_pairs", number: true },
          { name: estimate, digits: 3 }, { name: "low", digits: 3 }, { name: "high", digits: 3 },
          { name: "p", digits: 2 }, { name: "p_adjusted", digits: 2 },
          ...(scores ? [] : [{ name: "share_below", digits: 2 }]),
          { name: "words" },
        ],
      });
      const logarithmic = !scores && rows.every((row) => row.quantity === "ratio");
      const x = say(scores ? "biomarkers.points" : logarithmic ? "biomarkers.ratio" : "biomarkers.difference");
      return drawn(area, rows, estimate, logarithmic, say("biomarkers.forest"), x);
    }

    // groups beside the reference: numbers, then a forest of what is adjusted, else of changes, else of values
    function compared(area, found) {
      for (const factor of distinct(found, "factor")) {
        const rows = placed(found.filter((row) => row.factor === factor));
        const title = say("biomarkers.compared", { factor: page.code(factor), reference: rows[0].reference });
        area.append(page.element("h2", {}, title));
        page.table(area, {
          name: `group_comparisons_${factor}`,
          rows,
          caption: title,
          columns: [
            { name: "variable", format: (row) => name(row.variable) },
            { name: "level" }, { name: "quantity", format: (row) => page.code(row.quantity) }, { name: "n_level", number: true }, { name: "n_reference", number: true },
            { name: "estimate", digits: 3 }, { name: "low", digits: 3 }, { name: "high", digits: 3 }, { name: "p", digits: 2 }, { name: "p_adjusted", digits: 2 }, { name: "words" },
          ],
        });
        const quantity = ["adjusted", "change", "value"].find((each) => rows.some((row) => row.quantity === each));
        const own = rows.filter((row) => row.quantity === quantity);
        const logarithmic = own.every((row) => row.measure === "ratio");
        const several = distinct(own, "level").length > 1;
        const x = say(logarithmic ? "biomarkers.ratio_to" : "biomarkers.difference_to", { reference: rows[0].reference, quantity: page.code(quantity) });
        drawn(area, own, "estimate", logarithmic, say("biomarkers.forest_groups"), x, (row) => (several ? `${name(row.variable)}, ${row.level}` : name(row.variable)));
      }
    }

    function drawn(area, rows, estimate, logarithmic, title, x, called = (row) => name(row.variable)) {
      const lines = forest(rows, estimate, logarithmic, called);
      if (!lines.length) return;
      const seen = say("biomarkers.forest_seen", { lines: new Set(lines.map((row) => row.label).filter(Boolean)).size, of: rows.length });
      const select = (row) => [...area.querySelectorAll(".later")].find((each) => each.dataset.variable === row.variable)?.scrollIntoView();
      page.chart(area, "forest", lines, { title, seen, x, select, ...(logarithmic ? { logarithmic: "x" } : {}) });
    }

    // Lines of a forest; an end that is open, or far beyond all estimates, is an arrow at the edge.
    function forest(rows, estimate, logarithmic, called) {
      const there = (value) => value !== null && value !== undefined && Number.isFinite(value) && !(logarithmic && value <= 0);
      const middle = rows.flatMap((row) => (there(row[estimate]) ? [row[estimate]] : [row.low, row.high].filter(there)));
      if (!middle.length) return [];
      const unchanged = logarithmic ? 1 : 0;
      const from = Math.min(...middle, unchanged);
      const to = Math.max(...middle, unchanged);
      const edges = logarithmic ? [from / 8, to * 8] : [from - 2 * (to - from || 1), to + 2 * (to - from || 1)];
      const ends = rows.flatMap((row) => [row.low, row.high]).filter((value) => there(value) && value >= edges[0] && value <= edges[1]);
      const least = logarithmic ? [0.5, 2] : [unchanged, unchanged]; // less would make much of small changes
      const [left, right] = [Math.min(...ends, from, least[0]), Math.max(...ends, to, least[1])];
      const lines = rows.flatMap((row, place) => {
        const shown = { label: called(row), place, group: row.group, variable: row.variable, words: row.words };
        if (row.low === null || row.high === null) return there(row[estimate]) ? [{ ...shown, layer: "interval", x: row[estimate], low: null, high: null }] : [];
        const low = Math.max(there(row.low) ? row.low : left, left);
        const high = Math.min(there(row.high) ? row.high : right, right);
        const open = (side, x) => ({ ...shown, layer: "open", side, x, words: "" });
        return [
          { ...shown, layer: "interval", x: there(row[estimate]) ? row[estimate] : null, low, high },
          ...(row.low < left ? [open("low", left)] : []),
          ...(row.high > right ? [open("high", right)] : []),
        ];
      });
      return [{ layer: "unchanged", x: unchanged }, { layer: "frame", x: left }, { layer: "frame", x: right }, ...lines];
    }

    // the share below the LLOQ
    function below(area, found) {
      const rows = placed(found).filter((row) => row.share_below !== null);
      if (!rows.length) return;
      const order = distinct(rows, "variable");
      const cells = rows.map((row) => {
        const values = { label: name(row.variable), visit: visitLabel.get(row.visit), below: row.n_below, of: row.n_quantified + row.n_below + row.n_above };
        const words = say("biomarkers.below_words", values);
        return { label: values.label, place: order.indexOf(row.variable), visit: values.visit, order: row.visit_order, share: row.share_below, text: `${Math.round(100 * row.share_below)}`, words };
      });
      const much = order.filter((variable) => rows.some((row) => row.variable === variable && row.share_below > 0.5)).map(name);
      const seen = much.length ? say("biomarkers.below_seen", { names: much.join(", ") }) : say("biomarkers.below_none");
      page.chart(area, "below_map", cells, { title: say("biomarkers.below"), seen });
    }

    // courses of participants and of the centre
    function courseOf(area, found, chosen) {
      area.append(page.element("h2", {}, say("biomarkers.courses")));
      if (!page.has("observations")) return area.append(page.element("p", { class: "note" }, say("files.observations")));
      area.append(page.element("p", { class: "note" }, say(`biomarkers.how_${chosen.set}`)));
      const grid = page.element("div", { class: "charts" });
      area.append(grid);
      const logarithmic = chosen.axis === "logarithmic" && chosen.group !== SCORE ? { logarithmic: "y" } : {};
      for (const variable of distinct(placed(found), "variable")) {
        const place = page.element("div", { class: "later", "data-variable": variable });
        grid.append(place);
        page.whenNear(place, () => {
          const centres = found.filter((row) => row.variable === variable).sort((one, other) => one.visit_order - other.visit_order);
          const results = page.find("observations", { variable, course: chosen.course }).filter((row) => row.reported && (!chosen.people || chosen.people === "all" || row.participant_group === chosen.people));
          const { rows, seen } = page.course(variable, centres, results, chosen.set === "matched", visitLabel);
          page.chart(place, "trajectories", rows, { title: `${name(variable)}, ${page.unit(centres[0].unit)}`, seen, select: page.traced, ...logarithmic });
        });
      }
      return undefined;
    }
  },
});

// Rows of the chart of one variable: the centres of its visits, joined by a full line only where they are of the same
// people, and its results. `matched`: only of who has a result at every visit.
page.course = (variable, centres, results, matched, visitLabel) => {
  const say = page.say;
  const score = centres[0].kind === "score";
  const drawn = centres.filter((row) => row.n > 0);
  const at = new Map(drawn.map((row) => [row.visit, new Set(results.filter((each) => each.visit === row.visit).map((each) => each.participant))]));
  const always = [...new Set(results.map((row) => row.participant))].filter((person) => [...at.values()].every((set) => set.has(person)));
  const kept = matched ? results.filter((row) => always.includes(row.participant)) : results;
  const place = (row) => ({ visit: visitLabel.get(row.visit), order: row.visit_order });
  const height = (row) => (row.status === "quantified" ? row.value : row.status === "above_uloq" ? row.lower : row.upper);

  function own(row) {
    if (!matched) return { y: row.centre_status === "value" ? row.centre : row.centre_status === "below_lloq" ? row.lloq_max : null, known: row.centre_status === "value", low: row.low, high: row.high, words: row.words };
    const values = kept.filter((each) => each.visit === row.visit);
    if (!values.length || values.some((each) => each.status !== "quantified")) return { y: null };
    const plain = score || /\(log2\)|log2|NPX/i.test(row.unit);
    const mean = values.reduce((sum, each) => sum + (plain ? each.value : Math.log(each.value)), 0) / values.length;
    const y = plain ? mean : Math.exp(mean);
    return { y, known: true, words: say(plain ? "biomarkers.mean_of" : "biomarkers.geometric_mean_of", { n: values.length, value: page.number(y), unit: page.unit(row.unit) }) };
  }

  const middle = drawn.map((row) => ({ layer: "centre", ...place(row), visit_code: row.visit, ...own(row) })).filter((row) => row.y !== null);
  const same = (one, other) => at.get(one).size === at.get(other).size && [...at.get(one)].every((person) => at.get(other).has(person));
  const links = middle.slice(1).flatMap((row, number) =>
    [middle[number], row].map(({ visit, order, y }) => ({ layer: "link", visit, order, y, link: number, same: matched || same(middle[number].visit_code, row.visit_code) })),
  );
  const points = page.data.facts.report_participants
    ? kept.map((row) => ({
        layer: "participant", participant: row.participant, ...place(row), y: height(row), known: row.status === "quantified", sample_id: row.sample_id, analyte: variable,
        words: say("biomarkers.point", { participant: row.participant, visit: visitLabel.get(row.visit), result: page.result(row, "lloq", "uloq"), unit: page.unit(row.unit) }),
      }))
    : [];
  const limits = score ? [] : [...new Set(kept.map((row) => row.lloq).filter((value) => value !== null))];
  const lines = [...new Set([Math.min(...limits), Math.max(...limits)])].filter(Number.isFinite).map((y) => ({ layer: "limit", y, words: `LLOQ ${page.number(y)}` }));

  // in words: who is behind the ends of the line, and who is missing where
  const everyone = new Set(results.map((row) => row.participant));
  const gone = drawn.map((row) => [visitLabel.get(row.visit), [...everyone].filter((person) => !at.get(row.visit).has(person))]).filter(([, names]) => names.length);
  const again = new Set(page.data.facts.sheets.courses.filter((row) => row.order > 1).map((row) => row.participant));
  const called = (person) => (again.has(person) ? say("biomarkers.retreated", { participant: person }) : person);
  const missing = gone.map(([visit, names]) => `${visit}: ${page.data.facts.report_participants ? names.map(called).join(", ") : names.length}`);
  const parts = [say("biomarkers.seen", { n: matched ? always.length : everyone.size, visits: drawn.length })];
  if (matched && middle.length < drawn.length) parts.push(say("biomarkers.not_estimated"));
  if (missing.length) parts.push(say(matched ? "biomarkers.left_out" : "biomarkers.missing", { who: missing.join("; ") }));
  return { rows: [...lines, ...points, ...middle, ...links], seen: parts.join(" ") };
};
