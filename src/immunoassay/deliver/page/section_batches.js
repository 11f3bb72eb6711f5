"use strict";
// Batches: one page for each, a part for each plate: verdicts in words, map, curve, standards, limits, controls, samples.
page.section("batches", {
  draw(body, given) {
    const { say, element, anchor, number, recompute } = page;
    const { report } = page.data.facts;
    const plates = page.rows("plates");
    const wanted = given.plate ? plates.filter((row) => row.plate === given.plate) : plates.filter((row) => row.batch === given.batch);
    if (report && !wanted.length) wanted.push(...plates);
    if (!wanted.length) return page.batchIndex(body);
    const { batch } = wanted[0];
    if (page.fileOf({ batch })) {
      const there = anchor([batch, given.plate].filter(Boolean).join(", "), "batches", given);
      return body.append(element("p", {}, say("files.elsewhere"), " ", there), ...approvalOf(batch));
    }
    const others = plates.filter((row) => row.batch === batch);
    if (report) body.append(element("p", { class: "note" }, say("files.of_batch", { batch }), " ", element("a", { href: report }, say("files.report")), "."));
    body.append(element("p", {}, anchor(say("batches.every"), "batches", {}, report), " › ", anchor(batch, "batches", { batch }), others.map((row) => [" · ", anchor(row.plate, "batches", { plate: row.plate })])));
    body.append(...approvalOf(batch));
    for (const plate of wanted) part(plate);

    function approvalOf(batch) {
      const found = page.has("approvals") ? page.find("approvals", { batch }) : []; // not on the page of a batch
      return found.map((approval) => element("p", {}, page.approval(approval), approval.state === "approved" ? "" : [" · ", anchor(say("batches.approve"), "decide", { batch })]));
    }

    function part(plate) {
      const lights = page.find("lights", { plate: plate.plate });
      const facts = Object.fromEntries(Object.entries(plate).map(([name, value]) => [name, value || "–"]));
      body.append(element("h2", {}, plate.plate), element("p", {}, say("batches.plate_facts", facts)));
      if (plate.used === "no") body.append(element("p", { class: "differs" }, say("batches.not_used", { reason: plate.reason || "" })));
      body.append(element("p", {}, anchor(say("batches.decide"), "decide", { plate: plate.plate })));
      verdictsOf(lights);
      const analytes = lights.map((row) => row.analyte);
      if (!page.where("wells", { plate: plate.plate }).length) return deliveredOf(plate);
      const chosen = given.analyte && analytes.includes(given.analyte) ? given.analyte : analytes[0];
      const place = element("div", {});
      const select = element("select", { change: () => detail(plate, select.value, place) }, analytes.map((name) => element("option", { value: name, selected: name === chosen }, name)));
      body.append(element("form", { class: "asked", submit: (event) => event.preventDefault() }, element("label", {}, say("batches.analyte"), select)), place);
      detail(plate, chosen, place);
    }

    function verdictsOf(lights) {
      body.append(element("h3", {}, say("batches.verdicts")));
      const verdicts = [...new Set(lights.map((row) => row.verdict))];
      for (const verdict of verdicts) {
        const own = lights.filter((row) => row.verdict === verdict);
        const list = [...new Set(own.map((row) => row.why).filter(Boolean))].map((why) => element("li", {}, `${own.filter((row) => row.why === why).map((row) => row.analyte).join(", ")}: ${why}`));
        body.append(element("div", {}, element("p", {}, page.verdict(verdict), " ", say("batches.verdict_words", { count: own.length, all: lights.length, verdict: page.code(verdict) })), list.length ? element("ul", {}, list) : ""));
      }
    }

    function deliveredOf(plate) {
      body.append(element("h3", {}, say("batches.delivered")));
      const numbers = page.where("delivered", { plate: plate.plate });
      page.wholeTable(body, "delivered", numbers);
    }

    function detail(plate, analyte, place) {
      place.replaceChildren();
      const wells = page.find("wells", { plate: plate.plate, analyte });
      const [curve] = page.find("curves", { plate: plate.plate, analyte });
      place.append(page.plateMap(plate.plate, analyte, wells));
      place.append(element("h3", {}, say("batches.curve", { analyte })));
      if (curve && curve.status === "converged") {
        const model = curve.model === "5pl" && curve.orientation === "lower" ? "5pl_lower" : curve.model;
        place.append(element("p", {}, say("batches.curve_facts", { model: say(`model.${model}`), lloq: number(curve.lloq, 4), uloq: number(curve.uloq, 4), unit: curve.standard_unit || "", rule: page.code(curve.limit_rule) })));
        const chart = element("div", { class: "chart" });
        place.append(chart);
        page.chart(chart, "curve", page.curveRows(plate.plate, analyte), { seen: say("batches.curve_seen") });
      } else place.append(element("p", {}, say("batches.no_curve", { why: (curve && curve.status_reason) || "" })));
      for (const row of page.has("dropped_standards") ? page.find("dropped_standards", { plate: plate.plate, analyte }) : []) {
        if (row.dropped) place.append(element("p", {}, say("batches.dropped", { level: row.level, reason: page.code(row.reason) })));
      }
      const ofWells = (role) => wells.filter((row) => row.role === role);
      const wellColumns = [
        { name: "well" }, { name: "level" },
        { name: "expected", title: say("batches.expected"), digits: 5 },
        { name: "signal", digits: 6 },
        { name: "concentration_well", title: say("trace.in_well", { unit: (curve && curve.standard_unit) || "" }), digits: 4 },
        { name: "recovery_percent", number: true, format: (row) => (row.expected > 0 && row.concentration_well !== null ? number((100 * row.concentration_well) / row.expected) : "") },
        { name: "status", format: (row) => page.code(row.status) },
        { name: "disposition", format: (row) => page.code(row.disposition) },
      ];
      if (ofWells("standard").length) page.table(place, { name: "standards", rows: ofWells("standard"), caption: say("batches.standards"), filter: false, columns: wellColumns });
      if (curve) limitsOf(place, curve);
      if (report && ofWells("control").length) page.table(place, { name: "controls", rows: ofWells("control"), caption: say("batches.controls"), filter: false, columns: wellColumns });
      const controls = report ? [] : page.find("controls", { plate: plate.plate, analyte });
      if (controls.length) {
        page.table(place, {
          name: "controls", rows: controls, caption: say("batches.controls"), filter: false,
          columns: [{ name: "control" }, { name: "value", digits: 4 }, { name: "expected", digits: 4 }, { name: "unit" }, { name: "recovery_percent", digits: 3 }, { name: "verdict", format: (row) => page.verdict(row.verdict) }, { name: "words" }],
        });
      }
      const checks = page.find("checks", { plate: plate.plate, analyte });
      if (checks.length) {
        page.table(place, {
          name: "checks", rows: checks, caption: say("batches.checks"), filter: checks.length > 20,
          columns: [{ name: "rule", format: (row) => page.rule(row.rule) }, { name: "verdict", format: (row) => page.verdict(row.verdict) }, { name: "required", format: (row) => (row.required ? "✓" : "") }, { name: "limit" }, { name: "words" }],
        });
      }
      const attempts = page.find("attempts", { plate: plate.plate, analyte });
      if (attempts.length) {
        page.table(place, {
          name: "samples", rows: attempts, caption: say("batches.samples"),
          columns: [
            { name: "sample_id", format: (row) => row.sample_id && anchor(row.sample_id, "trace", { sample: row.sample_id, analyte }) },
            { name: "wells" }, { name: "dilution", digits: 6 },
            { name: "point", title: say("batches.result"), number: true, format: (row) => page.result(row, "lloq_plate", "uloq_plate") },
            { name: "unit" }, { name: "cv_percent", digits: 3 }, { name: "reason", format: (row) => page.code(row.reason) }, { name: "flags" }, { name: "amendments" },
          ],
        });
      }
    }

    function limitsOf(place, curve) {
      const rules = ["recovery_cv", "precision_profile", "asymptote_interval", "validated"];
      const rows = rules.map((rule) => ({ rule, lloq: curve[`lloq_${rule}`], uloq: curve[`uloq_${rule}`], chosen: rule === curve.limit_rule ? "✓" : "" }));
      page.table(place, {
        name: "limits", rows: rows.filter((row) => row.lloq !== null || row.uloq !== null), caption: say("batches.limits"), filter: false,
        columns: [{ name: "rule", title: say("batches.limit_rule"), format: (row) => page.code(row.rule) }, { name: "lloq", digits: 5 }, { name: "uloq", digits: 5 }, { name: "chosen", title: say("batches.chosen") }],
      });
    }
  },
});

