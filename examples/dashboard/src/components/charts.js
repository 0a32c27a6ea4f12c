import * as Plot from "@observablehq/plot";
import {date} from "./format.js";

const narrow = (width) => width < 520;
const font = {fontFamily: "var(--sans-serif)", fontSize: "12px"};
const muted = "var(--theme-foreground-muted)";

/** Names for the ticks of an axis: every second one where there is no room for all. */
export function some(names, width) {
  return width / names.length < 27 ? names.filter((name, i) => (names.length - 1 - i) % 2 === 0) : names;
}

function plot(label, options) {
  return Plot.plot({style: font, ariaLabel: label, ...options});
}

// Lines over periods, each with its interval as a band, named at their end; the chosen period is marked.
export function trend(rows, {label, series, x, chosen, width, format, rule, domain, height = 280}) {
  const at = (row) => date(row[x]);
  const last = rows[rows.length - 1];
  const marks = [];
  if (rule != null) marks.push(Plot.ruleY([rule], {stroke: muted, strokeDasharray: "3,3"}));
  if (chosen) marks.push(Plot.ruleX([at(chosen)], {stroke: muted, strokeOpacity: 0.6}));
  for (const {value, low, high, color} of series) {
    if (low) {
      marks.push(Plot.areaY(rows, {x: at, y1: low, y2: high, fill: color, fillOpacity: 0.16}));
    }
    marks.push(Plot.lineY(rows, {x: at, y: value, stroke: color, strokeWidth: 2.2}));
    if (rows.length < 14) marks.push(Plot.dotY(rows, {x: at, y: value, fill: color, r: 2.6}));
  }
  for (const {value, name, color} of series) {
    if (chosen?.[value] != null) {
      marks.push(Plot.dotY([chosen], {x: at, y: value, fill: color, stroke: "var(--theme-background-alt)", strokeWidth: 1.5, r: 5.5}));
    }
    if (last?.[value] != null) {
      marks.push(Plot.text([last], {x: at, y: value, text: [name], dx: 8, textAnchor: "start", fill: color, fontWeight: 600}));
    }
  }
  return plot(label, {
    width, height, marginLeft: 46, marginRight: 52, marginTop: 12,
    x: {type: "utc", label: null, ticks: narrow(width) ? 4 : 8},
    y: {label: null, tickFormat: format, grid: true, ticks: 5, nice: true, domain},
    marks
  });
}

// Steps from a level to another. Low and high of each bar come from SQL.
export function waterfall(steps, {label, name, color, text, format, width}) {
  const ends = [steps[0], steps[steps.length - 1]];
  // levels are compared by their ends, so the axis starts a little below the lowest, and the card says where
  const low = Math.min(...steps.slice(1, -1).flatMap((s) => [s.low, s.high]), ...ends.map((s) => s.high));
  const high = Math.max(...steps.flatMap((s) => [s.low, s.high]));
  const start = low - 0.35 * (high - low) > 0 ? low - 0.35 * (high - low) : 0;
  const from = (s) => Math.max(start, Math.min(s.low, s.high));
  const to = (s) => Math.max(s.low, s.high);
  const names = steps.map((s) => s[name]);
  const links = steps.slice(0, -1).map((s, i) => ({a: s[name], b: steps[i + 1][name], level: s.high}));
  const note = start > 0 ? `The axis starts at ${format(start)}.` : null;
  const chart = narrow(width)
    ? plot(label, {
      width, height: 40 * steps.length + 34, marginLeft: 82, marginRight: 66, marginBottom: 28,
      x: {domain: [start, high], label: null, tickFormat: format, ticks: width < 360 ? 2 : 4, grid: true},
      y: {domain: names, label: null, tickSize: 0},
      marks: [
        Plot.barX(steps, {y: name, x1: from, x2: to, fill: color, insetTop: 5, insetBottom: 5, rx: 2}),
        Plot.link(links, {x1: "level", x2: "level", y1: "a", y2: "b", stroke: muted, strokeOpacity: 0.7}),
        Plot.text(steps, {y: name, x: to, text, dx: 6, textAnchor: "start", fontWeight: 600, fill: "currentColor"})
      ]
    })
    : plot(label, {
      width, height: 320, marginLeft: 56, marginTop: 24, marginBottom: 28,
      y: {domain: [start, high], label: null, tickFormat: format, ticks: 5, grid: true},
      x: {domain: names, label: null, tickSize: 0, padding: 0.28},
      marks: [
        Plot.barY(steps, {x: name, y1: from, y2: to, fill: color, rx: 2}),
        Plot.link(links, {y1: "level", y2: "level", x1: "a", x2: "b", stroke: muted, strokeOpacity: 0.7}),
        Plot.text(steps, {x: name, y: to, text, dy: -9, fontWeight: 600, fill: "currentColor"})
      ]
    });
  return {chart, note};
}

