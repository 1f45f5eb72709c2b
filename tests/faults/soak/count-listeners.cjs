// Loaded by a service before its own code: on SIGUSR2 it writes down what listens to what. The heap itself is asked
// (which collects garbage first), so that it costs nothing in between, and forgets nobody.
const { EventEmitter } = require("node:events");
const { renameSync, writeFileSync } = require("node:fs");
const { Session } = require("node:inspector");
const { join } = require("node:path");

const folder = process.env.MOIM_LISTENER_COUNTS;
const PROTOTYPES = { emitters: EventEmitter.prototype, targets: EventTarget.prototype };

process.on("SIGUSR2", () => {
  const session = new Session();
  session.connect();
  const counted = {
    ...count(session, "emitters"),
    signalListeners: count(session, "targets").listeners,
  };
  session.disconnect();
  // Whole or not at all, for whoever waits for it.
  const file = join(folder, `${process.pid}.json`);
  writeFileSync(`${file}.new`, JSON.stringify(counted));
  renameSync(`${file}.new`, file);
});

function count(session, kind) {
  globalThis.moimCounted = PROTOTYPES[kind];
  const prototype = ask(session, "Runtime.evaluate", {
    expression: "globalThis.moimCounted",
  }).result;
  delete globalThis.moimCounted;
  const { objects } = ask(session, "Runtime.queryObjects", {
    prototypeObjectId: prototype.objectId,
  });
  const counted = ask(session, "Runtime.callFunctionOn", {
    objectId: objects.objectId,
    functionDeclaration: String(kind === "emitters" ? countEmitters : countTargets),
    returnByValue: true,
  });
  ask(session, "Runtime.releaseObject", { objectId: objects.objectId });
  ask(session, "Runtime.releaseObject", { objectId: prototype.objectId });
  return counted.result.value;
}

/** A session of one's own thread answers at once. */
function ask(session, method, parameters) {
  let answer;
  session.post(method, parameters, (error, result) => {
    if (error) throw new Error(`${method}: ${error.message}`);
    answer = result;
  });
  return answer;
}

// Both run in the heap that is looked at: they see nothing of this file.
function countEmitters() {
  const counted = { emitters: 0, listeners: 0, most: 0, mostOf: "", classes: {} };
  for (const emitter of this) {
    const events = Object.hasOwn(emitter, "_events") ? emitter._events : undefined;
    if (!events) continue;
    counted.emitters++;
    const name = emitter.constructor?.name ?? "";
    const ofClass = counted.classes[name] ?? { emitters: 0, listeners: 0 };
    counted.classes[name] = ofClass;
    ofClass.emitters++;
    for (const event of Reflect.ownKeys(events)) {
      const listeners = Array.isArray(events[event]) ? events[event].length : 1;
      counted.listeners += listeners;
      ofClass.listeners += listeners;
      if (listeners <= counted.most) continue;
      counted.most = listeners;
      counted.mostOf = `${name} ${String(event)}`;
    }
  }
  return counted;
}

function countTargets() {
  let listeners = 0;
  for (const target of this) {
    const key = Object.getOwnPropertySymbols(target).find(
      ({ description }) => description === "kEvents",
    );
    if (key === undefined) continue;
    for (const { size } of target[key].values()) listeners += size;
  }
  return { listeners };
}