// Every batch, the last of the sheet first: its analytes by verdict, and its plates.
page.batchIndex = (body) => {
  const { say, element, anchor } = page;
  const verdicts = ["PASS", "WARN", "FAIL", "NOT_EVALUABLE"];
  const lights = Map.groupBy(page.rows("lights"), (row) => row.plate);
  const batches = [...Map.groupBy(page.rows("plates"), (row) => row.batch)].map(([batch, plates]) => {
    const own = plates.flatMap((row) => lights.get(row.plate) || []);
    const counts = Object.fromEntries(verdicts.map((verdict) => [verdict, own.filter((row) => row.verdict === verdict).length]));
    const run_date = plates.map((row) => row.run_date).filter(Boolean).sort().at(-1) ?? null;
    return { batch, run_date, plates, panel: [...new Set(plates.map((row) => row.panel))].join(", "), ...counts };
  });
  page.table(body, {
    name: "batches",
    rows: batches.reverse(),
    caption: say("batches.index"),
    columns: [
      { name: "batch", format: (row) => anchor(row.batch, "batches", { batch: row.batch }) },
      { name: "run_date" },
      { name: "panel" },
      ...verdicts.map((verdict) => ({ name: verdict, title: `${page.sign(verdict)} ${page.code(verdict)}`, number: true, format: (row) => (row[verdict] ? String(row[verdict]) : "") })),
      { name: "plates", sort: (row) => row.plates.length, format: (row) => element("span", {}, row.plates.map((each, at) => [at ? ", " : "", anchor(each.plate, "batches", { plate: each.plate })]).flat()) },
    ],
  });
};

