import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";

export type Labels = Record<string, string>;
type SecretKey = { name: string; key: string };
export type Variable = {
  name: string;
  value?: string;
  valueFrom?: { secretKeyRef?: SecretKey; configMapKeyRef?: SecretKey & { optional?: boolean } };
};
type Probe = { httpGet: { path: string; port: string } };
export type Container = {
  name: string;
  image: string;
  ports?: { name: string; containerPort: number }[];
  env?: Variable[];
  envFrom?: { configMapRef: { name: string } }[];
  readinessProbe?: Probe;
  livenessProbe?: Probe;
  startupProbe?: Probe;
  lifecycle?: { preStop: { sleep: { seconds: number } } };
  securityContext: Record<string, unknown>;
  resources: { requests: Labels; limits: Labels };
};
export type PodSpec = {
  containers: Container[];
  terminationGracePeriodSeconds?: number;
  automountServiceAccountToken?: boolean;
  securityContext: Record<string, unknown>;
  topologySpreadConstraints?: { topologyKey: string; labelSelector: { matchLabels: Labels } }[];
};
/** What the tests read of whatever kind of object. */
export type KubernetesObject = {
  apiVersion: string;
  kind: string;
  metadata: { name: string; labels?: Labels };
  spec: {
    replicas?: number;
    selector?: Labels & { matchLabels?: Labels };
    podSelector?: { matchLabels: Labels };
    template?: { metadata: { labels: Labels; annotations?: Labels }; spec: PodSpec };
    ports?: { name: string; port: number; targetPort: string }[];
    scaleTargetRef?: { kind: string; name: string };
    metrics?: { type: string; pods?: { metric: { name: string } } }[];
    rules?: { http: { paths: { backend: { service: { name: string } } }[] } }[];
  };
};
export type Kustomization = {
  resources: string[];
  images?: { name: string; newTag: string }[];
  configMapGenerator?: { name: string; literals: string[] }[];
};

/** All objects of a kustomization and of those that it builds on; throws for a file that is not there. */
export function objectsOf(folder: string): KubernetesObject[] {
  return kustomizationOf(folder).resources.flatMap((resource) => {
    const path = join(folder, resource);
    if (!existsSync(path)) throw new Error(`${folder} lists ${resource}, which is not there`);
    if (statSync(path).isDirectory()) return objectsOf(path);
    return parseAllDocuments(readFileSync(path, "utf8")).map((document) => {
      const [error] = document.errors;
      if (error) throw error;
      return document.toJSON() as KubernetesObject;
    });
  });
}

export function kustomizationOf(folder: string): Kustomization {
  return parse(readFileSync(join(folder, "kustomization.yaml"), "utf8"));
}

/** `NAME=value` of every generated ConfigMap. */
export function literalsOf(...folders: readonly string[]): Record<string, string> {
  const lines = folders.flatMap((folder) =>
    (kustomizationOf(folder).configMapGenerator ?? []).flatMap(({ literals }) => literals),
  );
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
}
