// What the data loaders have in common: ask some questions, write the answers as one JSON object.
//
// The connection is DATABASE_URL, or what PGHOST and the other variables of libpq say. With DASHBOARD_TIMES=FILE the
// time of each question is appended there.
import {appendFileSync} from "node:fs";
import pg from "pg";

// Sums, ratios and counts as numbers: by now they are rounded for people. Days stay text.
for (const type of [pg.types.builtins.NUMERIC, pg.types.builtins.INT8]) pg.types.setTypeParser(type, Number);
pg.types.setTypeParser(pg.types.builtins.DATE, String);

export async function send(name, questions) {
  const url = process.env.DATABASE_URL;
  const client = new pg.Client(url ? {connectionString: url} : {});
  await client.connect();
  try {
    await client.query("SET search_path = dashboard, ccx, pg_catalog; SET jit = off; SET default_transaction_read_only = on");
    const answers = {};
    for (const [question, sql] of Object.entries(questions)) {
      const start = process.hrtime.bigint();
      answers[question] = (await client.query(sql)).rows;
      const ms = Number(process.hrtime.bigint() - start) / 1e6;
      if (process.env.DASHBOARD_TIMES) {
        appendFileSync(process.env.DASHBOARD_TIMES,
          `${name}.${question} ${ms.toFixed(1)} ms, ${answers[question].length} rows\n`);
      }
    }
    process.stdout.write(JSON.stringify(answers));
  } finally {
    await client.end();
  }
}
