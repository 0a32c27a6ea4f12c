// How numbers are written. NBSP keeps a number and its unit on one line.

const minus = (text) => text.replace("-", "−");
const nothing = "–";

export const percent = (x, digits = 1) => x == null ? nothing : minus(`${(100 * x).toFixed(digits)}\u00a0%`);
export const points = (x, digits = 2) =>
  x == null ? nothing : `${x > 0 ? "+" : ""}${minus((100 * x).toFixed(digits))}\u00a0pp`;
export const bare = (x, digits = 2) => x == null ? nothing : `${x > 0 ? "+" : ""}${minus((100 * x).toFixed(digits))}`;
export const decimal = (x, digits = 1) => x == null ? nothing : minus(Number(x).toFixed(digits));
export const count = (x) => x == null ? nothing : minus(Number(x).toLocaleString("en-US"));
export const days = (x) => x == null ? "not reached" : `${count(x)}\u00a0${x === 1 ? "day" : "days"}`;

/** $1.23M; always three significant digits, so that columns compare, and as few as there are on an axis. */
export function money(currency, minimumSignificantDigits = 3) {
  const format = new Intl.NumberFormat("en-US", {
    style: "currency", currency, notation: "compact", minimumSignificantDigits, maximumSignificantDigits: 3
  });
  return (x) => x == null ? nothing : minus(format.format(x)).replace(/^(\D*)0\.00/, "$10");
}
export const signed = (format) => (x) => x > 0 ? `+${format(x)}` : format(x);

/** "95 % interval 101.4 to 110.7 %", or why there is none. */
export function interval(low, high, {scale = 100, unit = "\u00a0%", digits = 1} = {}) {
  if (low == null || high == null) return "Too few customers for an interval";
  const text = (x) => minus((scale * x).toFixed(digits));
  return `95\u00a0% interval ${text(low)} to ${text(high)}${unit}`;
}

/** A day of the data, which are days without a zone. */
export const date = (text) => new Date(`${text}T00:00:00Z`);
