// Opens the built pages in Chromium as a person would, and compares what they show with SQL on the tables of the company.
// Prints TAP. node test.mjs, with the packages installed, dist built, and the connection as for the data loaders; with
// --look it only looks at every page, wide and narrow, of whatever company.
import {spawn} from "node:child_process";
import {createInterface} from "node:readline";
import {fileURLToPath} from "node:url";
import pg from "pg";
import {chromium} from "playwright-core";

// a page that hangs must not hang the test
setTimeout(() => { console.log("not ok - the test ends within five minutes"); process.exit(1); }, 300e3).unref();

const look = process.argv.includes("--look");
let failed = 0;
function ok(passed, name, ...notes) {
  if (!passed) failed++;
  console.log(`${passed ? "ok" : "not ok"} - ${name}`);
  if (!passed) for (const note of notes) console.log(`# ${String(note).replaceAll("\n", "\n# ")}`);
}

// ---------------------------------------------------------------- the database

for (const type of [pg.types.builtins.NUMERIC, pg.types.builtins.INT8]) pg.types.setTypeParser(type, Number);
const client = new pg.Client(process.env.DATABASE_URL ? {connectionString: process.env.DATABASE_URL} : {});
await client.connect();
await client.query("SET search_path = sample, ccx");
const one = async (sql, values) => (await client.query(sql, values)).rows[0];

// ---------------------------------------------------------------- how the pages write numbers, a second time

const minus = (text) => text.replace("-", "−");
const percent = (x, digits = 1) => `${minus((100 * x).toFixed(digits))} %`;
const fixed = (x, digits = 1) => minus(x.toFixed(digits));
const count = (x) => String(x).replace(/\B(?=(\d{3})+$)/g, ",");
const pp = (x) => `${x > 0 ? "+" : ""}${minus((100 * x).toFixed(2))} pp`;
function money(x) {
  const size = Math.abs(x);
  const [by, unit] = size >= 999500 ? [1e6, "M"] : size >= 999.5 ? [1e3, "K"] : [1, ""];
  const scaled = size / by;
  const digits = scaled >= 99.95 ? 0 : scaled >= 9.995 ? 1 : 2;
  const rounded = Math.round(scaled * 10 ** digits + 1e-6) / 10 ** digits;   // half away from zero
  return `${x < 0 ? "−" : ""}$${rounded.toFixed(digits)}${unit}`;
}
const interval = (low, high) => `95 % interval ${fixed(100 * low)} to ${fixed(100 * high)} %`;

// ---------------------------------------------------------------- the browser

const server = spawn(process.execPath, [fileURLToPath(new URL("serve.mjs", import.meta.url)), "0"], {stdio: ["ignore", "pipe", "inherit"]});
process.on("exit", () => server.kill());
const base = await new Promise((resolve) => createInterface({input: server.stdout}).once("line", resolve));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"]
});

const trouble = [];   // what went wrong in the pages since it was last emptied
async function open(path, {width = 1440, scheme = "light"} = {}) {
  const context = await browser.newContext({viewport: {width, height: 900}, colorScheme: scheme, locale: "en-US"});
  const page = await context.newPage();
  page.on("console", (message) => message.type() === "error" && trouble.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => trouble.push(`error: ${error.message}`));
  page.on("requestfailed", (request) => trouble.push(`failed: ${request.url()}`));
  page.on("request", (request) => {
    if (!request.url().startsWith(base) && !/^(data|blob):/.test(request.url())) trouble.push(`request to ${request.url()}`);
  });
  await page.goto(base + path, {waitUntil: "load"});
  await page.locator("[data-figure], .card.empty").first().waitFor();
  await page.waitForLoadState("networkidle");
  return page;
}
const choose = (page, filter, value) => page.locator(`select[name="${filter}"]`).selectOption(value);

/** Whether a figure shows this text; the page has five seconds to come to it. */
async function shows(page, name, expected) {
  const target = page.locator(`[data-figure="${name}"]`).first();
  let text;
  for (let i = 0; i < 50; i++) {
    text = (await target.count()) ? (await target.textContent()).replaceAll(/\s+/g, " ").trim() : "(nothing)";
    if (text === expected) return {passed: true};
    await page.waitForTimeout(100);
  }
  return {passed: false, note: `page: ${text}\nSQL:  ${expected}`};
}
async function compare(page, where, figures) {
  for (const [name, expected] of Object.entries(figures)) {
    const {passed, note} = await shows(page, name, expected);
    ok(passed, `${where}: ${name} is what SQL says, ${expected}`, note);
  }
}

