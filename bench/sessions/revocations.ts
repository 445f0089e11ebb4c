import { randomBytes } from "node:crypto";
import { Revocations } from "../../packages/gateway/src/admission/revocations.ts";
import { revocationKey } from "../../packages/gateway/src/store/revocations.ts";
import type { Figure } from "./figure.ts";

const COUNT = 1_000_000;
const LOOK_UPS = 100_000;

/** A million revocations in memory. Run with `--expose-gc`, so that garbage is not counted. */
export function manyRevocations(): readonly Figure[] {
  const before = memory();
  const revocations = new Revocations();
  for (let n = 0; n < COUNT; n++) {
    const key = randomBytes(16).toString("base64url");
    revocations.apply([{ key, kind: "jti", until: 2e9, at: 0 }]);
  }
  const grown = memory() - before;
  if (revocations.size !== COUNT) throw new Error("some are missing");
  return [
    { name: "1,000,000 revocations", value: grown / 2 ** 20, unit: "MiB", most: 100 },
    { name: "verdict on a new session among them", value: lookUp(revocations), unit: "µs" },
  ];
}

function memory(): number {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Microseconds of processor time, for a session of seven marks. */
function lookUp(revocations: Revocations): number {
  const key = revocationKey("jti", "x");
  const marks = { revoked: Array.from({ length: 7 }, () => key), ended: [key], issuedAt: 1 };
  const begun = process.threadCpuUsage();
  for (let n = 0; n < LOOK_UPS; n++) revocations.verdict(marks);
  return process.threadCpuUsage(begun).user / LOOK_UPS;
}