// The wells of a plate as a grid of the plate: rows A, B, …, columns 1, 2, …; the colour is the quantity that is chosen.
page.plateMap = (plate, analyte, wells) => {
  const { say, element, number } = page;
  const shows = ["signal", "concentration", "cv", "disposition"];
  if (wells.some((row) => row.bead_count !== null)) shows.splice(1, 0, "bead_count");
  const place = element("div", {});
  const select = element("select", { change: () => draw() }, shows.map((name) => element("option", { value: name }, say(`batches.${name}`))));
  const spreads = page.replicateCv(wells);
  const values = {
    signal: (row) => row.signal,
    bead_count: (row) => row.bead_count,
    concentration: (row) => row.concentration,
    cv: (row) => spreads.get(row.well) ?? null,
    disposition: () => null,
  };
  const byWell = new Map(wells.map((row) => [row.well, row]));
  const letters = [...new Set(wells.map((row) => row.well.replace(/[0-9]+$/, "")))].sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  const numbers = [...new Set(wells.map((row) => row.well.replace(/^[A-Za-z]+/, "")))].sort();

  function draw() {
    const show = select.value;
    const value = values[show];
    const known = wells.map(value).filter((each) => each !== null && each !== undefined);
    const scale = known.every((each) => each > 0) && show !== "cv" && show !== "bead_count" ? Math.log : (each) => each;
    const [low, high] = [Math.min(...known.map(scale)), Math.max(...known.map(scale))];
    const cell = (letter, digits) => {
      const row = byWell.get(letter + digits);
      if (!row) return element("td", {});
      const own = value(row);
      const what = row.sample_id || [row.role, row.level].filter(Boolean).join(" ");
      const words = say("batches.well", { well: row.well, what, signal: number(row.signal, 5), status: page.code(row.status), disposition: [page.code(row.disposition), row.disposition_reason].filter(Boolean).join(", ") });
      const text = show === "disposition" ? page.code(row.disposition) : number(own, 3);
      const content = [text || "–", element("span", { class: "what" }, what)];
      const inner = row.role === "sample" && row.sample_id ? element("a", { href: page.link("trace", { sample: row.sample_id, analyte }), "aria-label": words }, content) : element("span", { "aria-label": words }, content);
      const made = element("td", { title: words, class: ["usable", "beyond_detector", "empty"].includes(row.disposition) ? null : "aside" }, inner);
      if (own !== null && own !== undefined && high > low) {
        const share = Math.round(8 + (44 * (scale(own) - low)) / (high - low));
        made.style.background = `color-mix(in srgb, var(--link) ${share}%, var(--ground))`;
      }
      return made;
    };
    const caption = say("batches.map", { plate, analyte, shows: say(`batches.${show}`) });
    const head = element("tr", {}, element("td", {}), numbers.map((digits) => element("th", { scope: "col" }, String(Number(digits) || digits))));
    const lines = letters.map((letter) => element("tr", {}, element("th", { scope: "row" }, letter), numbers.map((digits) => cell(letter, digits))));
    place.querySelector(".plate").replaceChildren(element("table", {}, element("caption", { class: "unseen" }, caption), element("thead", {}, head), element("tbody", {}, lines)));
  }

  place.append(
    element("form", { class: "asked", submit: (event) => event.preventDefault() }, element("label", {}, say("batches.shows"), select)),
    element("p", { class: "note" }, say("batches.map_how")),
    element("div", { class: "plate", tabindex: "0", role: "region", "aria-label": `${plate}, ${analyte}` }),
  );
  draw();
  return place;
};