// ---------------------------------------------------------------- every page, wide and narrow, light and dark

const pages = ["", "retention", "cohorts", "why", "health", "voice", "renewals"];

/** Run in the page: text that no reader should see, text that is hard to read, and what assistive technology misses. */
function inspect() {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  canvas.canvas.width = canvas.canvas.height = 1;
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const luminance = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const faint = new Set();
  let texts = 0;
  for (const element of document.querySelectorAll("#observablehq-main *:not(svg *, option, script, style)")) {
    if (![...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) || !element.checkVisibility()) continue;
    let behind = element;
    while (behind && rgba(getComputedStyle(behind).backgroundColor)[3] < 255) behind = behind.parentElement;
    const style = getComputedStyle(element);
    const [light, dark] = [luminance(rgba(style.color)), luminance(rgba(getComputedStyle(behind ?? document.documentElement).backgroundColor))].sort((a, b) => b - a);
    const ratio = (light + 0.05) / (dark + 0.05);
    texts++;
    if (ratio < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5)) faint.add(`${ratio.toFixed(1)}: ${element.textContent.slice(0, 40)}`);
  }
  const main = document.querySelector("#observablehq-main");
  const words = [main.textContent, ...[...main.querySelectorAll("svg title, [aria-label]")].map((e) => e.textContent + e.ariaLabel)].join(" ");
  return {
    texts, faint: [...faint],
    wrong: words.match(/.{0,30}(NaN|undefined|Infinity|\[object|\bnull\s*%|\bnull\b(?! hypothesis)).{0,30}/g)?.filter((w) => !/^null$/.test(w.trim())) ?? [],
    errors: [...document.querySelectorAll(".observablehq--error")].map((e) => e.textContent),
    wide: document.documentElement.scrollWidth - window.innerWidth,
    clipped: [...main.querySelectorAll("svg text")].filter((text) => {
      const box = text.getBoundingClientRect();
      return box.width && (box.left < 0 || box.right > window.innerWidth + 1);
    }).map((text) => text.textContent),
    unnamed: [...main.querySelectorAll("svg")].filter((svg) => !svg.getAttribute("aria-label") && svg.querySelector("text")).length
      + [...main.querySelectorAll("select")].filter((select) => !select.labels.length).length,
    titles: main.querySelectorAll("h1").length, charts: main.querySelectorAll("svg").length, figures: main.querySelectorAll("[data-figure]").length
  };
}

for (const path of pages) {
  for (const width of [1440, 390]) {
    for (const scheme of look ? ["light"] : ["light", "dark"]) {
      trouble.length = 0;
      const page = await open(path, {width, scheme});
      const seen = await page.evaluate(inspect);
      const name = `${path || "overview"} at ${width}, ${scheme}`;
      const problems = [...trouble, ...seen.errors, ...seen.wrong.map((w) => `text: ${w}`), ...seen.faint.map((t) => `contrast ${t}`),
        ...seen.clipped.map((t) => `clipped: ${t}`)];
      if (seen.wide > 0) problems.push(`${seen.wide} pixels too wide`);
      if (seen.unnamed) problems.push(`${seen.unnamed} charts or filters without a name`);
      if (seen.titles !== 1 || seen.figures < 4 || seen.texts < 20 || (path && !seen.charts)) problems.push(`not all is there: ${JSON.stringify(seen)}`);
      ok(!problems.length, `${name}: complete, readable, asks nobody else`, ...problems);
      if (process.env.SCREENSHOTS) {
        await page.screenshot({path: `${process.env.SCREENSHOTS}/${path || "overview"}-${width}-${scheme}.png`, fullPage: true});
      }
      await page.context().close();
    }
  }
}

async function end() {
  await browser.close();
  await client.end();
  server.kill();
  process.exit(failed ? 1 : 0);
}
if (look) await end();

// ---------------------------------------------------------------- figures against SQL on the tables

