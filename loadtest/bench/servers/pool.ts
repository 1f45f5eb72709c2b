import { Pool } from "pg";

/** One of its connections may break while nobody uses it: whoever asks next learns of it, and nothing else ends. */
export function poolOf(connectionString: string, max: number): Pool {
  const pool = new Pool({ connectionString, max });
  pool.on("error", () => {});
  return pool;
}

/** The same for as long as the work goes on, also when it fails. */
export async function withPool<Result>(
  connectionString: string,
  max: number,
  work: (pool: Pool) => Promise<Result>,
): Promise<Result> {
  const pool = poolOf(connectionString, max);
  try {
    return await work(pool);
  } finally {
    await pool.end();
  }
}
