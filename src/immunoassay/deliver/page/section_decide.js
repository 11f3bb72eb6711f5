"use strict";
// Decide: rows for the sheets amendments, each with what it would change, and approvals; the workflow stays the only writer
// of results.
page.section("decide", {
  draw(body, given) {
    const { say, element, number } = page;
    const COLUMNS = ["amendment", "what", "plate", "well", "analyte", "sample_id", "level", "from", "to", "reason", "who", "when"];
    const APPROVAL = ["batch", "sha256", "who", "when", "comment"];
    // the fields that each kind of amendment has; those in brackets may stay empty
    const KINDS = {
      ...(page.count("wells") ? { exclude_well: ["plate", "well", "(analyte)"] } : {}),
      exclude_analyte: ["plate", "analyte"],
      exclude_plate: ["plate"],
      ...(page.data.facts.report_participants
        ? { exclude_result: ["sample_id", "analyte"], sample_id: ["plate", "from", "to"], replace_by_rerun: ["plate", "to", "(sample_id)", "(analyte)"] }
        : {}),
    };
    const plates = page.rows("plates");
    const collected = (page.collected ||= []);
    const approved = (page.approved ||= []);
    let what = given.well || !given.plate ? Object.keys(KINDS)[0] : "exclude_plate";
    const values = { plate: given.plate || "", well: given.well || "", analyte: given.analyte || "", sample_id: given.sample || "" };
    const fields = element("div", {});
    const shown = element("div", { role: "status" });
    const list = element("div", {});
    const signatures = element("div", {});
    const correcting = [
      element("p", { class: "note" }, say("decide.how")),
      page.data.facts.report_participants ? "" : element("p", { class: "note" }, say("decide.hidden")),
      element("form", { class: "asked", submit: preview }, element("label", {}, say("decide.what"), kindBox()), fields, element("button", { type: "submit" }, say("decide.preview"))),
      shown,
      element("h2", {}, say("decide.collected")),
      list,
    ];
    const approving = [
      element("h2", {}, say("decide.approve")),
      element("p", { class: "note" }, say("decide.approve_how")),
      batches(),
      approvalForm(),
      signatures,
    ];
    body.append(
      ...(given.batch ? [...approving, element("h2", {}, say("decide.correct")), ...correcting] : [...correcting, ...approving]),
      element("h2", {}, say("decide.accept")),
      element("p", { class: "note" }, say("decide.accept_how")),
      acceptable(),
    );
    fields.className = "fields";
    ask();
    listed();
    listApprovals();

    function kindBox() {
      const box = element("select", { change: () => ((what = box.value), ask()) }, Object.keys(KINDS).map((kind) => element("option", { value: kind, selected: kind === what }, say(`decide.${kind}`))));
      return box;
    }

    // The fields of the kind that is chosen.
    function ask() {
      shown.replaceChildren();
      fields.replaceChildren(
        ...KINDS[what].map((field) => {
          const name = field.replace(/[()]/g, "");
          const optional = field !== name;
          const set = (event) => {
            values[name] = event.target.value.trim();
            if (name === "plate") ask();
          };
          const options = choices(name);
          const label = say(`decide.field_${what === "sample_id" || what === "replace_by_rerun" ? `${what}_` : ""}${name}`);
          const box = element("select", { required: !optional, change: set }, element("option", { value: "" }, optional ? say("decide.all") : ""), options.map((each) => element("option", { value: each, selected: each === values[name] }, each)));
          if (!options.includes(values[name])) values[name] = "";
          return element("label", {}, label, box);
        }),
      );
    }

    function choices(name) {
      const ofPlate = (table, column) => (values.plate && page.has(table) ? page.find(table, { plate: values.plate }).map((row) => row[column]) : []);
      const sorted = (names) => [...new Set(names)].filter(Boolean).sort(page.compare);
      if (name === "plate") return plates.filter((row) => row.used !== "no").map((row) => row.plate);
      if (name === "well") return sorted(ofPlate("wells", "well"));
      if (name === "analyte") return sorted(what === "exclude_result" ? page.column("results", "analyte") : ofPlate("lights", "analyte"));
      if (name === "sample_id") return sorted(what === "exclude_result" ? page.column("results", "sample_id") : ofPlate("attempts", "sample_id"));
      if (name === "from") {
        const rows = ["wells", "delivered"].flatMap((table) => (values.plate ? page.find(table, { plate: values.plate }) : []));
        return sorted(rows.filter((row) => row.role === "sample").map((row) => row.sample_written ?? row.sample_id));
      }
      if (what === "replace_by_rerun") return plates.map((row) => row.plate).filter((each) => each !== values.plate);
      const there = new Set(ofPlate("attempts", "sample_id"));
      return sorted(page.data.facts.sheets.samples.map((row) => row.sample_id)).filter((each) => !there.has(each));
    }

    function preview(event) {
      event.preventDefault();
      const names = KINDS[what].map((field) => field.replace(/[()]/g, ""));
      const row = { ...Object.fromEntries(COLUMNS.map((column) => [column, ""])), amendment: next(), what, ...Object.fromEntries(names.map((name) => [name, values[name] || ""])) };
      const effect = page.effects(row);
      shown.replaceChildren(element("h2", {}, say("decide.would_change")), ...told(effect), signed(row));
    }

    function told({ rows, moving, why }) {
      const parts = [];
      if (rows.length) parts.push(element("p", {}, say("decide.changes", { count: rows.length })), tableOf(rows, true));
      if (moving.length) parts.push(element("p", { class: "differs" }, `${why} ${say("decide.may_move", { count: moving.length })}`), tableOf(moving, false));
      return parts.length ? parts : [element("p", {}, say("decide.nothing"))];
    }

    function tableOf(rows, exact) {
      const place = element("div", {});
      page.table(place, {
        name: exact ? "new_results" : "may_move",
        rows,
        caption: say(exact ? "decide.new_results" : "decide.may_move_list"),
        filter: rows.length > 15,
        columns: [
          { name: "sample_id", format: (row) => page.anchor(row.sample_id, "trace", { sample: row.sample_id, analyte: row.analyte }) },
          { name: "analyte" },
          { name: "before", title: say("decide.before"), number: true, sort: (row) => row.before.point, format: (row) => page.result(row.before) },
          ...(exact
            ? [
                { name: "after", title: say("decide.after"), number: true, sort: (row) => row.after.point, format: (row) => page.result(row.after) },
                { name: "digits", title: say("decide.after_all"), number: true, format: (row) => (row.after.status === "quantified" ? number(row.after.point, 8) : "") },
                { name: "reason", format: (row) => page.code(row.after.reason) },
                { name: "from", title: say("decide.from_plate"), format: (row) => (row.after.plate ? `${row.after.plate}, ${row.after.wells}` : "") },
              ]
            : []),
          { name: "unit", format: (row) => row.before.unit },
        ],
      });
      return place;
    }

    // Initials and date, without which no row is taken.
    function signature() {
      const who = element("input", { required: true, size: 6, maxlength: 20, autocomplete: "off" });
      const when = element("input", { required: true, type: "date", value: new Date().toISOString().slice(0, 10) });
      return { who, when, labels: [element("label", {}, say("decide.who"), who), element("label", {}, say("decide.when"), when)] };
    }

    function clean(text) {
      return text.replace(/[\t\r\n]+/g, " ").trim();
    }

    function signed(row) {
      const reason = element("input", { required: true, minlength: 5, autocomplete: "off" });
      const { who, when, labels } = signature();
      const take = (event) => {
        event.preventDefault();
        collected.push({ ...row, amendment: next(), reason: clean(reason.value), who: clean(who.value), when: when.value });
        shown.replaceChildren(element("p", { class: "agrees" }, say("decide.taken", { amendment: collected.at(-1).amendment })));
        listed();
      };
      return element(
        "form",
        { class: "asked sign", submit: take },
        element("label", { class: "wide" }, say("decide.reason"), reason),
        labels,
        element("button", { type: "submit" }, say("decide.take")),
      );
    }

    // The rows that were taken for a sheet, to be removed again, copied or downloaded.
    function rowsToAdd(place, sheet, columns, rows, caption) {
      const text = () => page.tsv(columns, rows.map((row) => columns.map((column) => row[column])));
      const again = () => rowsToAdd(place, sheet, columns, rows, caption);
      const remove = (row) => element("button", { type: "button", click: () => (rows.splice(rows.indexOf(row), 1), again()) }, say("decide.remove"));
      place.replaceChildren();
      if (!rows.length) return place.append(element("p", { class: "note" }, say("decide.none")));
      page.table(place, { name: sheet, rows, caption, filter: false, columns: [...columns.map((name) => ({ name, title: name })), { name: "remove", title: say("decide.remove"), format: remove }] });
      place.append(element("p", {}, element("button", { type: "button", class: "download", click: () => page.download(`${sheet}_to_add.tsv`, text()) }, say("decide.download"))), element("pre", { tabindex: "0" }, text()), element("p", { class: "note" }, say("decide.then", { sheet })));
    }

    function listed() {
      rowsToAdd(list, "amendments", COLUMNS, collected, say("decide.collected"));
    }

    function listApprovals() {
      rowsToAdd(signatures, "approvals", APPROVAL, approved, say("decide.approvals"));
    }

    // Every batch, and whether somebody approved it as it is.
    function batches() {
      const place = element("div", {});
      page.table(place, {
        name: "batches",
        rows: page.rows("approvals"),
        caption: say("decide.approve"),
        filter: page.count("approvals") > 15,
        columns: [
          { name: "batch", format: (row) => page.anchor(row.batch, "batches", { batch: row.batch }) },
          { name: "state", title: say("decide.approval"), format: page.approval },
          { name: "comment" },
        ],
      });
      return place;
    }

    function approvalForm() {
      const open = page.rows("approvals").filter((row) => row.state !== "approved");
      if (!open.length) return "";
      const batch = element("select", { required: true }, open.map((row) => element("option", { value: row.batch, selected: row.batch === given.batch }, row.batch)));
      const comment = element("input", { autocomplete: "off" });
      const { who, when, labels } = signature();
      const take = (event) => {
        event.preventDefault();
        const { sha256 } = open.find((row) => row.batch === batch.value);
        approved.push({ batch: batch.value, sha256, who: clean(who.value), when: when.value, comment: clean(comment.value) });
        listApprovals();
      };
      return element(
        "form",
        { class: "asked approve", submit: take },
        element("label", {}, page.heading("batch"), batch),
        element("label", { class: "wide" }, say("decide.approve_comment"), comment),
        labels,
        element("button", { type: "submit" }, say("decide.approve_take")),
      );
    }

    function next() {
      const names = [...page.column("amendments", "amendment"), ...collected.map((row) => row.amendment)];
      const highest = Math.max(0, ...names.map((name) => Number((/^A(\d+)$/.exec(name) || [0, 0])[1])));
      return `A${String(highest + 1).padStart(2, "0")}`;
    }

    // Plates that do not count: what a person would write, and where, to take them all the same.
    function acceptable() {
      const rejected = new Map();
      for (const row of page.rows("lights")) {
        if (["FAIL", "NOT_EVALUABLE"].includes(row.verdict)) rejected.set(row.plate, row);
      }
      const words = (plate) => {
        const row = rejected.get(plate.plate);
        if (plate.used === "no") return say("decide.accept_aside", { plate: plate.plate, reason: plate.reason || "" });
        if (!row) return null;
        return say(row.verdict === "FAIL" ? "decide.accept_failed" : "decide.accept_unproven", { plate: plate.plate, panel: plate.panel, reason: row.why });
      };
      const lines = plates.map(words).filter(Boolean);
      return lines.length ? element("ul", {}, lines.map((line) => element("li", {}, line))) : element("p", {}, say("overview.aside_none"));
    }
  },
});

// Whether a batch (a row of approvals) was approved as it is; checksums by their first digits.
page.approval = (row) => {
  const digits = (checksum) => (checksum || "").slice(0, 8);
  const words = page.say(`decide.approval_${row.state}`, { ...row, then: digits(row.approved_sha256), now: digits(row.sha256) });
  return page.element("span", { class: row.state === "changed" ? "differs" : null }, words);
};
