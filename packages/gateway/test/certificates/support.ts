import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Certificate } from "../../../../test/support/certificates.ts";
import { createLog } from "../../src/telemetry/log.ts";

/** A folder for a pair of PEM files, gone with its owner. */
export async function pairFolder() {
  const path = await mkdtemp(join(tmpdir(), "sallyport-"));
  const files = { certPath: join(path, "origin.crt"), keyPath: join(path, "origin.key"), required: false };
  return {
    path,
    files,
    async write({ cert, key }: Pick<Certificate, "cert" | "key">): Promise<void> {
      await writeFile(files.certPath, cert);
      await writeFile(files.keyPath, key);
    },
    async [Symbol.asyncDispose]() {
      await rm(path, { recursive: true, force: true });
    },
  };
}

interface Line {
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

/** A log whose lines can be waited for. */
export function listeningLog() {
  const lines: Line[] = [];
  const waiting = new Set<() => void>();
  const log = createLog(
    { level: "debug", format: "json" },
    {
      write(text) {
        lines.push(JSON.parse(text) as Line);
        for (const wake of waiting) wake();
      },
    },
  );
  const line = (matches: RegExp) =>
    new Promise<Line>((resolve) => {
      const look = () => {
        const found = lines.find(({ message }) => matches.test(message));
        if (!found) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  return { log, lines, line };
}
