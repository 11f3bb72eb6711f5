"use strict";
// What an amendment would change: {rows: [{sample_id, analyte, before, after}], moving: [{sample_id, analyte, before}], why}.
// `rows` are exact. `moving` are results that may move, as the workflow has to run to know: a curve is fitted anew, values
// are compared over plates, or attempts are in the page of another batch.
page.effects = (() => {
  const EXCLUDED = "excluded_by_amendment";
  const gone = (attempt, reason) => ({ ...attempt, status: "not_reportable", reason, point: null });
  const given = (values) => Object.fromEntries(Object.entries(values).filter(([, value]) => value));
  const unsure = (why, results) => ({ rows: [], moving: results.map((before) => ({ sample_id: before.sample_id, analyte: before.analyte, before })), why });

  // Whether two results say the same: the status, its reason, and the number that is reported.
  function same(before, after) {
    const said = (row) => ({ quantified: row.point, below_lod: row.lod, below_lloq: row.lloq_applied, above_uloq: row.uloq_applied })[row.status] ?? null;
    return before.status === after.status && before.reason === after.reason && page.recompute.digits(said(before), said(after)) === page.data.facts.digits;
  }

  // Results of the other plates of a batch whose curves have the weights that all its plates estimate together.
  function weighedTogether(plate, analytes) {
    const { batch } = page.find("plates", { plate })[0];
    const others = page.find("plates", { batch }).map((row) => row.plate).filter((name) => name !== plate);
    const shared = others.flatMap((name) => page.find("curves", { plate: name })).filter((row) => analytes.includes(row.analyte) && row.weights === "two_component");
    return shared.flatMap((row) => page.find("results", { plate: row.plate, analyte: row.analyte }));
  }

  // The results of these attempts, each with its attempts as `change` makes them.
  function results(places, change, more) {
    const found = { rows: [], moving: [], why: page.say("files.unknown") };
    for (const [sample, analyte] of places) {
      const [before] = page.find("results", { sample_id: sample, analyte });
      if (!before) continue; // no sample of the study
      const attempts = page.find("attempts", { sample_id: sample, analyte });
      if (attempts.length < before.n_attempts) {
        found.moving.push({ sample_id: sample, analyte, before });
        continue;
      }
      const after = page.recompute.result(sample, analyte, attempts.map(change).filter(Boolean), more);
      if (!same(before, after)) found.rows.push({ sample_id: sample, analyte, before, after });
    }
    return found;
  }

  const places = (attempts) => [...new Map(attempts.map((row) => [JSON.stringify([row.sample_id, row.analyte]), [row.sample_id, row.analyte]])).values()];

  // Values over plates: pools, shifts, and the highest limit of the study.
  function overPlates(plate, analytes, removes) {
    const shifted = page.rows("amendments").some((row) => row.what === "bridge_shift" && (row.plate === plate || row.plate === null));
    const pooled = analytes.some((analyte) => page.find("results", { analyte }).some((row) => row.pool_factor !== null));
    return shifted || pooled || (removes && page.data.facts.lloq_across_plates === "max");
  }

  const kinds = {
    exclude_well({ plate, well, analyte }) {
      const wells = page.find("wells", given({ plate, well, analyte }));
      const analytes = wells.map((row) => row.analyte);
      const fitted = wells.filter((row) => ["standard", "blank", "control", "spike"].includes(row.role));
      if (fitted.length) {
        const roles = [...new Set(fitted.map((row) => row.role))].join(", ");
        const curved = fitted.some((row) => ["standard", "blank"].includes(row.role));
        const own = page.find("results", { plate }).filter((row) => analytes.includes(row.analyte));
        return unsure(page.say("decide.fitted_again", { roles }), curved ? [...own, ...weighedTogether(plate, analytes)] : own);
      }
      const own = wells.filter((row) => row.role === "sample");
      if (overPlates(plate, analytes, false)) return unsure(page.say("decide.over_plates"), own.flatMap((row) => page.find("results", { sample_id: row.sample_id, analyte: row.analyte })));
      const change = (attempt) => {
        if (attempt.plate !== plate || !own.some((row) => row.sample_id === attempt.sample_id && row.analyte === attempt.analyte)) return attempt;
        const without = (row) => (row.well === well ? { ...row, disposition: EXCLUDED } : row);
        return { ...attempt, ...page.recompute.attempt(plate, attempt.sample_id, attempt.analyte, without) };
      };
      return results(places(own), change);
    },
    exclude_plate: (row) => aside(row, "plate_set_aside"),
    exclude_analyte: (row) => aside(row, EXCLUDED),
    exclude_result({ sample_id, analyte }) {
      const rows = page.find("results", { sample_id, analyte }).filter((row) => row.status !== "missing");
      return { rows: rows.map((before) => ({ sample_id, analyte, before, after: gone(before, EXCLUDED) })), moving: [] };
    },
    replace_by_rerun({ plate, to, ...row }) {
      const own = page.find("attempts", given({ plate, sample_id: row.sample_id, analyte: row.analyte }));
      if (overPlates(plate, own.map((each) => each.analyte), false)) return unsure(page.say("decide.over_plates"), page.find("results", { plate }));
      return results(places(own), (attempt) => attempt, [{ ...row, plate, to }]);
    },
    sample_id({ plate, from, to }) {
      const hit = (row) => (row.sample_written ?? row.sample_id) === from;
      const read = ["wells", "delivered"].flatMap((table) => page.find(table, { plate })).filter((row) => ["sample", "spike", "ignore"].includes(row.role) && hit(row));
      const names = new Set(read.map((row) => row.sample_id));
      const own = page.find("attempts", { plate }).filter((row) => names.has(row.sample_id));
      if (overPlates(plate, own.map((row) => row.analyte), false) || read.some((row) => row.role !== "sample" || row.amendments)) {
        return unsure(page.say("decide.over_plates"), page.find("results", { plate }).filter((row) => names.has(row.sample_id)));
      }
      const analytes = [...new Set(own.map((row) => row.analyte))];
      const moved = (analyte) => own.filter((row) => row.analyte === analyte).map((row) => ({ ...row, sample_id: to }));
      const lost = results(places(own), (attempt) => (attempt.plate === plate ? null : attempt));
      for (const analyte of analytes) {
        const [before] = page.find("results", { sample_id: to, analyte });
        if (!before) continue;
        const attempts = page.find("attempts", { sample_id: to, analyte });
        const after = page.recompute.result(to, analyte, [...attempts, ...moved(analyte)]);
        if (attempts.length < before.n_attempts) lost.moving.push({ sample_id: to, analyte, before });
        else if (!same(before, after)) lost.rows.push({ sample_id: to, analyte, before, after });
      }
      return lost;
    },
  };

  function aside({ plate, analyte }, reason) {
    const own = page.find("attempts", given({ plate, analyte }));
    const analytes = [...new Set(own.map((row) => row.analyte))];
    if (overPlates(plate, analytes, true)) return unsure(page.say("decide.over_plates"), page.find("results", given({ plate, analyte })));
    const found = results(places(own), (attempt) => (attempt.plate === plate ? gone(attempt, reason) : attempt));
    const others = unsure(page.say("decide.weighed_together"), weighedTogether(plate, analytes));
    if (!found.moving.length) return { ...others, rows: found.rows };
    return { ...found, moving: [...found.moving, ...others.moving] };
  }

  return (row) => (page.fileOf(row) ? unsure(page.say("files.unknown"), page.find("results", given({ plate: row.plate, analyte: row.analyte }))) : kinds[row.what](row));
})();
