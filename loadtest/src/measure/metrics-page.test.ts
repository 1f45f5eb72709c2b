import { expect, it } from "vitest";
import { metricOf } from "./metrics-page.ts";

const PAGE = `# HELP moim_connections Sockets connected
# TYPE moim_connections gauge
moim_connections 12
moim_events_total{event="message:send",outcome="ok"} 5
moim_events_total{event="room:read",outcome="ok"} 1.5e1
moim_connections_more 7
`;

it("reads one metric, over all of its labels, and none that only begins alike", () => {
  expect(metricOf(PAGE, "moim_connections")).toBe(12);
  expect(metricOf(PAGE, "moim_events_total")).toBe(20);
  expect(metricOf(PAGE, "moim_event")).toBeUndefined();
});
