"use strict";
// The frame: decodes the data, shows one section at a time by the address after #, and makes elements of texts only.
const page = (() => {
  const sections = new Map();
  const decoded = new Map(); // table -> column -> values
  const indexes = new Map(); // table and columns -> key -> row numbers
  const self = { data: null };

  async function unpack(text) {
    const binary = atob(text);
    const bytes = new Uint8Array(binary.length);
    for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return JSON.parse(await new Response(stream).text());
  }

  // A column as little memory as can be: numbers of texts, and numbers of which NaN is missing.
  function packed(column) {
    if (column.levels) {
      const Codes = column.levels.length < 128 ? Int8Array : column.levels.length < 32768 ? Int16Array : Int32Array;
      return { ...column, codes: Codes.from(column.codes) };
    }
    if (!column.values || column.values.some((value) => typeof value === "boolean")) return column;
    return { ...column, values: Float64Array.from(column.values, (value) => (value === null ? NaN : Number(value))) };
  }

  // A function that gives the value in a row of a column; null is missing.
  function reader(table, name) {
    const column = self.data.tables[table].columns[name];
    const number = (value) => (typeof value === "number" && Number.isNaN(value) ? null : value);
    if (column.levels) return (at) => (column.codes[at] < 0 ? null : column.levels[column.codes[at]]);
    if (column.product) {
      const [first, ...factors] = column.product.map((each) => reader(table, each));
      return (at) => (first(at) === null ? null : first(at) * factors.reduce((product, factor) => product * (factor(at) ?? 1), 1));
    }
    if (!column.like) return (at) => number(column.values[at]);
    column.patch ||= new Map(column.at.map((row, at) => [row, number(column.values[at])]));
    const base = reader(column.table || table, column.like);
    const by = column.by ? reader(table, column.by) : (at) => at;
    const other = (row) => (row === null ? null : base(row));
    return (at) => (column.patch.has(at) ? column.patch.get(at) : other(by(at)));
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
  self.columns = (table) => Object.entries(self.data.tables[table].columns).filter(([, column]) => !column.join).map(([name]) => name);

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

  // Words of the page; {name} stands for a value.
  self.say = (code, values = {}) => {
    const words = self.data.facts.say[code];
    if (words === undefined) throw new Error(`no words for ${code}`);
    return words.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
  };
  self.code = (code) => (code ? self.data.facts.codes[code] || code.replaceAll("_", " ") : "");

  // A number as a person reads it: significant digits, no digits that say nothing.
  self.number = (value, digits = 3) => {
    if (value === null || value === undefined) return "";
    if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
    const text = Number.isInteger(value) && Math.abs(value) < 1e6 ? String(value) : String(Number(value.toPrecision(digits)));
    return text.replace("-", "−");
  };

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
  self.link = (section, values = {}) => {
    const given = new URLSearchParams(Object.entries(values).filter(([, value]) => value)).toString();
    return `#${section}${given ? `?${given}` : ""}`;
  };
  self.anchor = (words, section, values) => self.element("a", { href: self.link(section, values) }, words);

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
      body,
    );
    document.title = `${self.title(section)} – ${self.data.facts.title}`;
    section.draw(body, Object.fromEntries(new URLSearchParams(given || "")));
    window.scrollTo(0, 0);
    if (name) main.querySelector("h1").focus({ preventScroll: true });
  }
  self.title = (section) => section.title;

  self.start = async () => {
    self.data = await unpack(document.getElementById("data").textContent);
    document.getElementById("data").remove();
    for (const table of Object.values(self.data.tables)) {
      for (const [name, column] of Object.entries(table.columns)) table.columns[name] = packed(column);
    }
    for (const [name, section] of sections) {
      const words = self.data.facts.sections[name];
      Object.assign(section, { title: words.title, question: words.question, ...section });
      if (section.when && !section.when()) sections.delete(name);
    }
    document.querySelector("nav").replaceChildren(
      ...[...sections].map(([name, section]) =>
        self.element("a", { href: `#${name}`, "data-section": name }, self.title(section)),
      ),
    );
    window.addEventListener("hashchange", show);
    show();
    document.documentElement.dataset.ready = "yes";
  };
  document.addEventListener("DOMContentLoaded", self.start);
  return self;
})();