// A point and its interval for each name, one below the other.
export function whiskers(rows, {label, name, value, low, high, color, format, tick, width, rule, domain}) {
  const known = rows.filter((row) => row[value] != null);
  return plot(label, {
    width, height: 42 * rows.length + 44, marginLeft: 88, marginRight: 62, marginBottom: 28,
    x: {label: null, tickFormat: tick, ticks: narrow(width) ? 3 : 6, grid: true, nice: true, domain},
    y: {label: null, domain: rows.map((row) => row[name]), tickSize: 0},
    marks: [
      rule != null ? Plot.ruleX([rule], {stroke: muted, strokeDasharray: "3,3"}) : null,
      Plot.ruleY(known.filter((row) => row[low] != null), {y: name, x1: low, x2: high, stroke: color, strokeWidth: 7, strokeOpacity: 0.28, strokeLinecap: "round"}),
      Plot.dotX(known, {y: name, x: value, fill: color, r: 5.5}),
      Plot.text(known, {y: name, x: (row) => row[high] ?? row[value], text: (row) => format(row[value]), dx: 10, textAnchor: "start",
        fontWeight: 600, fill: "currentColor", stroke: "var(--theme-background-alt)", strokeWidth: 5})
    ]
  });
}

// Cohorts down, age across.
export function triangle(rows, {label, value, format, width, tip}) {
  const cohorts = [...new Set(rows.map((row) => row.name))];
  const ages = [...new Set(rows.map((row) => row.period))].sort((a, b) => a - b);
  const left = narrow(width) ? 62 : 118;
  const cell = (width - left) / ages.length;
  const shown = rows.filter((row) => row[value] != null);
  const low = Math.min(1, ...shown.map((row) => row[value]));
  const high = Math.max(1, ...shown.map((row) => row[value]));
  // up to 100 %: the more the darker; where there is more, 100 % is plain, and both ways from it get darker
  const shade = (x) => high <= 1 ? ["--heat", low < 1 ? 0.12 + 0.88 * (x - low) / (1 - low) : 1]
    : x < 1 ? ["--heat-below", (1 - x) / (1 - low)] : ["--heat-above", x === 1 ? 0 : (x - 1) / (high - 1)];
  const fill = ([color, part]) => `color-mix(in oklab, var(${color}) ${(100 * part).toFixed(0)}%, var(--heat-none))`;
  const size = Object.fromEntries(rows.map((row) => [row.name, row.cohort_size]));
  return plot(label, {
    width, height: Math.max(22, Math.min(34, cell)) * cohorts.length + 34,
    marginLeft: left, marginRight: 0, marginTop: 30, marginBottom: 4,
    style: {...font, fontSize: cell < 28 ? "10px" : "12px"},
    x: {axis: "top", label: null, domain: ages, tickSize: 0, padding: 0.04, tickFormat: (age) => narrow(width) ? `${age}` : `+${age} q`},
    y: {label: null, domain: cohorts, tickSize: 0, padding: 0.06,
      tickFormat: (name) => narrow(width) ? name : `${name}  (${size[name].toLocaleString("en-US")})`},
    marks: [
      Plot.cell(shown, {
        x: "period", y: "name", inset: 0, rx: 2, title: tip,
        fill: (row) => fill(shade(row[value])),
        fillOpacity: (row) => row.is_complete ? 1 : 0.55
      }),
      Plot.text(shown, {x: "period", y: "name", text: (row) => format(row[value]), fill: "var(--heat-text)"})
    ]
  });
}

