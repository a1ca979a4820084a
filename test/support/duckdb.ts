/** Files as DuckDB reads them, which has nothing in common with what wrote them. */
import { DuckDBInstance } from '@duckdb/node-api';

/** Rows as JSON has them: whole numbers of 64 bits and times are texts. Times are shown in UTC. */
export async function duckdb(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    await connection.run("SET TimeZone = 'UTC'");
    return (await connection.runAndReadAll(sql)).getRowObjectsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