// What the chart of a curve draws: its line, the curves of the plates before it, standards, controls, samples (only those in
// `only`, where given) and the limits.
page.curveRows = (plate, analyte, only) => {
  const [curve] = page.find("curves", { plate, analyte });
  const day = (name) => page.find("plates", { plate: name })[0].run_date || "";
  const earlier = page.find("curves", { analyte }).map((row) => row.plate).filter((name) => name !== plate && day(name) < day(plate));
  const recent = earlier.sort((a, b) => (day(a) < day(b) ? 1 : -1)).slice(0, 6);
  const line = (name, layer) => page.find("curve_points", { plate: name, analyte }).map((row) => ({ ...row, layer, words: name }));
  const wells = page.find("wells", { plate, analyte }).filter((row) => row.signal !== null && (row.role !== "sample" || !only || only.includes(row.well)));
  const story = (row) => page.say("batches.well", {
    well: row.well, what: row.sample_id || [row.role, row.level].filter(Boolean).join(" "), signal: page.number(row.signal, 5),
    status: page.code(row.status), disposition: page.code(row.disposition),
  });
  const dot = (row) => ({
    layer: "well", plate, x: row.role === "standard" ? row.expected : row.concentration_well, y: row.signal, low: null, high: null,
    kind: row.disposition === "usable" ? row.role : "set aside", words: story(row),
  });
  const limit = (name) => ({ layer: "limit", plate, x: curve[name], y: null, low: null, high: null, kind: name, words: `${page.heading(name)} ${page.number(curve[name], 4)}` });
  return [
    ...recent.flatMap((name) => line(name, "earlier")),
    ...line(plate, "fit"),
    ...wells.map(dot).filter((row) => row.x > 0),
    ...["lloq", "uloq"].filter((name) => curve[name] !== null).map(limit),
  ];
};

// {well: CV in percent (n - 1) of the concentrations of its replicates}.
page.replicateCv = (wells) => {
  const groups = new Map();
  for (const row of wells) {
    if (row.disposition !== "usable" || row.concentration_well === null) continue;
    const key = JSON.stringify([row.role, row.level, row.sample_id, row.dilution]);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(row);
  }
  const found = new Map();
  for (const rows of groups.values()) {
    if (rows.length < 2) continue;
    const values = rows.map((row) => row.concentration_well);
    const mean = values.reduce((sum, each) => sum + each, 0) / values.length;
    const spread = Math.sqrt(values.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (values.length - 1));
    for (const row of rows) found.set(row.well, (100 * spread) / mean);
  }
  return found;
};
