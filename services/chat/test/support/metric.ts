/** The value of one line of a node's `/metrics`: `name` or `name{label="value"}`; 0 when it is not there. */
export async function metric(url: string, line: string): Promise<number> {
  const text = await metricsOf(url);
  const found = text.split("\n").find((candidate) => candidate.startsWith(`${line} `));
  return found === undefined ? 0 : Number(found.slice(line.length + 1));
}

export async function metricsOf(url: string): Promise<string> {
  return (await fetch(`${url}/metrics`)).text();
}