// NRR and its kin in plain SQL: a customer counts in the segment that it was in at opening.
const retention = (from, to, segment) => one(`
  SELECT sum(least(c, o)) / sum(o) AS grr, sum(c) / sum(o) AS nrr, count(*) FILTER (WHERE c > 0)::numeric / count(*) AS logo,
         (nrr_ci(retention_agg(o, c))).low AS nrr_low, (nrr_ci(retention_agg(o, c))).high AS nrr_high,
         (grr_ci(retention_agg(o, c))).low AS grr_low, (grr_ci(retention_agg(o, c))).high AS grr_high,
         sum(greatest(c - o, 0)) AS expansion, sum(o) FILTER (WHERE c = 0) AS churned, sum(o) AS opening
  FROM (SELECT a.mrr AS o, coalesce(b.mrr, 0) AS c
        FROM mrr_monthly AS a LEFT JOIN mrr_monthly AS b ON b.customer = a.customer AND b.month = $2
        WHERE a.month = $1 AND ($3 = 'All' OR a.segment = $3)) AS t`, [from, to, segment]);

{
  trouble.length = 0;
  const page = await open("retention");
  let r = await retention("2024-12-01", "2025-12-01", "All");
  await compare(page, "retention, year to December", {
    nrr: percent(r.nrr), "nrr-interval": interval(r.nrr_low, r.nrr_high), grr: percent(r.grr),
    "grr-interval": interval(r.grr_low, r.grr_high), logo: percent(r.logo), "bridge-Opening-mrr": money(r.opening),
    "bridge-Expansion-mrr": `+${money(r.expansion)}`, "bridge-Churn-mrr": money(-r.churned)
  });
  const closing = await one("SELECT sum(mrr) AS mrr, count(*) AS customers FROM mrr_monthly WHERE month = '2025-12-01'");
  await compare(page, "retention, all", {"closing-arr": money(12 * closing.mrr), "bridge-Closing-mrr": money(closing.mrr)});
  const won = await one(`SELECT sum(mrr) AS mrr FROM mrr_monthly AS m WHERE month = '2025-12-01'
    AND NOT EXISTS (SELECT FROM mrr_monthly AS e WHERE e.customer = m.customer AND e.month <= '2024-12-01')`);
  await compare(page, "retention, all", {"bridge-New-mrr": `+${money(won.mrr)}`});

  await choose(page, "segment", "SMB");
  r = await retention("2024-12-01", "2025-12-01", "SMB");
  await compare(page, "retention, SMB", {nrr: percent(r.nrr), "nrr-interval": interval(r.nrr_low, r.nrr_high), grr: percent(r.grr), logo: percent(r.logo), "segment-SMB-nrr": percent(r.nrr)});
  await choose(page, "span", "quarter");
  await choose(page, "period-quarter", "2025-07-01");
  r = await retention("2025-06-01", "2025-09-01", "SMB");
  await compare(page, "retention, SMB, third quarter", {nrr: percent(r.nrr), "nrr-interval": interval(r.nrr_low, r.nrr_high), grr: percent(r.grr), "bridge-Churn-mrr": money(-r.churned)});
  const months = await one(`SELECT avg(nrr) AS nrr FROM dashboard.retention_month WHERE segment = 'SMB' AND period BETWEEN '2025-07-01' AND '2025-09-01'`);
  ok(percent(months.nrr) !== percent(r.nrr), "retention: a quarter is not the average of its months");
  await choose(page, "span", "month");
  await choose(page, "period-month", "2024-02-01");
  await choose(page, "segment", "Enterprise");
  r = await retention("2024-01-01", "2024-02-01", "Enterprise");
  await compare(page, "retention, Enterprise, February 2024", {nrr: percent(r.nrr), grr: percent(r.grr)});

  // what was chosen stays chosen
  await page.locator("#observablehq-sidebar a", {hasText: "Cohorts"}).click();
  await page.locator("[data-figure]").first().waitFor();
  ok(await page.locator('select[name="segment"]').inputValue() === "Enterprise", "the segment stays chosen on the next page");
  ok(!trouble.length, "retention: no errors while filtering", ...trouble);
  await page.context().close();
}