// A step curve with its band.
export function curve(rows, {label, x, value, low, high, color, width, format, xLabel, domain, step = false, marks = [], height = 280}) {
  const shape = step ? {curve: "step-after"} : {};
  return plot(label, {
    width, height, marginLeft: 46, marginRight: 16, marginTop: 12, marginBottom: 40,
    x: {label: xLabel, labelAnchor: "center", labelArrow: "none", ticks: narrow(width) ? 5 : 9, tickFormat: "d", interval: rows.length < 20 ? 1 : undefined},
    y: {label: null, tickFormat: format, grid: true, ticks: 5, domain},
    marks: [
      Plot.areaY(rows, {x, y1: low, y2: high, fill: color, fillOpacity: 0.18, ...shape}),
      Plot.lineY(rows, {x, y: value, stroke: color, strokeWidth: 2.2, ...shape}),
      ...marks
    ]
  });
}

// Bars side by side over a numeric scale.
export function histogram(rows, {label, low, high, value, color, width, xLabel, format, text}) {
  return plot(label, {
    width, height: 260, marginLeft: 46, marginTop: 16, marginBottom: 40,
    x: {label: xLabel, labelAnchor: "center", labelArrow: "none", domain: [0, 100], ticks: narrow(width) ? 5 : 10},
    y: {label: null, grid: true, tickFormat: format, ticks: 5},
    marks: [
      Plot.rectY(rows, {x1: low, x2: high, y: value, fill: color, inset: 1, title: text}),
      Plot.ruleY([0], {stroke: muted})
    ]
  });
}

// A point with its interval over a numeric or named scale, upright.
export function points(rows, {label, x, value, low, high, color, width, xLabel, format, rule, ruleText, names, domain, extra = [], height = 270, rotate}) {
  return plot(label, {
    width, height, marginLeft: 50, marginRight: 16, marginTop: 18, marginBottom: rotate ? 26 + 4.6 * Math.max(...names.map((name) => name.length)) : 42,
    x: {type: names ? "band" : undefined, domain: names, label: xLabel ?? null, labelAnchor: "center", labelArrow: "none",
      ticks: names && some(names, width), tickRotate: rotate ? -45 : 0, tickSize: 3, padding: 0.4},
    y: {label: null, grid: true, tickFormat: format, ticks: 5, nice: true, domain},
    marks: [
      rule != null ? Plot.ruleY([rule], {stroke: muted, strokeDasharray: "3,3"}) : null,
      rule != null && ruleText ? Plot.text([ruleText], {y: rule, frameAnchor: "right", dy: -8, textAnchor: "end", fill: muted}) : null,
      ...extra,
      Plot.ruleX(rows.filter((row) => row[low] != null), {x, y1: low, y2: high, stroke: color, strokeWidth: narrow(width) ? 6 : 9, strokeOpacity: 0.28, strokeLinecap: "round"}),
      Plot.dot(rows, {x, y: value, fill: color, r: 4.5})
    ]
  });
}

export function bars(rows, {label, x, value, color, text, width, format, domain, xLabel}) {
  return plot(label, {
    width, height: 230, marginLeft: 46, marginTop: 22, marginBottom: 40,
    x: {label: xLabel, labelAnchor: "center", labelArrow: "none", domain, tickSize: 0, padding: 0.35},
    y: {label: null, grid: true, tickFormat: format, ticks: 4},
    marks: [
      Plot.barY(rows, {x, y: value, fill: color, rx: 2}),
      Plot.text(rows, {x, y: value, text, dy: -9, fontWeight: 600, fill: "currentColor"}),
      Plot.ruleY([0], {stroke: muted})
    ]
  });
}

export {Plot};
