// Elements of the pages: filters, figures, tables, notes. Nothing here computes; numbers come formatted by format.js.

/** Create an element: h("td", {class: "number"}, "12", otherElement). */
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child != null));
  return element;
}

/** A filter: options are {value, name}. What was chosen stays chosen on the other pages. */
export function select(key, label, options, preferred) {
  const input = h("select", {name: key}, options.map(({value, name}) => h("option", {value}, name)));
  const has = (value) => options.some((option) => option.value === value);
  const stored = sessionStorage.getItem(key);
  input.value = has(stored) ? stored : has(preferred) ? preferred : options[0]?.value;
  input.addEventListener("input", () => sessionStorage.setItem(key, input.value));
  const element = h("label", {class: "filter"}, h("span", {}, label), input);
  Object.defineProperty(element, "value", {get: () => input.value});
  return element;
}

export function segmentFilter(about) {
  return select("segment", "Segment", [{value: "All", name: "All segments"},
    ...about.segments.map(({segment}) => ({value: segment, name: segment}))]);
}

/** The line under a figure that says what it is, in the words of metric_definitions(). */
export function definition(about, metric) {
  const found = about.definitions.find((d) => d.metric === metric);
  return h("p", {class: "definition"}, h("b", {}, "Defined as "), `${found.formula}.`);
}

/** A large number with what is to be known about it. */
export function figure({name, title, value, interval, note, about, metric}) {
  return h("section", {class: "card figure"},
    h("h2", {}, title),
    h("p", {class: "big", "data-figure": name}, value),
    interval && h("p", {class: "interval", "data-figure": `${name}-interval`}, interval),
    note && h("p", {class: "aside"}, note),
    metric && definition(about, metric));
}

export function figures(...cards) {
  return h("div", {class: "figures"}, cards);
}

/** The same, each leading to a page: {href, card}. */
export function teasers(...cards) {
  return h("div", {class: "figures three"}, cards.map(({href, card}) => h("a", {href, class: "teaser"}, card)));
}

/** A chart with its title, its reading aid, and the same as a table. */
export function card({title, subtitle, table: rows, summary = "The figures as a table", note, about, metric}, ...content) {
  return h("section", {class: "card"},
    h("h2", {}, title),
    subtitle && h("p", {class: "subtitle"}, subtitle),
    ...content,
    note && h("p", {class: "aside"}, note),
    metric && [metric].flat().map((m) => definition(about, m)),
    rows && h("details", {}, h("summary", {}, summary), rows));
}

/** Columns are {name, value: row => text, number: boolean}; cells that are tests' business carry data-figure. */
export function table(columns, rows, {caption, key} = {}) {
  return h("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": caption ?? "table"},
    h("table", {},
      caption && h("caption", {}, caption),
      h("thead", {}, h("tr", {}, columns.map((c) => h("th", {scope: "col", class: c.number && "number"}, c.name)))),
      h("tbody", {}, rows.map((row) => h("tr", {}, columns.map((c, i) =>
        h(i ? "td" : "th", {scope: i ? null : "row", class: c.number && "number",
          "data-figure": key && i ? `${key(row)}-${c.figure ?? c.name}` : null}, c.value(row))))))));
}

/** What stands where there is nothing to show, and why. */
export function empty(text) {
  return h("section", {class: "card empty"}, h("p", {}, text));
}

export function legend(entries) {
  return h("p", {class: "legend"}, entries.map(([color, text, kind]) =>
    h("span", {}, h("i", {class: kind ?? "square", style: `--color: ${color}`}), text)));
}