{
  trouble.length = 0;
  const page = await open("cohorts");
  // cohorts in plain SQL, by quarters numbered from the year 0
  const cohort = (segment) => `
    WITH active AS (
      SELECT DISTINCT customer, (date_part('year', month) * 4 + date_part('quarter', month))::int AS q,
             first_value(segment) OVER (PARTITION BY customer ORDER BY month) AS segment
      FROM mrr_monthly WHERE mrr > 0
    ), won AS (
      SELECT customer, min(q) AS first FROM active JOIN accounts USING (customer)
      WHERE signed_up >= '2023-01-01' AND (${segment} = 'All' OR segment = ${segment}) GROUP BY customer
    )`;
  const age = (n, segment) => one(`${cohort("$2")}
    SELECT count(a.customer)::numeric / count(*) AS share, count(*) AS eligible
    FROM won LEFT JOIN active AS a ON a.customer = won.customer AND a.q = first + $1
    WHERE first + $1 <= 2025 * 4 + 4`, [n, segment]);
  for (const segment of ["All", "Mid-Market"]) {
    await choose(page, "segment", segment);
    for (const n of [1, 4, 8]) {
      const r = await age(n, segment);
      await compare(page, `cohorts, ${segment}`, {[`curve-${n}`]: percent(r.share), [`age-${n}-eligible`]: count(r.eligible)});
    }
    const cell = await one(`${cohort("$1")}
      SELECT count(a.customer)::numeric / count(*) AS share FROM won
      LEFT JOIN active AS a ON a.customer = won.customer AND a.q = first + 5 WHERE first = 2024 * 4 + 1`, [segment]);
    await compare(page, `cohorts, ${segment}`, {"cohort-Q1 2024-+5": percent(cell.share, 0)});
  }
  await choose(page, "segment", "All");
  await choose(page, "measure", "net_retention");
  // by revenue a quarter counts by its last month
  const r = await one(`
    WITH quarter_end AS (SELECT customer, month, mrr FROM mrr_monthly WHERE date_part('month', month) IN (3, 6, 9, 12)),
         won AS (SELECT customer, min(month) AS first FROM quarter_end JOIN accounts USING (customer) WHERE signed_up >= '2023-01-01' GROUP BY customer)
    SELECT sum(later.mrr) / sum(q.mrr) AS net
    FROM won JOIN quarter_end AS q ON q.customer = won.customer AND q.month = first
    LEFT JOIN quarter_end AS later ON later.customer = won.customer AND later.month = first + interval '1 year'
    WHERE first + interval '1 year' <= '2025-12-01'`);
  await compare(page, "cohorts, net revenue", {"curve-4": percent(r.net)});
  await choose(page, "won", "2025");
  await compare(page, "cohorts of 2025", {"curve-8": "–", "curve-8-interval": "No cohort is old enough"});
  ok(!trouble.length, "cohorts: no errors while filtering", ...trouble);
  await page.context().close();
}

{
  trouble.length = 0;
  const page = await open("why");
  const drivers = (split, metric, from0, to0, from1, to1, segment) => one(`
    SELECT sum(mix_effect) AS mix, sum(expansion_effect) AS expansion, sum(contraction_effect) AS contraction,
           sum(churn_effect) AS churn, max(total_effect) FILTER (WHERE segment IN ('Enterprise', 'EMEA')) AS part
    FROM unnest((
      SELECT drivers(part, before, now, $1)
      FROM (SELECT a.${split} AS part, retention_agg(a.mrr, b.mrr) FILTER (WHERE a.month = $2) AS before,
                   retention_agg(a.mrr, b.mrr) FILTER (WHERE a.month = $4) AS now
            FROM mrr_monthly AS a
            LEFT JOIN mrr_monthly AS b ON b.customer = a.customer AND b.month = CASE a.month WHEN $2 THEN $3::date ELSE $5::date END
            WHERE a.month IN ($2, $4) AND ($6 = 'All' OR a.segment = $6) GROUP BY part) AS t)) AS d`,
    [metric, from0, to0, from1, to1, segment]);
  const parts = (d) => ({mix: pp(d.mix), expansion: pp(d.expansion), contraction: pp(d.contraction), churn: pp(d.churn)});
  await compare(page, "why, year", parts(await drivers("segment", "nrr", "2024-09-01", "2025-09-01", "2024-12-01", "2025-12-01", "All")));
  await choose(page, "why-span", "quarter");
  await choose(page, "compare", "year");
  await choose(page, "why-period-quarter", "2025-04-01");
  let d = await drivers("segment", "nrr", "2024-03-01", "2024-06-01", "2025-03-01", "2025-06-01", "All");
  await compare(page, "why, second quarter", {...parts(d), "part-Enterprise-total": pp(d.part).replace(" pp", "")});
  await choose(page, "metric", "grr");
  await choose(page, "segment", "Mid-Market");
  d = await drivers("region", "grr", "2024-03-01", "2024-06-01", "2025-03-01", "2025-06-01", "Mid-Market");
  await compare(page, "why, Mid-Market by region, GRR", {...parts(d), "part-EMEA-total": pp(d.part).replace(" pp", "")});
  const lost = await one(`SELECT name, a.mrr FROM mrr_monthly AS a JOIN accounts USING (customer)
    WHERE a.month = '2025-03-01' AND a.segment = 'Mid-Market' AND NOT EXISTS (SELECT FROM mrr_monthly AS b WHERE b.customer = a.customer AND b.month = '2025-06-01')
    ORDER BY a.mrr DESC, customer::text LIMIT 1`);
  await compare(page, "why, movers", {[`mover-${lost.name}-change`]: money(-lost.mrr)});
  await choose(page, "why-period-quarter", "2023-07-01");
  await page.locator(".card.empty").waitFor();
  ok(/no period a year before Q3 2023/.test(await page.locator(".card.empty").textContent()), "why: says that there is nothing to compare with");
  ok(!trouble.length, "why: no errors while filtering", ...trouble);
  await page.context().close();
}

