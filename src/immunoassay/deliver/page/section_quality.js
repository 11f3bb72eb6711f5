"use strict";
// Quality over time: controls by kit lot and run, kit lots compared, limits of every plate; one kit at a time.
page.section("quality", {
  when: () => page.count("curves") > 0,
  draw(body, given) {
    const say = page.say;
    const labels = new Map(page.data.facts.sheets.analytes.map((row) => [row.analyte, row.label]));
    const kits = page.data.facts.sheets.panels.filter((row) => page.where("curves", { panel: row.panel }).length);
    const plates = new Map(page.rows("plates").map((row) => [row.plate, row]));
    const verdict = { name: "verdict", format: (row) => page.verdict(row.verdict), sort: (row) => row.verdict };
    const analyte = { name: "analyte", format: (row) => labels.get(row.analyte) };

    page.choices(body, "quality", given, [{ name: "panel", words: say("quality.kit"), options: kits.map((row) => [row.panel, row.label || row.panel]) }], (area, { panel }) => {
      const aside = [...plates.values()].filter((row) => row.panel === panel && row.used === "no");
      for (const row of aside) area.append(page.element("p", {}, say("quality.aside", { plate: row.plate, reason: row.reason || "" })));

      // numbers
      table(area, "control_lots", "quality.lots", panel, [
        analyte, { name: "kit_lot" }, { name: "control" }, { name: "n_accepted", number: true },
        { name: "bias_percent", digits: 3 }, { name: "cv_percent", digits: 3 }, { name: "total_error_percent", digits: 3 },
        { name: "n_warned", number: true }, { name: "n_failed", number: true }, verdict, { name: "words" },
      ]);
      table(area, "bridging", "quality.bridging", panel, [
        analyte, { name: "lot_old" }, { name: "lot_new" }, { name: "n_pairs", number: true },
        { name: "ratio", digits: 3 }, { name: "ratio_low", digits: 3 }, { name: "ratio_high", digits: 3 }, verdict, { name: "words" },
      ]);
      table(area, "lloq_proposals", "quality.limits", panel, [
        analyte, { name: "kit_lot" }, { name: "n_runs", number: true }, { name: "plate_min", digits: 3 }, { name: "plate_median", digits: 3 },
        { name: "plate_max", digits: 3 }, { name: "lloq_proposed", digits: 3 }, { name: "lloq_validated", digits: 3 },
        { name: "standard_unit", title: page.heading("unit") }, verdict, { name: "words" },
      ]);

      // pictures
      area.append(page.element("h2", {}, say("quality.over_time")), page.element("p", { class: "note" }, say("quality.how")));
      if (page.apart()) area.append(page.element("p", { class: "note" }, say("files.recent")));
      const controls = page.find("controls", { panel });
      const curves = page.find("curves", { panel });
      const grid = page.element("div", { class: "charts" });
      area.append(grid);
      const measured = new Set(curves.map((row) => row.analyte));
      for (const name of [...labels.keys()].filter((each) => measured.has(each))) {
        const own = controls.filter((row) => row.analyte === name).map(control);
        const limits = curves.filter((row) => row.analyte === name && row.lloq !== null).map(limit);
        if (own.some((row) => row.recovery_percent !== null)) {
          const marked = own.filter((row) => row.rules).length;
          const seen = say("quality.controls_seen", { runs: new Set(own.map((row) => row.run)).size, marked });
          page.chart(grid, "controls", runs(own), { title: say("quality.controls_of", { label: labels.get(name) }), seen });
        }
        if (limits.length) {
          const values = limits.map((row) => row.lloq);
          const unit = page.unit(limits[0].standard_unit);
          const seen = say("quality.limits_seen", { plates: values.length, low: page.number(Math.min(...values)), high: page.number(Math.max(...values)), unit });
          page.chart(grid, "limits_over_time", runs(limits), { title: say("quality.limits_of", { label: labels.get(name) }), seen, y: `LLOQ, ${unit}` });
        }
      }
    });

    function table(area, name, words, panel, columns) {
      const rows = page.find(name, { panel });
      if (!rows.length) return;
      area.append(page.element("h2", {}, say(words)));
      page.table(area, { name, rows, columns, caption: say(words), filter: rows.length > 8 });
    }

    // Rows in the order of their runs, by date and plate.
    function runs(rows) {
      const order = [...new Set(rows.map((row) => row.run))].sort((one, other) => (one < other ? -1 : 1));
      return rows.map((row) => ({ ...row, place: order.indexOf(row.run) + 1 }));
    }
    function run(plate) {
      return `${plates.get(plate).run_date || "?"} ${plate}`;
    }

    function control(row) {
      const guide = (side) => (row.z === null ? null : (100 * row.guide_mean * Math.exp(side * 3 * row.guide_sd_log)) / row.expected);
      return {
        run: run(row.plate),
        control: row.control,
        recovery_percent: row.recovery_percent,
        tolerance_low: 100 - row.tolerance_percent,
        tolerance_high: 100 + row.tolerance_percent,
        guide_low: guide(-1),
        guide_high: guide(1),
        rules: row.rules,
        words: `${page.number(row.recovery_percent)} %. ${row.words}`,
      };
    }

    function limit(row) {
      const words = `${row.plate}: ${page.number(row.lloq)} ${page.unit(row.standard_unit)}`;
      return { run: run(row.plate), kit_lot: row.kit_lot, lloq: row.lloq, lloq_validated: row.lloq_validated, standard_unit: row.standard_unit, words };
    }
  },
});
