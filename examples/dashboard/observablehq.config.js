// A static site that asks nobody for anything: no search, no fonts or libraries from elsewhere.
export default {
  title: "Customer metrics",
  root: "src",
  output: "dist",
  style: "style.css",
  globalStylesheets: [],
  search: false,
  toc: false,
  pager: false,
  head: '<link rel="icon" href="data:,">',
  footer: "Every figure comes from ccx in PostgreSQL; the pages filter, format and draw.",
  pages: [
    {name: "Retention", path: "/retention"},
    {name: "Cohorts", path: "/cohorts"},
    {name: "Why it moved", path: "/why"},
    {name: "Health", path: "/health"},
    {name: "Voice & time to value", path: "/voice"},
    {name: "Renewals", path: "/renewals"}
  ]
};