{
  trouble.length = 0;
  const page = await open("health");
  const red = (segment) => one(`
    SELECT sum(12 * mrr) AS arr, count(*) AS accounts FROM mrr_monthly AS m
    JOIN dashboard.health_at_risk AS h ON h.customer = m.customer::text
    WHERE month = '2025-12-01' AND ($1 = 'All' OR m.segment = $1)`, [segment]);
  const score = (segment) => one(`
    SELECT sum(score * weight) / sum(weight) AS score FROM dashboard.signal WHERE score IS NOT NULL AND ($1 = 'All' OR segment = $1)`, [segment]);
  const backtest = (segment) => one(`
    WITH s AS (SELECT round(health_score(h), 2) AS score, mrr_later.mrr IS NULL AS churned
               FROM dashboard.health_history AS h
               LEFT JOIN mrr_monthly AS mrr_later ON mrr_later.customer = h.customer AND mrr_later.month = date_trunc('month', h.next_ends)
               WHERE h.next_ends <= '2025-12-31' AND ($1 = 'All' OR h.segment = $1))
    SELECT sum((CASE WHEN a.score < b.score THEN 1 WHEN a.score = b.score THEN 0.5 ELSE 0 END) * a.n * b.n) / sum(a.n * b.n) AS auc
    FROM (SELECT score, count(*) AS n FROM s WHERE churned GROUP BY score) AS a,
         (SELECT score, count(*) AS n FROM s WHERE NOT churned GROUP BY score) AS b`, [segment]);
  for (const segment of ["All", "Enterprise"]) {
    await choose(page, "segment", segment);
    const r = await red(segment);
    await compare(page, `health, ${segment}`, {
      "arr-red": money(r.arr), score: fixed((await score(segment)).score), auc: fixed((await backtest(segment)).auc, 3)
    });
    ok((await page.locator(".headline").first().textContent()).includes(`${count(r.accounts)} accounts in red`), `health, ${segment}: accounts in red are ${r.accounts}`);
    const test = await one(`SELECT lift(b, 0.1) AS lift, capture(b, 0.2) AS capture FROM (
      SELECT backtest_agg(round(health_score(h), 2), churned, arr) AS b FROM dashboard.health_history WHERE churned IS NOT NULL AND ($1 = 'All' OR segment = $1)) AS t`, [segment]);
    await compare(page, `health, ${segment}`, {"lift-10": `${fixed(test.lift, 2)} ×`, "capture-20": percent(test.capture)});
  }
  const worst = await one(`SELECT 12 * mrr AS arr, health_score FROM dashboard.health_at_risk AS h JOIN mrr_monthly AS m ON h.customer = m.customer::text
    WHERE month = '2025-12-01' AND m.segment = 'Enterprise' ORDER BY mrr DESC, m.customer LIMIT 1`);
  await compare(page, "health, Enterprise", {"risk-1-arr": money(worst.arr), "risk-1-score": fixed(worst.health_score)});
  await choose(page, "health-day", "2025-06-30");
  const then = await one(`SELECT sum(arr) AS arr FROM dashboard.health_history WHERE ends = '2025-06-30' AND segment = 'Enterprise' AND health_score(h) <= 50`);
  await compare(page, "health in June, Enterprise", {"arr-red": money(then.arr)});
  ok(!trouble.length, "health: no errors while filtering", ...trouble);
  await page.context().close();
}

