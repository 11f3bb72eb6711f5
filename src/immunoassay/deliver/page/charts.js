"use strict";
// Charts: drawn when scrolled to, in the light or dark of the reader, with their numbers in a table below.
// Do something once with an element when it is nearly seen, or printed.
page.whenNear = (() => {
  const waiting = new Map(); // element -> what is to be done
  function act(element) {
    const action = waiting.get(element);
    waiting.delete(element);
    near.unobserve(element);
    if (element.isConnected) action?.(element);
  }
  const near = new IntersectionObserver((entries) => entries.filter((each) => each.isIntersecting).forEach((each) => act(each.target)), { rootMargin: "300px" });
  // what is done may make others wait
  window.addEventListener("beforeprint", () => { while (waiting.size) act(waiting.keys().next().value); });
  return (element, action) => {
    for (const other of waiting.keys()) if (!other.isConnected && other !== element) act(other);
    waiting.set(element, action);
    near.observe(element);
  };
})();

page.chart = (() => {
  const charts = new Map(); // area of a chart -> what is drawn there
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  let pointed = null;

  // What the pointer is on, as a text beside it.
  function point(_, event, item, words) {
    if (!pointed) document.body.append((pointed = page.element("div", { class: "pointed", role: "tooltip" })));
    pointed.hidden = !words;
    if (!words) return;
    page.text(pointed, page.prose(words));
    pointed.style.left = `${Math.max(8, Math.min(event.clientX + 14, window.innerWidth - pointed.offsetWidth - 8))}px`;
    pointed.style.top = `${Math.min(event.clientY + 14, window.innerHeight - pointed.offsetHeight - 8)}px`;
  }

  // Rows without what a logarithmic axis has no place for.
  function placed(rows, axis) {
    const fields = [axis, "low", "high"];
    return rows.map((row) => ({ ...row, ...Object.fromEntries(fields.filter((field) => row[field] <= 0).map((field) => [field, null])) }));
  }

  function specification({ name, rows, options }) {
    const spec = structuredClone(page.data.charts.specs[name]);
    for (const axis of ["x", "y"]) if (options[axis]) spec.encoding[axis].title = options[axis];
    if (options.logarithmic) spec.encoding[options.logarithmic].scale = { type: "log", nice: false, padding: 10 };
    const lines = new Set(rows.map((row) => row[spec.encoding.y.field]).filter((each) => each !== undefined));
    if (spec.height.step) spec.height = spec.height.step * lines.size;
    spec.datasets = { rows: options.logarithmic ? placed(rows, options.logarithmic) : rows };
    return spec;
  }

  // The theme with as many columns of a legend as fit the width.
  function theme(area, { name, rows }) {
    const config = structuredClone(page.data.charts.themes[dark.matches && !page.printing ? "dark" : "light"]);
    const fields = page.data.charts.specs[name].layer.map((layer) => layer.encoding.color?.field).filter(Boolean);
    const longest = Math.max(1, ...rows.flatMap((row) => fields.map((field) => String(row[field] ?? "").length)));
    config.legend.columns = Math.max(1, Math.floor((area.clientWidth - 70) / (30 + 7.5 * longest)));
    return config;
  }

  const ready = () => window.vegaEmbed || document.head.append(page.element("script", {}, page.script("vega")));

  async function draw(area) {
    for (const [other, chart] of charts) {
      if (other.isConnected) continue;
      chart.drawn?.finalize();
      charts.delete(other);
    }
    const chart = charts.get(area);
    if (!chart) return;
    ready();
    chart.drawn?.finalize();
    // expressions are evaluated as parsed trees, so nothing is compiled from a text
    chart.drawn = await window.vegaEmbed(area, specification(chart), {
      mode: "vega-lite",
      renderer: "svg",
      ast: true,
      logLevel: 1, // errors: a layer without rows is not worth a warning
      actions: false,
      defaultStyle: false,
      tooltip: point,
      config: theme(area, chart),
    });
    area.querySelector("svg").setAttribute("aria-hidden", "true"); // the area describes it
    const select = chart.options.select;
    if (select) chart.drawn.view.addEventListener("click", (_, item) => item?.datum?.words && select(item.datum));
  }
  const again = () => [...charts].forEach(([area, chart]) => area.isConnected && chart.drawn && draw(area));
  dark.addEventListener("change", again);
  window.addEventListener("beforeprint", again);
  window.addEventListener("afterprint", again);

  // The rows as a table: what the pointer tells, for who has none.
  function numbers(name, rows, title) {
    const told = rows.filter((row) => row.words);
    const meanings = page.data.charts.columns[name];
    const shown = Object.keys(meanings).filter((column) => column !== "words" && told.some((row) => row[column] !== null && row[column] !== undefined));
    const columns = [...shown, "words"].map((column) => {
      const number = told.some((row) => typeof row[column] === "number");
      const text = (row) => (typeof row[column] === "number" ? page.number(row[column], 4) : row[column] ?? "");
      return { name: column, number, format: number ? text : null, meaning: meanings[column] };
    });
    if (told.some((row) => row.sample_id)) {
      columns.push({ title: page.say("charts.trace"), format: (row) => row.sample_id && page.anchor(row.sample_id, "trace", { sample: row.sample_id, analyte: row.analyte }) });
    }
    const details = page.element("details", {}, page.element("summary", {}, page.say("charts.numbers")));
    details.addEventListener("toggle", () => page.table(details, { name, rows: told, columns, caption: title || name, filter: told.length > 8 }), { once: true });
    return details;
  }

  // Draw `rows` as chart `name` into `element`. Options: title; seen (a sentence of what is seen); x and y (titles of the
  // axes); logarithmic ("x" or "y"); unchanged (where a forest has its line); select (called with the row that is clicked). Gives the figure.
  const chart = (element, name, rows, options = {}) => {
    const area = page.element("div", { class: `drawing ${options.select ? "selects" : ""}`, role: "img", "aria-label": options.seen || options.title || name });
    const caption = options.title ? page.element("figcaption", {}, options.title) : "";
    const seen = options.seen ? page.element("p", { class: "note" }, options.seen) : "";
    const figure = page.element("figure", { class: "chart" }, caption, area, seen, numbers(name, rows, options.title));
    element.append(figure);
    charts.set(area, { name, rows, options });
    page.whenNear(area, draw);
    return figure;
  };
  return Object.assign(chart, { ready });
})();

