"use strict";
// One participant: scores, biomarkers over the LLOQ, doses, relapses and later courses on one axis of real days.
page.section("participants", {
  when: () => page.data.facts.report_participants && page.has("observations"),
  draw(body, given) {
    const say = page.say;
    const { analytes, visits, courses, events } = page.data.facts.sheets;
    const label = new Map(analytes.map((row) => [row.analyte, row.label]));
    const visitLabel = new Map(visits.map((row) => [row.visit, row.label || row.visit]));
    const SCORE = "score";
    const LAYERS = { infusion: "dose", relapse: "relapse" };
    const people = [...new Set(page.column("observations", "participant"))].sort((one, other) => one.localeCompare(other, "en", { numeric: true }));
    const days = (from, to) => Math.round((Date.parse(to) - Date.parse(from)) / 86400000);

    page.choices(body, "participants", given, [{ name: "participant", words: say("participants.who"), options: people.map((each) => [each, each]) }], (area, { participant }) => {
      const own = courses.filter((row) => row.participant === participant).sort((one, other) => one.order - other.order);
      const start = own[0]?.day1_date;
      const later = new Map(own.map((row) => [row.course, row.day1_date && start ? days(start, row.day1_date) : 0]));
      const rows = page.find("observations", { participant }).map((row) => ({ ...row, real: row.day === null ? null : row.day + (later.get(row.course) ?? 0) }));
      const happened = events
        .filter((row) => row.participant === participant && row.date && start)
        .map((row) => ({ layer: LAYERS[row.event] || "event", day: days(start, row.date) + 1, event: page.code(row.event) }));
      const starts = own.filter((row) => row.order > 1).map((row) => ({ layer: "event", day: later.get(row.course) + 1, event: say("participants.starts", { course: page.code(row.course) }) }));
      const all = [...happened, ...starts].sort((one, other) => one.day - other.day);

      // numbers
      const reported = rows.filter((row) => row.reported);
      const relapse = happened.filter((row) => row.layer === "relapse").map((row) => row.day);
      area.append(
        page.element("p", {}, say("participants.words", {
          participant, courses: own.map((row) => page.code(row.course)).join(", ") || page.code("none"), visits: new Set(reported.map((row) => `${row.course} ${row.visit}`)).size,
          doses: happened.filter((row) => row.layer === "dose").length, relapses: relapse.length ? relapse.map((day) => say("participants.day", { day })).join(", ") : page.code("none"),
        })),
      );
      page.table(area, {
        name: `participant_${participant}`,
        rows: reported,
        caption: say("participants.results"),
        columns: [
          { name: "course", format: (row) => page.code(row.course) },
          { name: "visit", format: (row) => visitLabel.get(row.visit), sort: (row) => row.visit_order },
          { name: "real", title: say("participants.day_heading"), number: true },
          { name: "variable", format: (row) => label.get(row.variable) || row.variable },
          { name: "value", title: say("participants.result"), number: true, format: (row) => page.result(row, "lloq", "uloq"), sort: (row) => row.value ?? row.upper },
          { name: "unit", format: (row) => page.unit(row.unit) },
          { name: "sample_id", format: (row) => row.sample_id && page.anchor(row.sample_id, "trace", { sample: row.sample_id, analyte: row.variable }) },
        ],
      });

      // pictures, all over the same days
      const dated = reported.filter((row) => row.real !== null);
      const span = [...dated.map((row) => row.real), ...all.map((row) => row.day)];
      if (!span.length) return area.append(page.element("p", { class: "note" }, say("participants.undated")));
      const whole = { layer: "course", day: Math.min(...span), end: Math.max(...span) };
      const marks = all.filter((row) => row.layer !== "dose").map((row, number) => ({ ...row, height: 6 + 12 * (number % 3) }));
      const told = [...all.filter((row) => row.layer === "dose"), ...marks].map((row) => ({ ...row, words: say("participants.event", { event: row.event, day: row.day }) }));
      area.append(page.element("p", { class: "note" }, say("participants.how")));
      for (const group of [SCORE, ...new Set(analytes.map((row) => row.group))]) {
        const values = dated.filter((row) => (group === SCORE ? row.kind === "score" : row.kind === "biomarker" && row.group === group));
        if (!values.length) continue;
        const points = values.map(group === SCORE ? score : ratio).filter((row) => row.y !== null && Number.isFinite(row.y));
        const title = group === SCORE ? say("participants.scores") : page.code(group);
        const seen = say("participants.seen", { values: points.length, variables: new Set(points.map((row) => row.label)).size });
        page.chart(area, "timeline", [whole, ...told, ...points], {
          title, seen, select: page.traced, y: say(group === SCORE ? "participants.points" : "participants.over_lloq"), ...(group === SCORE ? {} : { logarithmic: "y" }),
        });
      }
      return undefined;
    });

    function shown(row) {
      const name = label.get(row.variable) || row.variable;
      const words = say("participants.point", { name, visit: visitLabel.get(row.visit), day: row.real, result: page.result(row, "lloq", "uloq"), unit: page.unit(row.unit) });
      return { layer: "value", day: row.real, label: name, sample_id: row.sample_id, analyte: row.variable, words };
    }
    function score(row) {
      return { ...shown(row), y: row.value, known: true };
    }
    function ratio(row) {
      const known = row.status === "quantified";
      return { ...shown(row), y: known || row.status === "above_uloq" ? row.over_lloq_lower : row.over_lloq_upper, known };
    }
  },
});
