import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Cluster, startCluster } from "@moim/local";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import {
  type Container,
  type KubernetesObject,
  kustomizationOf,
  literalsOf,
  objectsOf,
  type PodSpec,
} from "./objects.ts";

const CHECKOUT = fileURLToPath(new URL("../..", import.meta.url));
const FOLDER = join(CHECKOUT, "infra", "kubernetes");
const BASE = join(FOLDER, "base");
const EXAMPLE = join(FOLDER, "example");

const objects = objectsOf(EXAMPLE);
const literals = literalsOf(BASE, EXAMPLE);

function the(kind: string, name: string): KubernetesObject {
  const found = objects.filter((one) => one.kind === kind && one.metadata.name === name);
  if (found.length !== 1 || !found[0]) throw new Error(`${found.length} of ${kind} ${name}`);
  return found[0];
}

/** Deployments and jobs: whatever makes pods. */
const workloads = objects.flatMap(({ kind, metadata, spec }) =>
  spec?.template ? [{ kind, name: metadata.name, spec, template: spec.template }] : [],
);
const services = ["chat", "auth"] as const;

function podOf(name: string): PodSpec {
  const found = workloads.find((workload) => workload.name === name);
  if (!found) throw new Error(`no ${name}`);
  return found.template.spec;
}

function containerOf(name: string): Container {
  const [container] = podOf(name).containers;
  if (!container) throw new Error(`no container of ${name}`);
  return container;
}

function variableOf(name: string, variable: string): string | undefined {
  return containerOf(name).env?.find((one) => one.name === variable)?.value ?? literals[variable];
}

describe("the kustomization", () => {
  it("lists every file of its folder, and nothing twice", () => {
    for (const folder of [BASE, EXAMPLE]) {
      const files = readdirSync(folder).filter((name) => name !== "kustomization.yaml");
      const listed = kustomizationOf(folder).resources.filter((name) => name.endsWith(".yaml"));
      expect(listed.sort()).toEqual(files.sort());
    }
    const names = objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(new Set(names).size).toBe(names.length);
  });

  it("gives every image a version", () => {
    const versions = new Map(kustomizationOf(EXAMPLE).images?.map((one) => [one.name, one.newTag]));
    for (const { template } of workloads) {
      for (const { image } of template.spec.containers) {
        expect(versions.get(image), image).toMatch(/^\d+\.\d+\.\d+$/);
      }
    }
  });
});

describe("what refers to something", () => {
  it("finds it: pods by labels, ports by name, deployments, services", () => {
    const podLabels = workloads.map(({ template }) => template.metadata.labels);
    const isOfSome = (wanted: Record<string, string> | undefined) =>
      podLabels.some((labels) =>
        Object.entries(wanted ?? { no: "selector" }).every(([key, value]) => labels[key] === value),
      );
    for (const { kind, metadata, spec } of objects) {
      const what = `${kind} ${metadata.name}`;
      if (kind === "Service") {
        expect(isOfSome(spec.selector), what).toBe(true);
        const ports = containerOf(metadata.name).ports?.map(({ name }) => name);
        for (const { targetPort } of spec.ports ?? []) expect(ports, what).toContain(targetPort);
      }
      if (kind === "PodDisruptionBudget" || kind === "Deployment") {
        expect(isOfSome(spec.selector?.matchLabels), what).toBe(true);
      }
      if (kind === "NetworkPolicy" && metadata.name !== "default-deny") {
        expect(isOfSome(spec.podSelector?.matchLabels), what).toBe(true);
      }
      if (spec?.scaleTargetRef) the(spec.scaleTargetRef.kind, spec.scaleTargetRef.name);
      for (const { http } of spec?.rules ?? []) {
        for (const { backend } of http.paths) the("Service", backend.service.name);
      }
    }
  });

  it("names ports on which something answers", () => {
    for (const { template } of workloads) {
      for (const { name, ports, ...probes } of template.spec.containers) {
        for (const probe of [probes.readinessProbe, probes.livenessProbe, probes.startupProbe]) {
          if (probe)
            expect(
              ports?.map((port) => port.name),
              name,
            ).toContain(probe.httpGet.port);
        }
      }
    }
    for (const name of services) {
      expect(containerOf(name).ports?.[0]?.containerPort).toBe(Number(variableOf(name, "PORT")));
      const annotations = workloads.find((one) => one.name === name)?.template.metadata.annotations;
      expect(annotations?.["prometheus.io/port"]).toBe(variableOf(name, "PORT"));
    }
  });

  it("scales by a metric that a chat node exports and the adapter passes on", () => {
    const metrics = the("HorizontalPodAutoscaler", "chat").spec.metrics ?? [];
    const names = metrics.flatMap(({ pods }) => (pods ? [pods.metric.name] : []));
    const source = readFileSync(join(CHECKOUT, "services/chat/src/metrics.ts"), "utf8");
    const adapter = parse(readFileSync(join(FOLDER, "prometheus-adapter.yaml"), "utf8"));
    expect(names).toEqual(
      adapter.rules.custom.map((rule: { name: { as: string } }) => rule.name.as),
    );
    for (const name of names) expect(source).toContain(`"${name}"`);
    expect(the("Deployment", "chat").spec.replicas).toBeUndefined();
  });
});

