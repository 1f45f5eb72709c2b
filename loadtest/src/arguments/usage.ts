import { SCENARIOS } from "../scenarios/plan.ts";

const scenarios = Object.entries(SCENARIOS)
  .map(([name, what]) => `    ${name.padEnd(16)} ${what}`)
  .join("\n");

export const USAGE = `Loads Moim and checks that nothing is lost, doubled, reordered or misdirected.

  pnpm loadtest run      [options]            one run
  pnpm loadtest capacity [options]            the highest rate that holds, such as a p99
  pnpm loadtest sweep    --nodes 1,2,4        capacity for each number of nodes
  pnpm loadtest compare  before.json after.json

  --scenario mixed
${scenarios}
  --users 200  --rooms N  --members 20        who is where
  --rate 100  --payload 64                    messages a second of all together; bytes of text
  --ramp 1s  --duration 30s                   connecting; talking
  --seed 1  --workers 2                       same seed, same talk; generator processes
  --client raw|package                        light sockets, or the real client package

  without --url a cluster of its own is started:
  --nodes 2  --via proxy|nodes
  --kill-node 10s  --restart-redis 15s  --rolling-restart 5s      after so long; may be repeated
  --expire-tokens 5s                          lifetime of access tokens

  on a site that runs:
  --url https://…  --users-file FILE|-        lines printed by \`mint\`
  --metrics http://node:3001/metrics          may be repeated
  NODE_EXTRA_CA_CERTS=FILE                    (environment) trusts a certificate of one's own

  --threshold "delivery.p99<100ms"            may be repeated; decides the exit code
  --hold "delivery.p99<100ms"  --trial 5s     capacity and sweep: what a rate must hold, and for how long
  --json FILE  --html FILE                    reports

  exit code: 0 passed, 1 something was lost, doubled, reordered or misdirected, 2 could not run,
             3 a threshold was missed, 4 the generator measured itself, 130 stopped by Ctrl-C
`;
