"use strict";
// An accessible table that draws only the rows that are seen: sorted by its headings, filtered by a text, downloaded as it is.
const PRINTED = 1000; // rows of a table at most
const MANY = 14; // columns that a sheet of paper has room for
page.table = (element, { name, rows, columns, caption, height = 26, tall = 480, filter = true }) => {
  const state = { column: null, up: true, words: [] };
  let order = [];
  let texts = null; // of every row, for the filter
  const shown = (column, row) => {
    if (column.format) return column.format(row);
    if (column.name === "words") return page.prose(row.words || "");
    return column.digits ? page.number(row[column.name], column.digits) : row[column.name];
  };
  const plain = (value) => (value === null || value === undefined ? "" : value instanceof Node ? value.textContent : String(value));
  const body = page.element("tbody");
  const count = page.element("p", { class: "count", role: "status" });

  const heads = columns.map((column, at) => {
    const button = page.element("button", { type: "button", title: column.meaning || null, click: () => sort(at) }, column.title || page.heading(column.name));
    return page.element("th", { scope: "col", class: column.digits || column.number ? "number" : null, "aria-colindex": at + 1 }, button);
  });
  const table = page.element(
    "table",
    { "aria-colcount": columns.length },
    page.element("caption", {}, caption),
    page.element("thead", {}, page.element("tr", { "aria-rowindex": 1 }, heads)),
    body,
  );
  const view = page.element("div", { class: columns.length > MANY ? "rows many" : "rows", tabindex: "0", role: "region", "aria-label": caption, scroll: () => requestAnimationFrame(draw) }, table);

  function sort(at) {
    state.up = state.column === columns[at] ? !state.up : true;
    state.column = columns[at];
    heads.forEach((head, place) => (place === at ? head.setAttribute("aria-sort", state.up ? "ascending" : "descending") : head.removeAttribute("aria-sort")));
    arrange();
  }

  function seek(words) {
    state.words = words.toLowerCase().split(/\s+/).filter(Boolean);
    texts ||= rows.map((row) => columns.map((column) => plain(shown(column, row))).join("\t").toLowerCase());
    arrange();
  }

  function arrange() {
    order = rows.map((_, at) => at).filter((at) => state.words.every((word) => texts[at].includes(word)));
    if (state.column) {
      const keys = rows.map(state.column.sort || ((row) => row[state.column.name]));
      order.sort((one, other) => compared(keys[one], keys[other]) || one - other);
    }
    table.setAttribute("aria-rowcount", order.length + 1);
    page.text(count, page.say("table.count", { shown: order.length.toLocaleString("en"), all: rows.length.toLocaleString("en") }));
    view.scrollTop = 0;
    draw();
  }

  // What is missing stands last, whichever way.
  function compared(a, b) {
    const [none, other] = [a === null || a === undefined, b === null || b === undefined];
    if (none || other) return none - other;
    const numbers = typeof a === "number" && typeof b === "number";
    return (numbers ? a - b : page.compare(String(a), String(b))) * (state.up ? 1 : -1);
  }

  function draw() {
    const whole = page.printing || order.length <= 60;
    const first = whole ? 0 : Math.max(0, Math.floor(view.scrollTop / height) - 10);
    const last = Math.min(order.length, whole ? PRINTED : first + Math.ceil(tall / height) + 20);
    const space = (lines) => (lines > 0 ? page.element("tr", { "aria-hidden": "true", class: "space" }, spacer(lines * height)) : "");
    const cut = () => page.element("tr", {}, page.element("td", { colspan: columns.length }, page.say("table.cut", { shown: last.toLocaleString("en"), all: order.length.toLocaleString("en") })));
    const lines = order.slice(first, last).map((at, place) => {
      const cells = columns.map((column) => {
        const value = shown(column, rows[at]);
        return page.element("td", { class: column.digits || column.number ? "number" : null }, value === null || value === undefined ? "" : value instanceof Node ? value : String(value));
      });
      return page.element("tr", { "aria-rowindex": first + place + 2 }, cells);
    });
    const rest = order.length > last && page.printing ? cut() : space(order.length - last);
    body.replaceChildren(...[space(first), ...lines, rest].filter(Boolean));
  }

  function spacer(pixels) {
    const cell = page.element("td", { colspan: columns.length });
    cell.style.height = `${pixels}px`;
    return cell;
  }

  function download() {
    const cell = (column, row) => (column.name && row[column.name] !== undefined && !(row[column.name] instanceof Object) ? row[column.name] : plain(shown(column, row)));
    page.download(`${name}.tsv`, page.tsv(columns.map((column) => column.name), order.map((at) => columns.map((column) => cell(column, rows[at])))));
  }

  const tools = page.element(
    "div",
    { class: "tools" },
    page.element("label", {}, page.say("table.filter"), " ", page.element("input", { type: "search", input: (event) => seek(event.target.value) })),
    page.element("button", { type: "button", click: download }, page.say("table.download")),
    count,
  );
  element.append(page.element("div", { class: "table" }, filter ? tools : "", view));
  view.redraw = draw;
  arrange();
};

// Lines of a TSV; a text that a spreadsheet would compute gets an apostrophe before it, so that it stays a text.
page.tsv = (names, rows) => {
  const cell = (value) => {
    if (value === null || value === undefined) return "";
    if (typeof value === "number") return String(value);
    const text = String(value).replace(/[\t\r\n]+/g, " ");
    return /^(?:[=@]|[+-].*(?:[A-Za-z]\(|[|!]))/.test(text) ? `'${text}` : text;
  };
  return [names, ...rows].map((row) => row.map(cell).join("\t")).join("\n") + "\n";
};
page.downloadTable = (name) => {
  const columns = page.columns(name).map((column) => page.column(name, column));
  const rows = Array.from({ length: page.count(name) }, (_, at) => columns.map((column) => column[at]));
  page.download(`${name}.tsv`, page.tsv(page.columns(name), rows));
};

// Every column of a table of the data, with its meaning.
page.wholeTable = (element, name, numbers) => {
  const rows = page.rows(name, numbers);
  const meanings = page.data.facts.columns[name] || {};
  const columns = page.columns(name).map((column) => {
    const number = rows.some((row) => typeof row[column] === "number");
    return { name: column, title: column, number, format: number ? (row) => page.number(row[column], 5) : null, meaning: meanings[column] };
  });
  page.table(element, { name, rows, columns, caption: page.data.facts.tables[name] || name });
};
page.heading = (name) => page.data.facts.headings[name] || name.replaceAll("_", " ");

for (const [event, printing] of [["beforeprint", true], ["afterprint", false]]) {
  window.addEventListener(event, () => {
    page.printing = printing;
    for (const view of document.querySelectorAll(".rows")) view.redraw();
  });
}
