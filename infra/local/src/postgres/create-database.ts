import { randomBytes } from "node:crypto";
import { Client } from "pg";

export interface TestDatabase {
  readonly url: string;
  /** Ends the connections that are still open and removes the database. */
  drop(): Promise<void>;
}

/** Makes an empty database of its own on the server of `postgresUrl`, for one test file. */
export async function createDatabase(postgresUrl: string): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString("hex")}`;
  await query(postgresUrl, `create database ${name}`);
  const url = new URL(postgresUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: () => query(postgresUrl, `drop database if exists ${name} with (force)`),
  };
}

async function query(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
