"use strict";
// The numbers once more, in the browser: concentrations of wells from the curve, attempts from wells, results from attempts,
// by the rules of the workflow. What it cannot know (a curve fitted anew) it does not guess.
page.recompute = (() => {
  const BELOW = -1, VALUE = 0, ABOVE = 1;
  const INCLUSIVE = 1e-9; // a value on a limit is inside it, whatever the last bit says
  const AGREE = 20, DILUTION_CV = 30; // percent
  const BELOWS = ["below_lod", "below_lloq"];
  const CENSORED = [...BELOWS, "above_uloq"];
  const COUNTED = ["usable", "beyond_detector"];
  // reasons of attempts that no well decides: a problem of the plate, the history of the tube
  const KEPT = ["plate_quarantined", ...["matrix", "storage_days", "freeze_thaw"].flatMap((rule) => [rule, `${rule}_not_evaluable`])];
  const self = {};
  const present = (value) => value !== null && value !== undefined && !Number.isNaN(value);
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const spread = (values) => {
    const centre = mean(values);
    return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
  };
  const distinct = (values) => [...new Set(values)];

  // A row of the curves with what its model needs; null where no curve is usable.
  self.curve = (row) => {
    if (!row || row.status !== "converged") return null;
    const side = row.orientation === "lower" ? -1 : 1;
    if (row.model === "linear") return { row, kind: "linear", a: row.lower_asymptote, d: row.slope, rising: row.slope < 0 ? -1 : 1 };
    if (row.model === "log_log") return { row, kind: "log_log", a: -row.slope * Math.log(row.midpoint), d: row.slope, rising: row.slope < 0 ? -1 : 1 };
    const [a, d] = [row.lower_asymptote, row.upper_asymptote];
    return { row, kind: "logistic", side, a, d, b: Math.abs(row.slope), m: Math.log(row.midpoint), g: row.asymmetry, rising: d < a ? -1 : 1 };
  };

  // ln concentration at which the curve has this signal, and whether that lies below, on or above the curve.
  self.invert = (curve, signal) => {
    const { kind, a, d, rising } = curve;
    let u;
    if (kind === "linear") u = Math.log((signal - a) / d);
    else if (kind === "log_log") u = (Math.log(signal) - a) / d;
    else {
      const ratio = curve.side > 0 ? (signal - d) / (a - d) : (signal - a) / (d - a);
      const v = -Math.log(ratio) / curve.g;
      u = curve.m + (curve.side * (v + Math.log(-Math.expm1(-v)))) / curve.b;
    }
    const below = (kind === "log_log" ? signal <= 0 && rising > 0 : (signal - a) * rising <= 0) || u < -690;
    const above = (kind === "logistic" ? (d - signal) * rising <= 0 : kind === "log_log" && signal <= 0) || u > 690;
    if (below) return { u: NaN, outcome: BELOW };
    if (above) return { u: NaN, outcome: ABOVE };
    return { u, outcome: VALUE };
  };

  // The signal of the curve at a concentration.
  self.signal = (curve, concentration) => {
    const { kind, a, d } = curve;
    if (kind === "linear") return a + d * concentration;
    if (kind === "log_log") return Math.exp(a + d * Math.log(concentration));
    const z = Math.max(-700, Math.min(700, curve.side * curve.b * (Math.log(concentration) - curve.m)));
    const exponent = -curve.g * Math.log1p(Math.exp(z));
    const [h, rest] = [Math.exp(exponent), -Math.expm1(exponent)];
    return curve.side > 0 ? a * h + d * rest : d * h + a * rest;
  };

  // Status and reason of a concentration in the well against the limits of its curve.
  self.judge = (curve, outcome, concentration) => {
    if (!curve) return ["not_reportable", "no_curve"];
    const { lod, lloq, uloq } = curve.row;
    if (!present(lloq) || !present(uloq)) return ["not_reportable", "no_limit"];
    if (outcome === BELOW) return [present(lod) ? "below_lod" : "below_lloq", "below_curve"];
    if (outcome === ABOVE) return ["above_uloq", "above_curve"];
    if (present(lod) && concentration < lod * (1 - INCLUSIVE)) return ["below_lod", "below_detection"];
    if (concentration < lloq * (1 - INCLUSIVE)) return ["below_lloq", "below_limit"];
    if (concentration > uloq * (1 + INCLUSIVE)) return ["above_uloq", "above_limit"];
    return ["quantified", null];
  };

  const highest = (curve) => (curve.rising > 0 ? ABOVE : BELOW); // where the highest signal lies

  // A well: its concentration in the well and in the sample, status and reason.
  self.well = (row, curve) => {
    const beyond = row.disposition === "beyond_detector";
    const none = { concentration_well: null, concentration: null };
    if (!COUNTED.includes(row.disposition)) return { ...none, status: "not_reportable", reason: "excluded" };
    if (!present(row.signal) && !beyond) return { ...none, status: "not_reportable", reason: "no_signal" };
    if (!curve) return { ...none, status: "not_reportable", reason: "no_curve" };
    const found = beyond ? { u: NaN, outcome: highest(curve) } : self.invert(curve, row.signal);
    const inWell = found.outcome === VALUE ? Math.exp(found.u) : null;
    const [status, reason] = self.judge(curve, found.outcome, inWell);
    return {
      concentration_well: inWell,
      concentration: inWell === null ? null : inWell * ((row.dilution ?? 1) * (row.unit_factor ?? 1)),
      status,
      reason: beyond && status !== "not_reportable" ? "beyond_detector" : reason,
    };
  };

  // The wells of one sample, analyte and dilution on one plate as one row, by the replicate rule of the kit.
  self.combine = (wells, curve, rule, agreeing = AGREE) => {
    const each = wells.map((row) => ({ ...row, ...self.well(row, curve) }));
    const used = each.filter((row) => row.disposition === "usable" && present(row.signal));
    const beyond = each.filter((row) => row.disposition === "beyond_detector").length;
    const shown = used.length + beyond ? each.filter((row) => COUNTED.includes(row.disposition) && (present(row.signal) || row.disposition === "beyond_detector")) : each;
    const inWells = used.map((row) => row.concentration_well);
    const computable = inWells.every(present);
    const byMean = rule === "mean_of_concentrations" && used.length > 0 && used.every((row) => row.status === "quantified");
    const factor = (wells[0].dilution ?? 1) * (curve ? curve.row.unit_factor ?? 1 : 1);
    let point = null;
    let outcome = VALUE;
    if (byMean) point = mean(inWells);
    else if (curve && used.length) {
      const found = self.invert(curve, mean(used.map((row) => row.signal)));
      outcome = found.outcome;
      point = outcome === VALUE ? Math.exp(found.u) : null;
    }
    let [status, reason] = used.length ? self.judge(curve, outcome, point) : ["not_reportable", each.find((row) => row.reason !== null)?.reason ?? null];
    const flags = [];
    if (beyond && curve) {
      const at = highest(curve);
      const limit = at === ABOVE ? curve.row.uloq : curve.row.lloq;
      [status, reason] = self.judge(curve, at, null);
      point = null;
      if (status !== "not_reportable") {
        const near = (value) => (100 * Math.SQRT2 * Math.abs(value - limit)) / (value + limit) <= agreeing * (1 + INCLUSIVE);
        const together = used.every((row) => row.status === status || (present(row.concentration_well) && near(row.concentration_well)));
        if (together) reason = "beyond_detector";
        else [status, reason] = ["not_reportable", "replicates_contradict"];
      }
    }
    const limits = curve ? curve.row : {};
    const scaled = (value) => (present(value) ? value * factor : null);
    return {
      dilution: wells[0].dilution ?? 1,
      wells: shown.map((row) => row.well).sort().join(","),
      n_wells: used.length + beyond,
      status,
      reason,
      point: scaled(point),
      lod: scaled(limits.lod),
      lloq_plate: scaled(limits.lloq),
      uloq_plate: scaled(limits.uloq),
      cv_percent: computable && used.length > 1 && !beyond ? (100 * spread(inWells)) / mean(inWells) : null,
      flags,
      statuses: each.filter((row) => COUNTED.includes(row.disposition)).map((row) => row.status),
    };
  };

  // The row that stands for the dilutions of a sample.
  self.choose = (rows) => {
    const series = [...rows].sort((a, b) => a.dilution - b.dilution);
    if (series.length === 1) return series[0];
    const quantified = series.filter((row) => row.status === "quantified");
    if (quantified.length === 1) return quantified[0];
    if (quantified.length > 1) {
      const points = quantified.map((row) => row.point);
      return {
        ...quantified[0],
        point: mean(points),
        uloq_plate: quantified.at(-1).uloq_plate,
        cv_percent: (100 * spread(points)) / mean(points),
        wells: quantified.map((row) => row.wells).join(","),
        n_wells: quantified.reduce((sum, row) => sum + row.n_wells, 0),
        parallel: (100 * spread(points)) / mean(points),
        rise: Math.max(...points.slice(1).map((value, at) => 100 * (value / Math.min(...points.slice(0, at + 1)) - 1))),
      };
    }
    const below = series.filter((row) => BELOWS.includes(row.status));
    const above = series.filter((row) => row.status === "above_uloq");
    if (below.length && above.length) return { ...series[0], status: "not_reportable", reason: "dilutions_disagree", point: null };
    return below[0] || above.at(-1) || series[0];
  };

  // What the verdict of the plate and the rules of samples do to an attempt: its status and reason.
  function consequences(attempt, verdict, panel, criteria) {
    const take = (reason) => (attempt.status === "not_reportable" ? attempt : Object.assign(attempt, { status: "not_reportable", reason }));
    const excused = Boolean(panel.accept_unproven);
    if (verdict === "FAIL") take("plate_rejected");
    if (verdict === "NOT_EVALUABLE" && !excused) take("plate_not_evaluable");
    const judged = sampleRules(attempt, panel, criteria);
    for (const [rule, outcome] of judged) {
      if (!criteria.required.includes(rule)) continue;
      if (outcome === "FAIL") take(rule);
      else if (outcome === "NOT_EVALUABLE" && !excused) take(`${rule}_not_evaluable`);
    }
    return attempt;
  }

  function sampleRules(attempt, panel, criteria) {
    const rounded = (value) => Number(value.toFixed(criteria.compare_decimals));
    const found = [];
    if (present(attempt.cv_percent)) {
      const near = attempt.status === "quantified" && attempt.point < 3 * attempt.lloq_plate;
      const limit = criteria.replicates[near ? "cv_percent_near_lloq" : "cv_percent"];
      found.push(["replicate_cv", rounded(attempt.cv_percent) <= limit ? "PASS" : "FAIL"]);
    } else if (attempt.status === "quantified") found.push(["replicate_cv", "NOT_EVALUABLE"]);
    const fine = panel.min_dilution <= attempt.dilution && attempt.dilution <= panel.max_dilution;
    found.push(["dilution_range", fine ? "PASS" : "FAIL"]);
    if (attempt.statuses.length > 1) found.push(["replicate_agreement", distinct(attempt.statuses).length === 1 ? "PASS" : "FAIL"]);
    found.push(["hook", present(attempt.rise) ? (rounded(attempt.rise) <= criteria.hook_percent ? "PASS" : "FAIL") : "NOT_EVALUABLE"]);
    if (present(attempt.parallel)) found.push(["parallelism", rounded(attempt.parallel) <= criteria.parallelism_cv_percent ? "PASS" : "FAIL"]);
    return found;
  }

  self.panel = (name) => page.data.facts.sheets.panels.find((row) => row.panel === name);
  self.curveOf = (plate, analyte) => self.curve(page.find("curves", { plate, analyte })[0]);

  // The attempt of a sample on a plate, of its wells as `change` makes them.
  self.attempt = (plate, sample, analyte, change = (row) => row) => {
    const rows = page.find("wells", { plate, sample_id: sample, analyte, role: "sample" }).map(change);
    if (!rows.length) return null;
    const curve = self.curveOf(plate, analyte);
    const panel = self.panel(rows[0].panel);
    const criteria = page.data.facts.criteria[analyte];
    const dilutions = distinct(rows.map((row) => row.dilution ?? 1));
    const combined = dilutions.map((dilution) => self.combine(rows.filter((row) => (row.dilution ?? 1) === dilution), curve, panel.replicate_rule, criteria.replicates.cv_percent));
    const attempt = { ...self.choose(combined), plate, sample_id: sample, analyte };
    attempt.attempt = `${plate} 1:${attempt.dilution}`;
    const light = page.find("lights", { plate, analyte })[0];
    consequences(attempt, light.verdict, panel, criteria);
    const [stated] = page.find("attempts", { plate, sample_id: sample, analyte });
    if (stated && KEPT.includes(stated.reason) && attempt.status !== "not_reportable") Object.assign(attempt, { status: "not_reportable", reason: stated.reason });
    if (attempt.status === "not_reportable" && ["excluded", "no_signal"].includes(attempt.reason)) {
      attempt.reason = rows.find((row) => row.disposition !== "usable")?.disposition ?? attempt.reason;
    }
    return attempt;
  };

  // The result of a sample from its attempts: the first quantified in run order, else the first reportable, else the first.
  // `more` are amendments that are not in the study yet.
  self.result = (sample, analyte, attempts, more = []) => {
    if (!attempts.length) return { sample_id: sample, analyte, status: "missing", reason: "not_tested", point: null };
    const replaced = [...page.rows("amendments"), ...more].filter((row) => row.what === "replace_by_rerun");
    const plates = new Set(attempts.map((row) => row.plate));
    const isReplaced = (attempt) =>
      replaced.some((row) => row.plate === attempt.plate && plates.has(row.to) && [sample, null, ""].includes(row.sample_id) && [analyte, null, ""].includes(row.analyte));
    const rank = (attempt) => (isReplaced(attempt) ? 3 : attempt.status === "quantified" ? 0 : CENSORED.includes(attempt.status) ? 1 : 2);
    const padded = (text) => text.replace(/[0-9]+/g, (digits) => digits.padStart(12, "0"));
    const key = (attempt) => [rank(attempt), attempt.run_date ?? "9999-12-31", attempt.plate, padded(attempt.attempt)];
    const [first] = [...attempts].sort((one, other) => {
      const [a, b] = [key(one), key(other)];
      const at = a.findIndex((value, place) => value !== b[place]);
      return at < 0 ? 0 : a[at] < b[at] ? -1 : 1;
    });
    const [lloq, uloq] = limits(first, analyte);
    const result = { ...first, lloq_applied: lloq, uloq_applied: uloq };
    if (result.status === "quantified" && present(lloq) && result.point < lloq) Object.assign(result, { status: "below_lloq", reason: "below_study_limit" });
    else if (result.status === "quantified" && present(uloq) && result.point > uloq) result.status = "above_uloq";
    return result;
  };

  // The limits applied to an attempt, by the rule of the study.
  function limits(attempt, analyte) {
    const own = [attempt.lloq_plate, attempt.uloq_plate];
    const rule = page.data.facts.lloq_across_plates;
    if (rule === "max") return [page.find("results", { analyte }).find((row) => present(row.lloq_applied))?.lloq_applied ?? own[0], own[1]];
    if (rule !== "validated") return own;
    const curve = page.find("curves", { plate: attempt.plate, analyte })[0] || {};
    const stated = ["lloq_validated", "uloq_validated"].map((name) => (present(curve[name]) ? curve[name] * (curve.unit_factor ?? 1) * attempt.dilution : null));
    return [present(stated[0]) ? Math.max(own[0] ?? -Infinity, stated[0]) : own[0], present(stated[1]) ? Math.min(own[1] ?? Infinity, stated[1]) : own[1]];
  }

  // How many digits of two numbers agree, at most those that the page holds.
  self.digits = (one, other) => {
    const all = page.data.facts.digits;
    if (one === other) return all;
    if (!present(one) || !present(other)) return 0;
    let digits = all;
    while (digits > 0 && one.toPrecision(digits) !== other.toPrecision(digits)) digits--;
    return digits;
  };

  // Every well and every attempt of wells once more: {wells, attempts, digits compared, differing rows}.
  self.verify = () => {
    const curves = new Map(page.rows("curves").map((row) => [`${row.plate} ${row.analyte}`, self.curve(row)]));
    const found = { wells: 0, attempts: 0, digits: page.data.facts.digits, differing: [] };
    const compare = (kind, row, stated, computed, status) => {
      const agrees = self.digits(stated, computed) === found.digits && row.status === status;
      if (!agrees) found.differing.push({ kind, plate: row.plate, well: row.well ?? row.wells, sample_id: row.sample_id, analyte: row.analyte, stated, computed, status: row.status, again: status });
    };
    const measured = new Set(page.column("wells", "plate"));
    for (const plate of measured) page.find("wells", { plate }).forEach(well);
    function well(row) {
      if (row.concentration_well === null && row.status !== "quantified") return;
      found.wells++;
      const again = self.well(row, curves.get(`${row.plate} ${row.analyte}`));
      compare("well", row, row.concentration_well, again.concentration_well, again.status);
    }
    for (const row of page.rows("attempts")) {
      if (row.status !== "quantified" || !measured.has(row.plate)) continue;
      found.attempts++;
      const again = self.attempt(row.plate, row.sample_id, row.analyte);
      compare("attempt", row, row.value, again && again.point, again && again.status);
    }
    return found;
  };
  return self;
})();