{
  trouble.length = 0;
  const page = await open("voice");
  const nps = (from, to, segment) => one(`
    SELECT 100.0 * (count(*) FILTER (WHERE score >= 9) - count(*) FILTER (WHERE score <= 6)) / count(*) AS nps, count(*) AS n,
           (nps_ci(survey_agg(score, 'nps'))).low, (nps_ci(survey_agg(score, 'nps'))).high
    FROM surveys AS s WHERE scale = 'nps' AND answered_on BETWEEN $1 AND $2
      AND ($3 = 'All' OR $3 = (SELECT segment FROM account_segments AS a WHERE a.customer = s.customer AND valid_from <= answered_on ORDER BY valid_from DESC LIMIT 1))`, [from, to, segment]);
  const ttv = (year, segment) => one(`
    SELECT km_median(d) AS median, km_quantile(d, 0.9) AS p90, 1 - km_survival(d, 30) AS within
    FROM (SELECT duration_agg(m.signed_up, first_value, '2025-12-31') AS d
          FROM milestones AS m JOIN account_segments AS s ON s.customer = m.customer AND s.valid_from = m.signed_up
          WHERE ($1 = 'All' OR date_part('year', m.signed_up)::text = $1) AND ($2 = 'All' OR segment = $2)) AS t`, [year, segment]);
  const voice = (r) => ({nps: fixed(r.nps), "nps-interval": `95 % interval ${fixed(r.low)} to ${fixed(r.high)}`});
  await compare(page, "voice", voice(await nps("2025-10-01", "2025-12-31", "All")));
  const csat = await one("SELECT avg((score >= 4)::int) AS csat FROM surveys WHERE scale = '1-5' AND answered_on BETWEEN '2025-10-01' AND '2025-12-31'");
  const ces = await one("SELECT avg(score) AS ces FROM surveys WHERE scale = '1-7' AND answered_on BETWEEN '2025-10-01' AND '2025-12-31'");
  await compare(page, "voice", {csat: percent(csat.csat), ces: fixed(ces.ces, 2)});
  let t = await ttv("All", "All");
  await compare(page, "time to value", {"ttv-median": `${t.median} days`, "ttv-p90": `${t.p90} days`, "ttv-30": percent(t.within)});
  await choose(page, "segment", "Enterprise");
  await choose(page, "voice-period", "2024-07-01");
  await choose(page, "ttv-year", "2024");
  await compare(page, "voice, Enterprise, third quarter 2024", voice(await nps("2024-07-01", "2024-09-30", "Enterprise")));
  t = await ttv("2024", "Enterprise");
  await compare(page, "time to value, Enterprise, 2024", {"ttv-median": `${t.median} days`, "ttv-30": percent(t.within)});
  ok(!trouble.length, "voice: no errors while filtering", ...trouble);
  await page.context().close();
}