// A unit as it is printed.
page.unit = (unit) => (unit || "").replace(/\bu(?=[gLMm])/g, "µ");

// The row of a result that was clicked leads to its trace.
page.traced = (row) => {
  if (row.sample_id) location.hash = page.link("trace", { sample: row.sample_id, analyte: row.analyte });
};

// Boxes to choose from, above what is drawn of the choice; the address keeps it. A box: {name, words, options: [[value, words]]}.
page.choices = (body, section, given, boxes, draw) => {
  const known = ({ name, options }) => (options.some(([value]) => value === given[name]) ? given[name] : options[0][0]);
  const chosen = Object.fromEntries(boxes.map((box) => [box.name, known(box)]));
  const area = page.element("div");
  const box = ({ name, words, options }) => {
    const change = (event) => {
      chosen[name] = event.target.value;
      history.replaceState(null, "", page.link(section, chosen));
      area.replaceChildren();
      draw(area, chosen);
    };
    const choices = options.map(([value, text]) => page.element("option", { value, selected: value === chosen[name] }, text));
    return page.element("label", {}, words, page.element("select", { change }, choices));
  };
  const several = boxes.filter((each) => each.options.length > 1);
  if (several.length) body.append(page.element("form", { class: "asked" }, several.map(box)));
  body.append(area);
  draw(area, chosen);
};
