"use strict";
// What an amendment would change: {exact, rows: [{sample_id, analyte, before, after}], why}. `exact` is false where the workflow
// has to run to know, because a curve is fitted anew or values are compared over plates; the rows are then those that may move.
page.effects = (() => {
  const EXCLUDED = "excluded_by_amendment";
  const gone = (attempt, reason) => ({ ...attempt, status: "not_reportable", reason, point: null });
  const given = (values) => Object.fromEntries(Object.entries(values).filter(([, value]) => value));
  const unsure = (why, rows) => ({ exact: false, why, rows: rows.map((row) => ({ sample_id: row.sample_id, analyte: row.analyte, before: row, after: null })) });

  // The results of these attempts, each with its attempts as `change` makes them.
  function results(places, change, more) {
    const rows = [];
    for (const [sample, analyte] of places) {
      const [before] = page.find("results", { sample_id: sample, analyte });
      if (!before) continue; // no sample of the study
      const attempts = page.find("attempts", { sample_id: sample, analyte }).map(change).filter(Boolean);
      const after = page.recompute.result(sample, analyte, attempts, more);
      const same = before.status === after.status && before.reason === after.reason && page.recompute.digits(before.point, after.point) >= page.data.facts.digits - 1;
      if (!same) rows.push({ sample_id: sample, analyte, before, after });
    }
    return { exact: true, rows };
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
        return unsure(page.say("decide.fitted_again", { roles }), page.find("results", { plate }).filter((row) => analytes.includes(row.analyte)));
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
      return { exact: true, rows: rows.map((before) => ({ sample_id, analyte, before, after: gone(before, EXCLUDED) })) };
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
      const rows = [];
      for (const analyte of analytes) {
        const [before] = page.find("results", { sample_id: to, analyte });
        if (!before) continue;
        const after = page.recompute.result(to, analyte, [...page.find("attempts", { sample_id: to, analyte }), ...moved(analyte)]);
        rows.push({ sample_id: to, analyte, before, after });
      }
      return { exact: true, rows: [...lost.rows, ...rows] };
    },
  };

  function aside({ plate, analyte }, reason) {
    const own = page.find("attempts", given({ plate, analyte }));
    const analytes = [...new Set(own.map((row) => row.analyte))];
    if (overPlates(plate, analytes, true)) return unsure(page.say("decide.over_plates"), page.find("results", given({ plate, analyte })));
    return results(places(own), (attempt) => (attempt.plate === plate ? gone(attempt, reason) : attempt));
  }

  return (row) => kinds[row.what](row);
})();
