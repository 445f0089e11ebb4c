import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { auditShipped, judge } from "../support/audit.ts";

/** A registry that answers the question for advisories with this. */
async function startRegistry(status: number, body: unknown) {
  const server = createServer((message, response) => {
    message.resume().on("end", () => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      server.close().closeAllConnections();
      await once(server, "close");
    },
  };
}

const advisory = (severity: string) => ({
  ...{ id: 1, url: "https://advisories.test/1", vulnerable_versions: "<99", cwe: [], severity },
  // What the registry's operator would say, were there no answer.
  title: "ENOTFOUND at the audit endpoint: ERR_PNPM_AUDIT_BAD_RESPONSE",
  cvss: { score: 7, vectorString: null },
});

test.each([
  ["nothing is known against what is shipped", 200, {}, "passed"],
  ["something is, whatever its title says", 200, { jose: [advisory("high")] }, "failed"],
  ["something is that has no way in", 200, { jose: [advisory("low")] }, "passed"],
  ["the registry keeps none", 405, {}, "skipped"],
] as const)("%s", async (_, status, body, outcome) => {
  await using registry = await startRegistry(status, body);
  const { counts, said } = await auditShipped(registry.url);
  expect(counts, said).toEqual({ passed: 0, failed: 0, skipped: 0, [outcome]: 1 });
});

test.each([
  ["no output", "", ""],
  ["a program that is not there", "", "sh: pnpm: not found"],
  ["JSON that is no report", "{}", ""],
  ["a cut report", '{"advisories":{', ""],
])("%s is a failure, not a pass", (_, out, err) => {
  expect(judge(out, err).counts.failed).toBe(1);
});
