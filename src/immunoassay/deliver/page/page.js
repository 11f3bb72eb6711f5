"use strict";
// The frame: decodes the data, shows one section at a time by the address after #, and makes elements of texts only.
const page = (() => {
  const sections = new Map();
  const decoded = new Map(); // table -> column -> values
  const indexes = new Map(); // table and columns -> key -> row numbers
  const lines = []; // of the data, each until it is read
  const self = { data: null };

  async function unpack(text) {
    const binary = atob(text);
    const packed = new Uint8Array(binary.length);
    for (let at = 0; at < binary.length; at++) packed[at] = binary.charCodeAt(at);
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
    for (let at = 0, end; at <= bytes.length; at = end + 1) {
      end = bytes.indexOf(10, at);
      if (end < 0) end = bytes.length;
      lines.push(bytes.slice(at, end));
    }
  }
  function line(number) {
    const bytes = lines[number];
    lines[number] = null;
    return JSON.parse(new TextDecoder().decode(bytes));
  }
  self.script = (name) => line(self.data.scripts[name]);

  // Whole numbers of their differences; NaN is missing.
  function summed(steps) {
    const values = new Float64Array(steps.length);
    let last = 0;
    for (let at = 0; at < steps.length; at++) values[at] = steps[at] === null ? NaN : (last += steps[at]);
    return values;
  }

  // A column as little memory as can be: numbers of texts, and numbers of which NaN is missing.
  function small(column) {
    if (column.levels) {
      const Codes = column.levels.length < 128 ? Int8Array : column.levels.length < 32768 ? Int16Array : Int32Array;
      return { levels: column.levels, codes: new Codes(column.codes) };
    }
    if (column.steps) return { values: summed(column.steps) };
    if (!column.values || column.values.some((value) => typeof value === "boolean")) return column;
    const values = new Float64Array(column.values.length);
    for (let at = 0; at < values.length; at++) values[at] = column.values[at] === null ? NaN : Number(column.values[at]);
    if (!column.at) return { values };
    const rows = summed(column.at);
    const { same, ratio, difference } = column;
    return { same, ratio, difference, exceptions: new Map(Array.from(rows, (row, at) => [row, values[at]])) };
  }

  // A column, read and made small when it is first needed.
  function held(table, name) {
    const { columns } = self.data.tables[table];
    if (typeof columns[name] === "number") columns[name] = small(line(columns[name]));
    return columns[name];
  }

  // A function that gives the value in a row of a column; null is missing.
  function reader(table, name) {
    const column = held(table, name);
    const number = (value) => (typeof value === "number" && Number.isNaN(value) ? null : value);
    if (column.levels) return (at) => (column.codes[at] < 0 ? null : column.levels[column.codes[at]]);
    if (column.product) {
      const [first, ...factors] = column.product.map((place) => placed(table, place));
      return (at) => (first(at) === null ? null : first(at) * factors.reduce((product, factor) => product * (factor(at) ?? 1), 1));
    }
    if (!column.exceptions) return (at) => number(column.values[at]);
    const made = maker(table, column);
    return (at) => (column.exceptions.has(at) ? number(column.exceptions.get(at)) : made(at));
  }

  // A function that gives what is made of other columns in a row.
  function maker(table, column) {
    const [one, other] = (column.same || column.ratio || column.difference).map((place) => placed(table, place));
    if (column.same) return one;
    const made = column.ratio ? (a, b) => a / b : (a, b) => a - b;
    return (at) => {
      const [a, b] = [one(at), other(at)];
      const found = a === null || b === null ? NaN : made(a, b);
      return Number.isNaN(found) ? null : found;
    };
  }

  // A function that gives the value of a place, as the data name it, in a row.
  function placed(own, { column, by, table }) {
    const value = reader(table || own, column);
    if (!by) return value;
    const row = reader(own, by);
    return (at) => (row(at) === null ? null : value(row(at)));
  }

  // The values of one column of a table.
  self.column = (table, name) => {
    const key = `${table} ${name}`;
    if (!decoded.has(key)) decoded.set(key, Array.from({ length: self.count(table) }, (_, at) => at).map(reader(table, name)));
    return decoded.get(key);
  };
  // Texts in the order a person expects: 2 before 10.
  self.compare = new Intl.Collator("en", { numeric: true }).compare;
  self.has = (table) => table in self.data.tables;
  self.count = (table) => self.data.tables[table].rows;
  self.columns = (table) => Object.keys(self.data.tables[table].columns).filter((name) => !self.data.tables[table].hidden.includes(name));

  // Rows of a table as plain objects: all, or those with these numbers.
  self.rows = (table, numbers) => {
    const readers = self.columns(table).map((name) => [name, reader(table, name)]);
    const row = (at) => {
      const made = {};
      for (const [name, read] of readers) made[name] = read(at);
      return made;
    };
    return numbers ? numbers.map(row) : Array.from({ length: self.count(table) }, (_, at) => row(at));
  };

  // The rows of a table by their values in one column or two.
  function indexed(table, names) {
    const readers = names.map((name) => reader(table, name));
    const index = new Map();
    for (let at = 0; at < self.count(table); at++) {
      let place = index;
      readers.forEach((read, depth) => {
        const value = read(at);
        if (!place.has(value)) place.set(value, depth === readers.length - 1 ? [] : new Map());
        place = place.get(value);
      });
      place.push(at);
    }
    return index;
  }

  // Numbers of the rows of a table in which these columns have these values.
  self.where = (table, wanted) => {
    const names = Object.keys(wanted);
    const key = [table, ...names.slice(0, 2)].join(" ");
    if (!indexes.has(key)) indexes.set(key, indexed(table, names.slice(0, 2)));
    const found = names.slice(0, 2).reduce((place, name) => place && place.get(wanted[name]), indexes.get(key)) || [];
    const rest = names.slice(2).map((name) => [reader(table, name), wanted[name]]);
    return rest.length ? found.filter((at) => rest.every(([read, value]) => read(at) === value)) : found;
  };
  self.find = (table, wanted) => self.rows(table, self.where(table, wanted));

  // What selections look into is read and indexed while nobody waits, a step at a time; the first is then as quick as any.
  const AHEAD = {
    results: ["sample_id", "analyte"], attempts: ["sample_id", "analyte"], wells: ["plate", "sample_id"],
    curves: ["plate", "analyte"], curve_points: ["plate", "analyte"],
  };
  function* steps() {
    for (const [table, names] of Object.entries(AHEAD).filter(([name]) => self.has(name))) {
      for (const name of Object.keys(self.data.tables[table].columns)) yield held(table, name);
      yield self.where(table, Object.fromEntries(names.map((name) => [name, ""])));
    }
    yield self.chart.ready();
  }
  function readAhead(waiting = steps()) {
    if (waiting.next().done) document.documentElement.dataset.ready = "read";
    else requestIdleCallback(() => readAhead(waiting));
  }

  // Words of the page; {name} stands for a value.
  self.say = (code, values = {}) => {
    const words = self.data.facts.say[code];
    if (words === undefined) throw new Error(`no words for ${code}`);
    return words.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
  };
  self.code = (code) => (code ? self.data.facts.codes[code] || code.replaceAll("_", " ") : "");

  self.rule = (code) => self.data.facts.rules[code] || code.replaceAll("_", " ");

  // A number as a person reads it: significant digits, no digits that say nothing.
  self.number = (value, digits = 3) => {
    if (value === null || value === undefined) return "";
    if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
    const text = Number.isInteger(value) && Math.abs(value) < 1e6 ? String(value) : String(Number(value.toPrecision(digits)));
    return text.replace("-", "−");
  };

  // A sentence as it is read: the minus before a number is a minus.
  self.prose = (text) => text.replace(/(?<![\w.)])-(?=\d)/g, "−");

  // A result as it is reported.
  self.result = (row, lloq = "lloq_applied", uloq = "uloq_applied") => {
    if (row.status === "quantified") return self.number(row.point ?? row.value);
    if (row.status === "below_lloq") return `< ${self.number(row[lloq])}`;
    if (row.status === "below_lod") return `< ${self.number(row.lod)}`;
    if (row.status === "above_uloq") return `> ${self.number(row[uloq])}`;
    return self.code(row.status);
  };

  self.text = (element, string) => {
    element.textContent = string;
    return element;
  };
  // An element with attributes (functions are listeners) and children, which are elements or texts.
  self.element = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (typeof value === "function") made.addEventListener(name, value);
      else if (value === true) made.setAttribute(name, "");
      else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, String(value));
    }
    made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
    return made;
  };
  // The page that holds a plate or batch whole: "" for this one.
  self.fileOf = ({ plate, batch }) => {
    const of = batch || (plate && self.find("plates", { plate })[0]?.batch);
    const folder = self.data.facts.files[of];
    return folder ? `${folder}/${of}.html` : "";
  };
  // Whether batches have pages of their own, and the batch that this page holds whole.
  self.apart = () => Object.keys(self.data.facts.files).length > 0;
  self.batch = () => self.column("plates", "batch").find((batch) => !self.fileOf({ batch }));
  // An address in this page, or in the one that holds it: of a batch with a page of its own, or of the study.
  const holder = (section, values) => (section === "batches" ? self.fileOf(values) : sections.has(section) ? "" : self.data.facts.report ?? "");
  self.link = (section, values = {}, file = holder(section, values)) => {
    const given = new URLSearchParams(Object.entries(values).filter(([, value]) => value)).toString();
    return `${file}#${section}${given ? `?${given}` : ""}`;
  };
  self.anchor = (words, section, values, file) => self.element("a", { href: self.link(section, values, file) }, words);

  // A verdict or status is told by a mark and words, never by colour alone.
  const MARKS = { PASS: "✓", WARN: "!", FAIL: "✕", NOT_EVALUABLE: "?" };
  self.sign = (verdict) => MARKS[verdict] || "";
  self.verdict = (verdict, title) =>
    self.element("span", { class: `mark ${verdict}`, title: title || null }, `${self.sign(verdict)} ${self.code(verdict)}`);

  self.download = (name, text, type = "text/tab-separated-values") => {
    const address = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
    const anchor = self.element("a", { href: address, download: name });
    document.body.append(anchor);
    anchor.click();
    anchor.remove();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  };

  self.section = (name, section) => sections.set(name, section);

  function show() {
    const [name, given] = location.hash.slice(1).split("?");
    if (name === "main") return;
    const known = sections.has(name) ? name : sections.keys().next().value;
    const section = sections.get(known);
    for (const anchor of document.querySelectorAll("nav a")) {
      if (anchor.dataset.section === known) {
        anchor.setAttribute("aria-current", "page");
        anchor.scrollIntoView({ inline: "center", block: "nearest" });
      } else anchor.removeAttribute("aria-current");
    }
    const main = document.getElementById("main");
    const body = self.element("div", { class: `section ${known}` });
    main.replaceChildren(
      self.element("h1", { tabindex: "-1" }, self.title(section)),
      self.element("p", { class: "question" }, section.question),
      self.element("p", { class: "printed" }, self.say("printed", { title: self.data.facts.title, others: [...sections.keys()].filter((each) => each !== known).map((each) => self.title(sections.get(each))).join(", ") })),
      body,
    );
    document.title = `${self.title(section)} – ${self.data.facts.title}`;
    section.draw(body, Object.fromEntries(new URLSearchParams(given || "")));
    window.scrollTo(0, 0);
    if (name) main.querySelector("h1").focus({ preventScroll: true });
  }
  self.title = (section) => section.title;

  self.start = async () => {
    await unpack(document.getElementById("data").textContent);
    self.data = line(0);
    document.getElementById("data").remove();
    for (const [name, section] of sections) {
      const words = self.data.facts.sections[name];
      Object.assign(section, { title: words.title, question: words.question, ...section });
      if (section.when && !section.when()) sections.delete(name);
    }
    const { report } = self.data.facts;
    document.querySelector("nav").replaceChildren(
      ...(report ? [self.element("a", { href: report }, self.say("files.report"))] : []),
      ...[...sections].map(([name, section]) =>
        self.element("a", { href: `#${name}`, "data-section": name }, self.title(section)),
      ),
    );
    window.addEventListener("hashchange", show);
    show();
    document.documentElement.dataset.ready = "shown";
    requestIdleCallback(() => readAhead());
  };
  document.addEventListener("DOMContentLoaded", self.start);
  return self;
})();
