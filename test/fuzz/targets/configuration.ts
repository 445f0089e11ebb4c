import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { loadConfiguration } from "@sallyport/gateway";
import type { Target } from "../engine.ts";
import { holds } from "./holds.ts";

const folder = mkdtempSync(join(tmpdir(), "sallyport-fuzz-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, "sallyport.yaml");
const SECRET = "VerySecretKeyOfThisConfiguration-0123456789";

/** A configuration file of any content: it loads, or says what is wrong, and never says the secret. */
export const configuration: Target = {
  name: "configuration",
  seeds: [
    `web:\n  listen: 127.0.0.1:8443\n  token: { key: "${SECRET}" }\n`,
    `web:\n  token: { key: ${SECRET} }\n  targets: { networks: [10.0.0.0/8], ports: [443, 5900] }\n  limits: { idle: 5m, frame: 1MiB }\n`,
    "admin: { listen: 127.0.0.1:8444 }\n",
    "a: &a [*a]\n",
    "",
  ],
  dictionary: [
    "web:",
    "token:",
    "key:",
    "limits:",
    "  ",
    "\n",
    ": ",
    "{ ",
    " }",
    "[",
    "]",
    "&a ",
    "*a",
    "- ",
    "|",
    ">",
    "'",
    '"',
    "!!binary ",
    "__proto__:",
    "null",
    "1e9",
    "5m",
    "#",
    "\t",
    "<<: ",
  ],
  async run(text) {
    writeFileSync(file, text, "latin1");
    const loaded = await loadConfiguration({ environment: {}, file });
    if ("configuration" in loaded) return `good ${loaded.warnings.length}`;
    holds(loaded.faults.length > 0, "what does not load says why");
    const said = JSON.stringify(loaded.faults);
    holds(!said.includes(SECRET), "no fault says the secret");
    return loaded.faults
      .map(({ setting, message }) => `${setting.replace(folder, "")} ${message.slice(0, 12)}`)
      .join()
      .slice(0, 120);
  },
};
