"use strict";
// Methods text, where every number came from, and every table of the page as a file.
page.section("methods", {
  draw(body, { table }) {
    const { say, element, anchor } = page;
    const { methods, provenance, tables } = page.data.facts;
    if (table && page.has(table)) {
      body.append(element("p", {}, anchor(say("methods.back"), "methods")), element("h2", {}, table));
      return page.wholeTable(body, table);
    }
    body.append(element("h2", {}, say("methods.tables")), element("p", { class: "note" }, say("methods.tables_how")));
    const names = Object.keys(page.data.tables).filter(page.count).map((name) => ({ name, rows: page.count(name), holds: tables[name] || "" }));
    page.table(body, {
      name: "tables",
      rows: names,
      caption: say("methods.tables"),
      columns: [
        { name: "name", title: say("methods.table"), format: (row) => anchor(row.name, "methods", { table: row.name }) },
        { name: "rows", title: say("methods.rows"), number: true, format: (row) => row.rows.toLocaleString("en") },
        { name: "holds", title: say("methods.one_row") },
        { name: "file", title: "TSV", format: (row) => element("button", { type: "button", "aria-label": `${say("table.download")}: ${row.name}`, click: () => page.downloadTable(row.name) }, say("table.download")) },
      ],
    });
    body.append(element("h2", {}, say("methods.text")), element("p", {}, element("button", { type: "button", click: () => page.download("methods.md", methods, "text/markdown") }, say("methods.download"))));
    body.append(element("article", { class: "text" }, blocks(methods)));

    body.append(element("h2", {}, say("methods.software")));
    const { software } = provenance;
    const versions = Object.entries(software.versions).map(([name, version]) => ({ name, version: version || "–" }));
    versions.push({ name: say("methods.code"), version: software.library_digest }, { name: say("methods.lock"), version: software.requirements_lock_sha256 });
    page.table(body, { name: "software", rows: versions, caption: say("methods.software"), filter: false, columns: [{ name: "name", title: say("methods.name") }, { name: "version", title: say("methods.version") }] });

    body.append(element("h2", {}, say("methods.files")), element("p", { class: "note" }, say("methods.files_how")));
    const files = [["raw_files", "methods.raw"], ["layouts", "methods.layout"], ["sheets", "methods.sheet"], ["results", "methods.made"]].flatMap(([name, kind]) => provenance[name].map((row) => ({ kind: say(kind), path: row.path, sha256: row.sha256 })));
    page.table(body, { name: "checksums", rows: files, caption: say("methods.files"), columns: [{ name: "kind", title: say("methods.kind") }, { name: "path", title: say("methods.path") }, { name: "sha256", title: "SHA-256" }] });

    // The headings, paragraphs, lists and tables of the methods text as elements; bold between two stars.
    function blocks(markdown) {
      return markdown.split(/\n{2,}/).map((block) => {
        const lines = block.trim().split("\n");
        const heading = /^(#+) (.*)$/.exec(lines[0]);
        if (heading) return element("h3", {}, heading[2]);
        if (lines.every((line) => line.startsWith("|"))) return grid(lines);
        if (lines.every((line) => /^[-*] /.test(line))) return element("ul", {}, lines.map((line) => element("li", {}, bold(line.slice(2)))));
        return element("p", {}, bold(lines.join(" ")));
      });
    }

    function grid(lines) {
      const cells = (line) => line.replace(/^\||\|$/g, "").split("|").map((cell) => cell.trim());
      const [head, , ...rows] = lines.map(cells);
      const view = element("div", { class: "rows", tabindex: "0", role: "region", "aria-label": head.join(", ") }, element("table", {}, element("thead", {}, element("tr", {}, head.map((cell) => element("th", { scope: "col", class: "plain" }, cell)))), element("tbody", {}, rows.map((row) => element("tr", {}, row.map((cell) => element("td", {}, cell)))))));
      view.redraw = () => {};
      return view;
    }

    function bold(text) {
      return text.split("**").map((part, at) => (at % 2 ? element("strong", {}, part) : part.replaceAll("`", "")));
    }
  },
});