describe("a pod", () => {
  it.each(workloads.map(({ name }) => name))("of %s is locked in", (name) => {
    const pod = podOf(name);
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    });
    for (const container of pod.containers) {
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
      expect(container.resources.limits).toHaveProperty("memory");
    }
  });

  it("of chat has time for its whole drain, and is spread over machines and zones", () => {
    const pod = podOf("chat");
    const finishMs = 5_000;
    const neededMs =
      (containerOf("chat").lifecycle?.preStop.sleep.seconds ?? Number.NaN) * 1_000 +
      Number(variableOf("chat", "DRAIN_MS")) +
      finishMs;
    expect((pod.terminationGracePeriodSeconds ?? 0) * 1_000).toBeGreaterThanOrEqual(
      neededMs + 10_000,
    );
    expect(pod.topologySpreadConstraints?.map(({ topologyKey }) => topologyKey)).toEqual([
      "kubernetes.io/hostname",
      "topology.kubernetes.io/zone",
    ]);
  });

  it("keeps its place as long as it is alive: Redis or the database away must not take all of them out", () => {
    for (const name of [...services, "gateway"]) {
      expect(containerOf(name).readinessProbe?.httpGet.path).toBe("/livez");
      expect(containerOf(name).livenessProbe?.httpGet.path).toBe("/livez");
    }
  });

  it("gets every secret by reference, from one secret that no file here holds", () => {
    expect(objects.filter(({ kind }) => kind === "Secret")).toEqual([]);
    const secret = /URL$|KEYS$|PASSWORD|SECRET|TOKEN$/;
    for (const { template } of workloads) {
      for (const { name, value, valueFrom } of template.spec.containers.flatMap(
        (c) => c.env ?? [],
      )) {
        if (!secret.test(name) || name === "PUBLIC_URL" || name === "AUTH_URL") continue;
        expect(value, name).toBeUndefined();
        expect(valueFrom?.secretKeyRef, name).toEqual({ name: "moim", key: name });
      }
    }
    for (const name of Object.keys(literals)) {
      if (name !== "PUBLIC_URL") expect(name).not.toMatch(secret);
    }
  });
});

describe("the environment in the manifests", () => {
  const read = (path: string) => readFileSync(join(CHECKOUT, path), "utf8");
  const shared = read("packages/service/src/environment.ts");

  it("consists of variables that the services and the gateway know", () => {
    const known = {
      chat: shared + read("services/chat/src/config.ts"),
      auth: shared + read("services/auth/src/config.ts"),
      gateway: `POD_NAMESPACE ${read("infra/docker/gateway.sh")}`,
      migrate: "DATABASE_URL",
    };
    for (const [name, text] of Object.entries(known)) {
      const own = containerOf(name).env?.map((variable) => variable.name) ?? [];
      const fromMap = containerOf(name).envFrom ? Object.keys(literalsOf(BASE)) : [];
      for (const variable of [...own, ...fromMap]) {
        expect(text, `${variable} of ${name}`).toMatch(new RegExp(`\\b${variable}\\b`));
      }
    }
  });

  describe("as given", () => {
    let cluster: Cluster;
    beforeAll(async () => {
      const own = services.flatMap((name) =>
        (containerOf(name).env ?? []).flatMap(({ name: variable, value }) =>
          value === undefined || ["PORT", "AUTH_URL"].includes(variable) ? [] : [[variable, value]],
        ),
      );
      const environment = { ...literals, ...Object.fromEntries(own) };
      // The machine's own, and a key that production would not make by itself.
      delete environment.HOST;
      delete environment.NODE_ENV;
      delete environment.PUBLIC_URL;
      cluster = await startCluster({
        nodes: 1,
        spareNodes: 0,
        environment: { ...environment, DRAIN_MS: "0" },
      });
    });
    afterAll(() => cluster.stop());

    it("starts both services", async () => {
      for (const { port } of [...cluster.nodes, cluster.auth]) {
        expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
      }
    });
  });
});
