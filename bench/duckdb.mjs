// Runs the queries that come in, a line each, and answers with milliseconds.
//     node duckdb.mjs THREADS
import { createInterface } from 'node:readline';
import { DuckDBInstance } from '@duckdb/node-api';

const instance = await DuckDBInstance.create(':memory:');
const connection = await instance.connect();
await connection.run(`SET threads = ${Number(process.argv[2] ?? 1)}`);

for await (const query of createInterface({ input: process.stdin })) {
  const begin = process.hrtime.bigint();
  try {
    // all rows are brought to the client, as psql does
    const result = await connection.runAndReadAll(query);
    result.getRows();
    const end = process.hrtime.bigint();
    console.log((Number(end - begin) / 1e6).toFixed(3));
  } catch (error) {
    console.log(`error: ${String(error.message).replace(/\s+/g, ' ')}`);
  }
}
