"use strict";
// Overview: counts, traffic lights of plates and analytes, what wants a decision, what changed, completeness.
page.section("overview", {
  draw(body) {
    const say = page.say;
    const facts = page.data.facts;
    const heading = (code) => page.element("h2", {}, say(code));
    const note = (words) => page.element("p", { class: "note" }, words);
    const plates = page.rows("plates");
    const lights = page.rows("lights");
    if (facts.simulated) body.append(page.element("p", { class: "simulated" }, say("simulated")));
    if (facts.note) body.append(note(facts.note));

    // numbers
    const distinct = (table, column) => new Set(page.column(table, column).filter((each) => each !== null)).size;
    const statuses = new Map(Object.entries(facts.provenance.counts.results));
    const results = [...statuses.values()].reduce((sum, count) => sum + count, 0);
    const numbers = [
      [say("overview.plates"), plates.length],
      [say("overview.batches"), distinct("plates", "batch")],
      [say("overview.panels"), distinct("plates", "panel")],
      [say("overview.analytes"), distinct("lights", "analyte")],
      [say("overview.samples"), distinct("coverage", "sample_id")],
      [say("overview.participants"), facts.sheets.participants.length],
      [say("overview.results"), results],
      ...["quantified", "below_lod", "below_lloq", "above_uloq", "not_reportable", "missing"].map((code) => [page.code(code), statuses.get(code) || 0]),
      [say("overview.plates_not_used"), plates.filter((row) => row.used === "no").length],
    ].filter(([, count], at) => count || at < 5);
    const unit = ([words, count]) => page.element("div", {}, page.element("dt", {}, words), page.element("dd", {}, count.toLocaleString("en")));
    if (page.apart()) body.append(note(say("files.how", { plates: plates.length, batch: page.batch() })));
    if (page.count("results") < results) body.append(note(say("files.results", { count: results.toLocaleString("en") })));
    body.append(heading("overview.numbers"), page.element("dl", { class: "numbers" }, numbers.map(unit)));

    // plates that do not count, for the person who asks which and why
    body.append(heading("overview.aside"));
    const unused = plates.filter((row) => row.used === "no");
    if (!unused.length) body.append(note(say("overview.aside_none")));
    for (const row of unused) {
      body.append(page.element("p", {}, page.anchor(row.plate, "batches", { batch: row.batch, plate: row.plate }), ` (${row.panel}, ${row.run_date || ""}): ${row.reason || ""}`));
    }

    // lights
    body.append(heading("overview.lights"));
    if (page.apart()) {
      page.batchIndex(body);
      body.append(page.element("h3", {}, say("files.marks", { batch: page.batch() })));
    }
    body.append(note(say("overview.lights_how")));
    body.append(lightsOf(plates.filter((row) => !page.fileOf(row)), lights));

    // decisions
    body.append(heading("overview.decisions"));
    const decisions = page.rows("decisions");
    if (!decisions.length) body.append(note(say("overview.decisions_none")));
    else {
      body.append(note(say("overview.decisions_how")));
      page.table(body, {
        name: "decisions",
        rows: decisions,
        caption: say("overview.decisions"),
        filter: decisions.length > 8,
        columns: [
          { name: "kind", format: (row) => page.code(row.kind) },
          { name: "plate", format: (row) => row.plate && page.anchor(row.plate, "batches", { plate: row.plate }) },
          { name: "n_results", number: true },
          { name: "words" },
        ],
      });
    }

    // what changed
    body.append(heading("overview.changed"));
    if (page.has("what_changed")) changes();
    else body.append(note(say("overview.changed_unknown")));
    const newest = plates.filter((row) => row.run_date && !page.fileOf(row)).sort((a, b) => (a.run_date < b.run_date ? 1 : -1))[0];
    if (newest) {
      const own = new Set(plates.filter((row) => row.batch === newest.batch).map((row) => row.plate));
      const of = page.column("results", "status").filter((_, at) => own.has(page.column("results", "plate")[at]));
      const count = (...codes) => of.filter((status) => codes.includes(status)).length;
      body.append(note(say("overview.newest", {
        batch: newest.batch, date: newest.run_date, results: of.length, quantified: count("quantified"),
        censored: count("below_lod", "below_lloq", "above_uloq"), lacking: count("not_reportable"),
      })));
    }

    // completeness
    body.append(heading("overview.coverage"), note(say("overview.coverage_how")));
    const panels = [...new Set(page.column("coverage", "panel"))].filter(Boolean);
    const bySample = new Map();
    for (const row of page.rows("coverage")) {
      if (!bySample.has(row.sample_id)) bySample.set(row.sample_id, { sample_id: row.sample_id, lacking: 0, why: [] });
      const line = bySample.get(row.sample_id);
      line[row.panel] = row.n_analytes - row.n_lacking;
      line[`all ${row.panel}`] = row.n_analytes;
      line.lacking += row.n_lacking;
      if (row.why) line.why.push(`${row.panel}: ${row.why}`);
    }
    const samples = [...bySample.values()].sort((a, b) => b.lacking - a.lacking);
    page.table(body, {
      name: "completeness",
      rows: samples,
      caption: say("overview.coverage"),
      columns: [
        { name: "sample_id", format: (row) => page.anchor(row.sample_id, "trace", { sample: row.sample_id }) },
        { name: "lacking", title: page.heading("n_lacking"), number: true },
        ...panels.map((panel) => ({
          name: panel,
          title: panel,
          number: true,
          format: (row) => (row[`all ${panel}`] ? `${row[panel]} / ${row[`all ${panel}`]}` : ""),
        })),
        { name: "why", title: say("overview.coverage_lacking"), format: (row) => row.why.join(" · ") },
      ],
    });

    // What moved since the release that is compared with: how much of what, then results and verdicts one line each.
    function changes() {
      const rows = page.rows("what_changed");
      if (!rows.length) return body.append(note(say("overview.changed_nothing", { name: facts.release })));
      body.append(note(say("overview.changed_since", { name: facts.release })));
      const kinds = [...new Set(rows.map((row) => row.kind))];
      const counted = kinds.map((kind) => {
        const own = rows.filter((row) => row.kind === kind);
        const count = (change) => new Set(own.filter((row) => row.change === change).map((row) => `${row.table} ${row.row}`)).size;
        return page.element("li", {}, say("overview.changed_kind", { kind: say(`overview.kind_${kind}`), new: count("new"), changed: count("changed"), gone: count("gone") }));
      });
      body.append(page.element("ul", {}, counted));
      const named = (row, first) => {
        const [name, analyte] = row.split(" · ");
        return { [first]: name, analyte };
      };
      const result = (row) => page.find("results", named(row, "sample_id"))[0];
      moved(rows.filter((row) => row.kind === "result"), "result",
        (row) => page.anchor(row, "trace", named(row, "sample")),
        (row) => (result(row) ? `${page.result(result(row)) || page.code(result(row).status)} ${result(row).unit}` : ""));
      moved(rows.filter((row) => row.kind === "verdict"), "verdict",
        (row) => page.anchor(row, "batches", named(row, "plate")),
        (row) => page.code(page.find("lights", named(row, "plate"))[0]?.verdict));
      body.append(page.element("p", {}, page.anchor(say("overview.changed_all"), "methods", { table: "what_changed" })));
    }

    // One line for each row that moved: `link` leads to it, `now` says what a new one is.
    function moved(rows, kind, link, now) {
      if (!rows.length) return;
      const words = (cell) => (cell === null ? "–" : cell !== "" && Number.isFinite(Number(cell)) ? page.number(Number(cell)) : page.code(cell) || "–");
      const told = (cell) => `${page.heading(cell.column)}: ${words(cell.old)} → ${words(cell.new)}`;
      const lines = [...Map.groupBy(rows, (row) => row.row)].map(([row, cells]) => {
        const [{ change, why }] = cells;
        const valued = cells.some((cell) => cell.column === "value"); // whose bounds say no more
        const moves = cells.filter((cell) => !valued || !["lower", "upper"].includes(cell.column));
        return { row, change, why, moves: change === "new" ? now(row) : moves.map(told).join(" · ") };
      });
      const order = ["changed", "gone", "new"];
      page.table(body, {
        name: `changed_${kind}s`,
        rows: lines.sort((one, other) => order.indexOf(one.change) - order.indexOf(other.change)),
        caption: say(`overview.kind_${kind}`),
        filter: lines.length > 8,
        columns: [
          { name: "row", title: say(`overview.row_${kind}`), format: (line) => link(line.row) },
          { name: "change", title: say("overview.changed_how"), format: (line) => say(`overview.change_${line.change}`) },
          { name: "moves", title: say("overview.changed_moves") },
          { name: "why", title: say("overview.changed_why") },
        ],
      });
    }

    // One row a plate: its panel, a mark for each analyte, and the reason of the first that is not a pass.
    function lightsOf(plates, lights) {
      const parts = [...new Set(plates.map((row) => row.panel))].map((panel) => {
        const own = plates.filter((row) => row.panel === panel);
        const names = new Set(own.map((row) => row.plate));
        const marks = lights.filter((row) => names.has(row.plate));
        const analytes = [...new Set(marks.map((row) => row.analyte))];
        const table = page.element(
          "table",
          {},
          page.element("caption", { class: "unseen" }, `${say("overview.lights")}: ${panel}`),
          page.element("thead", {}, page.element("tr", {}, page.element("th", { scope: "col" }, panel), analytes.map((name) => page.element("th", { scope: "col" }, page.element("span", { class: analytes.length > 2 ? "head" : "" }, name))), page.element("td", {}))),
          page.element("tbody", {}, own.map((plate) => rowOf(plate, analytes, marks))),
        );
        return page.element("div", { class: "lights" }, table);
      });
      return page.element("div", {}, parts);
    }

    function rowOf(plate, analytes, marks) {
      const own = new Map(marks.filter((row) => row.plate === plate.plate).map((row) => [row.analyte, row]));
      const cells = analytes.map((analyte) => {
        const row = own.get(analyte);
        if (!row) return page.element("td", {});
        const words = say("overview.light", { plate: plate.plate, analyte, verdict: page.code(row.verdict), why: row.why || "" });
        const mark = page.element("a", { class: `mark ${row.verdict}`, href: page.link("batches", { plate: plate.plate, analyte }), title: words, "aria-label": words }, page.sign(row.verdict));
        return page.element("td", {}, mark);
      });
      const bad = [...own.values()].find((row) => row.verdict === "FAIL" || row.verdict === "NOT_EVALUABLE");
      const name = page.element("th", { scope: "row" }, page.anchor(plate.plate, "batches", { plate: plate.plate }));
      return page.element("tr", {}, name, cells, page.element("td", { class: "why" }, bad ? bad.why : ""));
    }
  },
});
