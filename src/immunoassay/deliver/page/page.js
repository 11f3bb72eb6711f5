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

  function decode(column, table) {
    if (column.levels) return column.codes.map((code) => (code < 0 ? null : column.levels[code]));
    const number = (value) => (typeof value === "string" ? Number(value) : value);
    if (!column.like) return column.values.map(number);
    const values = self.column(table, column.like).slice();
    column.at.forEach((row, at) => (values[row] = number(column.values[at])));
    return values;
  }

  // The values of one column of a table.
  self.column = (table, name) => {
    const key = `${table} ${name}`;
    if (!decoded.has(key)) decoded.set(key, decode(self.data.tables[table].columns[name], table));
    return decoded.get(key);
  };
  self.has = (table) => table in self.data.tables;
  self.count = (table) => self.data.tables[table].rows;
  self.columns = (table) => Object.keys(self.data.tables[table].columns);

  // Rows of a table as plain objects: all, or those with these numbers.
  self.rows = (table, numbers) => {
    const names = self.columns(table);
    const columns = names.map((name) => self.column(table, name));
    const row = (at) => Object.fromEntries(names.map((name, place) => [name, columns[place][at]]));
    return numbers ? numbers.map(row) : Array.from({ length: self.count(table) }, (_, at) => row(at));
  };

  // Numbers of the rows of a table in which these columns have these values.
  self.where = (table, wanted) => {
    const names = Object.keys(wanted);
    const key = `${table} ${names.join(" ")}`;
    if (!indexes.has(key)) {
      const columns = names.map((name) => self.column(table, name));
      const index = new Map();
      for (let at = 0; at < self.count(table); at++) {
        const place = JSON.stringify(columns.map((column) => column[at]));
        if (index.has(place)) index.get(place).push(at);
        else index.set(place, [at]);
      }
      indexes.set(key, index);
    }
    return indexes.get(key).get(JSON.stringify(Object.values(wanted))) || [];
  };
  self.find = (table, wanted) => self.rows(table, self.where(table, wanted));

  // A number changed by a person in the tools of the browser is seen at once.
  self.forget = () => {
    decoded.clear();
    indexes.clear();
  };

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
