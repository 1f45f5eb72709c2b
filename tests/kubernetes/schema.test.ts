import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { typeErrorsOf } from "../set-up/type-check.ts";
import { type KubernetesObject, objectsOf } from "./objects.ts";

const EXAMPLE = fileURLToPath(new URL("../../infra/kubernetes/example", import.meta.url));
const objects = objectsOf(EXAMPLE);

/** Each against the type that is generated from the API's own description. */
function sourceOf(all: readonly KubernetesObject[]): string {
  return all
    .map((object, index) => {
      const [group = "", version] = object.apiVersion.includes("/")
        ? object.apiVersion.split("/")
        : ["core", object.apiVersion];
      const type = `import("kubernetes-types/${join(group.split(".")[0] ?? "", version ?? "")}").${object.kind}`;
      return `export const object${index}: ${type} = ${JSON.stringify(object)};`;
    })
    .join("\n");
}

it("every object is what the API of Kubernetes 1.30 describes, without a field that it does not know", () => {
  expect(objects.length).toBeGreaterThan(15);
  expect(typeErrorsOf(sourceOf(objects))).toEqual([]);
});

it("would say so: an unknown field, a number where a text must be, a kind that there is not", () => {
  const changed = structuredClone(objects) as unknown as Record<string, Record<string, unknown>>[];
  const at = (kind: string) => changed.findIndex((object) => String(object.kind) === kind);
  const [deployment, service, budget] = [
    at("Deployment"),
    at("Service"),
    at("PodDisruptionBudget"),
  ];
  Object.assign(changed[deployment]?.spec ?? {}, { replcas: 2 });
  Object.assign(changed[service]?.spec ?? {}, { clusterIP: 0 });
  Object.assign(changed[budget] ?? {}, { kind: "PodDisruptionBudgets" });
  const errors = typeErrorsOf(sourceOf(changed as unknown as KubernetesObject[]));
  const said = errors.filter((line) => line.startsWith("tests") || line.includes("data.ts("));
  const lines = said.map((line) => Number(/data\.ts\((\d+),/.exec(line)?.[1]) - 1);
  expect(new Set(lines)).toEqual(new Set([deployment, service, budget]));
});
