import { connectPostgres, createLogger } from "@moim/service";
import pg from "pg";
import { Database } from "../../src/persist/database.ts";

/** What Postgres did for one statement, as `EXPLAIN (ANALYZE, BUFFERS)` would tell it. */
export type Explained = { statement: string; plan: PlanNode; text: string };

export type PlanNode = {
  "Node Type": string;
  "Relation Name"?: string;
  "Index Name"?: string;
  "Actual Rows": number;
  "Actual Loops": number;
  "Rows Removed by Filter"?: number;
  Plans?: PlanNode[];
};

export type ExplainedDatabase = {
  database: Database;
  /** Resolves to what the statements of `work` did, in their order. */
  explain(work: (database: Database) => Promise<unknown>): Promise<Explained[]>;
  close(): Promise<void>;
};

/**
 * A database that tells the plans by which it really carried out each statement. They come from
 * the server's own `auto_explain`, so that nothing of the statements is repeated anywhere. Every
 * later connection to this database is told the same.
 */
export async function explainedDatabase(
  url: string,
  { format, isPipelined = false }: { format: "json" | "text"; isPipelined?: boolean },
): Promise<ExplainedDatabase> {
  await explainFromNowOn(url, format);
  const logger = createLogger({ service: "explained" }, "error", process.stderr);
  const pool = connectPostgres({
    url,
    applicationName: "moim-explained",
    // What is planned once is planned for one connection.
    connectionsMax: isPipelined ? 1 : 2,
    isPipelined,
    logger,
  });
  let explained: Explained[] = [];
  pool.on("connect", (connection) => {
    connection.on("notice", ({ message }) => {
      const [, told] = message?.split(" plan:\n") ?? [];
      if (told !== undefined) explained.push(format === "json" ? parsed(told) : asText(told));
    });
  });
  const database = new Database(pool);
  return {
    database,
    async explain(work) {
      explained = [];
      await work(database);
      return explained;
    },
    close: () => pool.end(),
  };
}

async function explainFromNowOn(url: string, format: "json" | "text"): Promise<void> {
  const settings = {
    session_preload_libraries: "auto_explain",
    "auto_explain.log_min_duration": "0",
    "auto_explain.log_analyze": "on",
    "auto_explain.log_buffers": "on",
    "auto_explain.log_format": format,
    client_min_messages: "log",
  };
  const connection = new pg.Client({ connectionString: url });
  await connection.connect();
  try {
    await connection.query("LOAD 'auto_explain'");
    const name = pg.escapeIdentifier(connection.database ?? "");
    for (const [setting, value] of Object.entries(settings)) {
      await connection.query(`ALTER DATABASE ${name} SET ${setting} = ${pg.escapeLiteral(value)}`);
    }
  } finally {
    await connection.end();
  }
}

function parsed(told: string): Explained {
  const { "Query Text": statement, Plan: plan } = JSON.parse(told) as {
    "Query Text": string;
    Plan: PlanNode;
  };
  return { statement, plan, text: told };
}

const NO_PLAN: PlanNode = { "Node Type": "Result", "Actual Rows": 0, "Actual Loops": 0 };

/** The statement is the told text's beginning, over many lines; the plan begins at "(cost=". */
function asText(told: string): Explained {
  const lines = told.split("\n");
  const first = lines.findIndex((line) => /\(cost=[\d.]+/.test(line));
  return {
    statement: lines.slice(0, first).join("\n").replace("Query Text: ", ""),
    plan: NO_PLAN,
    text: lines.slice(first).join("\n"),
  };
}

/** A plan's nodes, the top one first. */
export function nodesOf(plan: PlanNode): PlanNode[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}
