"use strict";
// Trace: result, attempts, wells, curve, amendments, file; every number computed once more from what the page holds.
page.section("trace", {
  draw(body, { sample, analyte, all }) {
    const { say, element, anchor, recompute, number } = page;
    const line = (code, values) => element("p", {}, say(code, values));
    const { report } = page.data.facts;
    const samples = [...new Set(page.column(page.apart() ? "measured_in" : "attempts", "sample_id"))].filter(Boolean).sort(page.compare);
    const analytes = [...new Set(page.column(page.apart() ? "lights" : "attempts", "analyte"))];
    body.append(asked(), element("div", { id: "verified", role: "status" }));
    if (all && page.count("curves")) verifyAll();
    if (sample && analyte) chain();
    else if (sample || analyte) listed();
    else body.append(line("trace.how"));

    function asked() {
      const sampleBox = element("input", { name: "sample", list: "samples", value: sample || "", autocomplete: "off" });
      const analyteBox = element("select", { name: "analyte" }, element("option", { value: "" }, say("trace.every")), analytes.map((name) => element("option", { value: name, selected: name === analyte }, name)));
      const go = (event) => {
        event.preventDefault();
        location.hash = page.link("trace", { sample: sampleBox.value.trim(), analyte: analyteBox.value });
      };
      return element(
        "form",
        { class: "asked", submit: go },
        element("label", {}, page.heading("sample_id"), sampleBox),
        element("datalist", { id: "samples" }, samples.map((name) => element("option", { value: name }))),
        element("label", {}, page.heading("analyte"), analyteBox),
        element("button", { type: "submit" }, say("trace.go")),
        page.count("curves") ? element("button", { type: "button", click: verifyAll }, say("trace.verify_all")) : "",
      );
    }

    function verifyAll() {
      const found = recompute.verify();
      const place = document.getElementById("verified");
      const values = { wells: found.wells.toLocaleString("en"), attempts: found.attempts.toLocaleString("en"), digits: found.digits, differing: found.differing.length };
      const fine = !found.differing.length;
      place.replaceChildren(element("p", { class: fine ? "agrees" : "differs" }, say(fine ? "trace.all_agree" : "trace.some_differ", values)));
      if (report || page.apart()) place.append(line("files.covers", { batch: page.batch() }));
      if (!fine) {
        page.table(place, {
          name: "differing",
          rows: found.differing,
          caption: say("trace.differing"),
          columns: [
            { name: "kind" },
            { name: "plate" },
            { name: "well" },
            { name: "sample_id", format: (row) => row.sample_id && anchor(row.sample_id, "trace", { sample: row.sample_id, analyte: row.analyte }) },
            { name: "analyte" },
            { name: "stated", title: say("trace.stated"), digits: 8 },
            { name: "computed", title: say("trace.computed"), digits: 8 },
            { name: "status", format: (row) => page.code(row.status) },
            { name: "again", title: say("trace.status_again"), format: (row) => page.code(row.again) },
          ],
        });
      }
    }

    function listed() {
      const wanted = Object.fromEntries(Object.entries({ sample_id: sample, analyte }).filter(([, value]) => value));
      const rows = page.find(report ? "attempts" : "results", wanted);
      const places = elsewhere();
      body.append(...places);
      if (!rows.length) return places.length ? undefined : body.append(line("trace.unknown", { sample: sample || "", analyte: analyte || "" }));
      page.table(body, {
        name: report ? "attempts" : "results",
        rows,
        caption: say(report ? "trace.step_attempts" : "trace.results"),
        columns: [
          { name: "sample_id" },
          { name: "analyte", format: (row) => anchor(row.analyte, "trace", { sample: row.sample_id, analyte: row.analyte }) },
          { name: "point", title: say("trace.result"), number: true, format: (row) => (report ? page.result(row, "lloq_plate", "uloq_plate") : page.result(row)) },
          { name: "unit" },
          { name: "plate" },
          { name: "wells" },
          { name: "verdict", format: (row) => page.verdict(row.verdict) },
          { name: "reason", format: (row) => page.code(row.reason) },
          { name: "flags" },
        ],
      });
    }

    // The pages of the other batches that hold attempts of the sample.
    function elsewhere() {
      if (!page.apart() || !sample) return [];
      const kit = analyte && page.data.facts.sheets.analytes.find((row) => row.analyte === analyte)?.panel;
      const rows = page.find("measured_in", { sample_id: sample }).filter((row) => !kit || row.panel === kit);
      const batches = [...new Set(rows.map((row) => row.batch))].filter((batch) => page.fileOf({ batch }));
      const links = batches.map((batch, at) => [at ? " · " : " ", anchor(batch, "trace", { sample, analyte }, page.fileOf({ batch }))]);
      return batches.length ? [element("p", {}, say("files.sample"), links)] : [];
    }

    function chain() {
      const [result] = report ? [] : page.find("results", { sample_id: sample, analyte });
      const attempts = page.find("attempts", { sample_id: sample, analyte });
      const places = elsewhere();
      if (!result && !attempts.length && !places.length) return body.append(line("trace.unknown", { sample, analyte }));
      const steps = element("ol", { class: "steps" });
      body.append(steps);
      const step = (code, plate, ...content) => steps.append(element("li", {}, element("h2", {}, say(code, { plate })), ...content));
      if (report) step("trace.step_result", "", element("p", {}, say("files.reported"), " ", anchor(`${sample}, ${analyte}`, "trace", { sample, analyte }, report)));
      else if (result) step("trace.step_result", "", ...resultOf(result));
      else step("trace.step_result", "", line(places.length ? "files.not_held" : "trace.no_result"));
      step("trace.step_attempts", "", ...places, ...(attempts.length ? [attemptsOf(attempts)] : []));
      for (const attempt of attempts.filter((row) => !page.fileOf(row))) {
        const wells = page.find("wells", { plate: attempt.plate, sample_id: sample, analyte, role: "sample" });
        if (wells.length) measured(step, attempt, wells);
        else delivered(step, attempt);
      }
      if (report) return undefined;
      const names = new Set([result, ...attempts].filter(Boolean).flatMap((row) => (row.amendments ? row.amendments.split(";") : [])));
      const amended = page.has("amendments") ? page.rows("amendments").filter((row) => names.has(row.amendment)) : [];
      if (amended.length) {
        const sentence = (row) => element("li", {}, say("trace.amendment", { ...blank(row), place: [row.plate, row.well, row.sample_id, row.analyte].filter(Boolean).join(", "), change: [row.from, row.to].filter(Boolean).join(" → ") }));
        step("trace.step_amendments", "", element("ul", {}, amended.map(sentence)));
      } else step("trace.step_amendments", "", line("trace.no_amendment"));
    }

    function blank(row) {
      return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value ?? ""]));
    }

    function resultOf(row) {
      const parts = [element("p", { class: "numbers" }, element("strong", {}, `${page.result(row)} ${row.status === "not_reportable" || row.status === "missing" ? "" : row.unit}`))];
      if (row.reason) parts.push(element("p", {}, page.code(row.reason)));
      const facts = {
        ...blank(row),
        lloq: number(row.lloq_applied, 4), uloq: number(row.uloq_applied, 4), rule: (row.lloq_rule || "").replace(/[a-z_]+/g, page.code),
        low: number(row.low), high: number(row.high), point: number(row.point, 8), verdict: page.code(row.verdict),
      };
      parts.push(line(row.plate ? "trace.result_facts" : "trace.result_none", facts));
      if (row.low !== null && row.status === "quantified") parts.push(line("trace.interval", facts));
      for (const flag of (row.flags || "").split(";").filter(Boolean)) parts.push(element("p", {}, `${flag}: ${page.code(flag.split(":")[0])}`));
      return parts;
    }

    function attemptsOf(attempts) {
      const place = element("div", {});
      page.table(place, {
        name: "attempts",
        rows: attempts,
        caption: say("trace.attempts"),
        filter: false,
        columns: [
          { name: "plate", format: (row) => anchor(row.plate, "batches", { plate: row.plate, analyte }) },
          { name: "run_date" },
          { name: "wells" },
          { name: "dilution", digits: 6 },
          { name: "point", title: say("trace.result"), number: true, format: (row) => page.result(row, "lloq_plate", "uloq_plate") },
          { name: "unit" },
          { name: "cv_percent", digits: 3 },
          { name: "verdict", format: (row) => page.verdict(row.verdict, page.find("lights", { plate: row.plate, analyte })[0]?.why) },
          ...(report ? [] : [{ name: "selected", title: say("trace.selected"), format: (row) => (row.selected ? "✓" : "") }, { name: "selection", title: say("trace.why") }]),
        ],
      });
      return place;
    }

    // An attempt of wells: the wells, the curve, and both numbers once more.
    function measured(step, attempt, wells) {
      const { plate } = attempt;
      const [row] = page.find("curves", { plate, analyte });
      const curve = recompute.curve(row);
      const again = recompute.attempt(plate, sample, analyte);
      const rows = wells.map((well) => ({ ...well, again: recompute.well(well, curve).concentration_well }));
      const place = element("div", {});
      page.table(place, {
        name: `wells_${plate}`,
        rows,
        caption: say("trace.wells", { plate }),
        filter: false,
        columns: [
          { name: "well", format: (each) => anchor(each.well, "batches", { plate, analyte }) },
          { name: "signal", digits: 8 },
          ...(rows.some((each) => each.bead_count !== null) ? [{ name: "bead_count", title: say("trace.beads"), number: true }] : []),
          { name: "dilution", digits: 6 },
          { name: "concentration_well", title: say("trace.in_well", { unit: rows[0].standard_unit || "" }), digits: 8 },
          { name: "again", title: say("trace.computed"), digits: 8 },
          { name: "concentration", title: say("trace.in_sample", { unit: rows[0].unit || "" }), digits: 6 },
          { name: "status", format: (each) => page.code(each.status) },
          { name: "reason", format: (each) => page.code(each.reason) },
          { name: "disposition", format: (each) => [page.code(each.disposition), each.disposition_reason].filter(Boolean).join(": ") },
          { name: "flags" },
          { name: "amendments" },
        ],
      });
      step("trace.step_wells", plate, place);
      step("trace.step_curve", plate, ...curveOf(row, curve, attempt, rows));
      const digits = recompute.digits(attempt.point, again.point);
      const agrees = attempt.status === again.status && (attempt.point === null || digits === page.data.facts.digits);
      const words = { stated: attempt.point === null ? page.code(attempt.status) : number(attempt.point, 8), computed: again.point === null ? page.code(again.status) : number(again.point, 8), digits, plate };
      step("trace.step_again", plate, element("p", { class: agrees ? "agrees" : "differs" }, say(agrees ? (attempt.point === null ? "trace.agrees_no_value" : "trace.agrees") : "trace.differs", words)));
      step("trace.step_file", plate, ...fileOf(plate, wells));
    }

    function curveOf(row, curve, attempt, wells) {
      if (!curve) return [line("trace.no_curve", { why: (row && row.status_reason) || "" })];
      const model = row.model === "5pl" && row.orientation === "lower" ? "5pl_lower" : row.model;
      const shown = Object.fromEntries(["lower_asymptote", "upper_asymptote", "slope", "midpoint", "asymmetry"].map((name) => [name, number(row[name], 8)]));
      const limits = { lloq: number(row.lloq, 6), uloq: number(row.uloq, 6), unit: row.standard_unit || "", rule: page.code(row.limit_rule), lot: row.kit_lot || "" };
      const place = element("div", { class: "chart" });
      page.chart(place, "curve", page.curveRows(attempt.plate, analyte, wells.map((well) => well.well)), { seen: say("batches.curve_seen") });
      return [element("p", {}, say(`model.${model}`)), line("trace.parameters", shown), line("trace.limits", limits), place];
    }

    function fileOf(plate, rows) {
      const [known] = page.find("plates", { plate });
      const written = [...new Set(rows.map((row) => row.sample_written).filter(Boolean))];
      const values = { file: known.file, rows: [...new Set(rows.map((row) => row.file_row).filter((each) => each !== null))].join(", "), sha256: known.file_sha256 || "" };
      return [line("trace.file", values), line("trace.checksum", values), ...(written.length ? [line("trace.written", { written: written.join(", ") })] : [])];
    }

    // An attempt of a delivery: the rows as the laboratory wrote them.
    function delivered(step, attempt) {
      const rows = page.has("delivered") ? page.find("delivered", { plate: attempt.plate, sample_id: sample, analyte }) : [];
      if (!rows.length) return;
      const place = element("div", {});
      const columns = ["record", "value_text", "value", "unit", "flag", "date", "comment", "disposition"].filter((name) => name in rows[0]);
      page.table(place, { name: `delivered_${attempt.plate}`, rows, caption: say("trace.delivered", { plate: attempt.plate }), filter: false, columns: columns.map((name) => ({ name })) });
      step("trace.step_delivered", attempt.plate, place);
      step("trace.step_file", attempt.plate, ...fileOf(attempt.plate, rows));
    }
  },
});