{
  trouble.length = 0;
  const page = await open("renewals");
  // decided is what was due more than 30 days before the books were closed
  const renewals = (from, to, segment) => one(`
    SELECT sum(arr_renewed) FILTER (WHERE renewed) / sum(arr_due) AS rate, sum(least(arr_renewed, arr_due)) FILTER (WHERE renewed) / sum(arr_due) AS gross, sum(arr_due) AS due
    FROM (SELECT *, renewed_on <= due + 30 AS renewed FROM renewals AS r WHERE due BETWEEN $1 AND $2 AND due + 30 < '2025-12-31'
          AND ($3 = 'All' OR $3 = (SELECT segment FROM account_segments AS a WHERE a.customer = r.customer AND valid_from <= due ORDER BY valid_from DESC LIMIT 1))) AS t`, [from, to, segment]);
  let r = await renewals("2025-10-01", "2025-12-31", "All");
  await compare(page, "renewals", {rate: percent(r.rate), "gross-rate": percent(r.gross), "due-arr": money(r.due)});
  const ahead = await one(`SELECT sum(arr_due) AS due, sum(arr_due) FILTER (WHERE renewed_on IS NOT NULL) AS signed FROM renewals WHERE due BETWEEN '2026-01-01' AND '2026-03-31'`);
  await compare(page, "renewals", {signed: money(ahead.signed)});
  const forecast = (segment) => one(`
    WITH past AS (SELECT array[score, (segment = 'Enterprise')::int, (segment = 'SMB')::int]::float8[] AS signals, lost
                  FROM dashboard.contract_score WHERE due + 30 <= '2025-12-31' AND score IS NOT NULL AND lost IS NOT NULL),
         fit AS (SELECT fit_health_weights(lost, signals) AS fit FROM past),
         tested AS (SELECT fit, backtest_probability_agg(round(churn_probability(fit, signals)::numeric, 4), lost) AS b FROM past, fit GROUP BY fit)
    SELECT (f).low, (f).expected, (f).high FROM (
      SELECT renewal_forecast_total(b, round(churn_probability(fit, array[score, (segment = 'Enterprise')::int, (segment = 'SMB')::int]::float8[])::numeric, 4), arr_due) AS f
      FROM dashboard.contract_score, tested WHERE due BETWEEN '2026-01-01' AND '2026-03-31' AND ($1 = 'All' OR segment = $1)) AS t`, [segment]);
  const expected = (f) => ({forecast: money(f.expected), "forecast-interval": `95 % interval ${money(f.low)} to ${money(f.high)}`});
  await compare(page, "renewals", expected(await forecast("All")));
  await choose(page, "segment", "Mid-Market");
  await choose(page, "renewal-period", "2025-04-01");
  r = await renewals("2025-04-01", "2025-06-30", "Mid-Market");
  await compare(page, "renewals, Mid-Market, second quarter", {rate: percent(r.rate), "gross-rate": percent(r.gross), "due-arr": money(r.due), ...expected(await forecast("Mid-Market"))});
  await choose(page, "renewal-period", "2026-04-01");
  ok((await shows(page, "rate", "–")).passed, "renewals: a quarter of which nothing is decided has no rate");
  ok(!trouble.length, "renewals: no errors while filtering", ...trouble);
  await page.context().close();
}

// ---------------------------------------------------------------- and the overview shows what the pages show

{
  const page = await open("");
  const r = await retention("2024-12-01", "2025-12-01", "All");
  await compare(page, "overview", {nrr: percent(r.nrr), grr: percent(r.grr)});
  await choose(page, "segment", "SMB");
  const smb = await retention("2024-12-01", "2025-12-01", "SMB");
  await compare(page, "overview, SMB", {nrr: percent(smb.nrr), "nrr-interval": interval(smb.nrr_low, smb.nrr_high)});
  await page.context().close();
}

// Views of the same customers say the same.
ok((await one(`SELECT count(*) AS n FROM dashboard.retention AS r FULL JOIN dashboard.retention_interval AS i USING (span, period, segment, region)
  WHERE nrr(r.summary) IS DISTINCT FROM nrr(i.summary) OR grr(r.summary) IS DISTINCT FROM grr(i.summary)`)).n === 0,
"retention: intervals are of the customers of the metric views");
ok((await one(`SELECT count(*) AS n FROM dashboard.driver, LATERAL (SELECT sum(total_effect) AS total FROM unnest(parts)) AS t
  WHERE total <> round(rate_now - rate_before, 12)`)).n === 0, "why: the effects add up to the change, digit for digit");

// ---------------------------------------------------------------- would this test notice?

{
  const context = await browser.newContext({viewport: {width: 1440, height: 900}});
  const page = await context.newPage();
  let changed = 0;
  await page.route(/retention\.[0-9a-f]+\.json$/, async (route) => {
    const body = await (await route.fetch()).json();
    for (const row of body.periods) if (row.nrr != null) { row.nrr += 0.001; changed++; }
    await route.fulfill({json: body});
  });
  await page.goto(`${base}retention`, {waitUntil: "networkidle"});
  const r = await retention("2024-12-01", "2025-12-01", "All");
  ok(changed > 0 && !(await shows(page, "nrr", percent(r.nrr))).passed, "a figure changed by a tenth of a point is noticed");
  await context.close();
}

await end();
