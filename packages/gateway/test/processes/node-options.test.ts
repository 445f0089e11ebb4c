import { expect, test } from "vitest";
import { optionsLacking } from "../../src/processes/node-options.ts";

const wanted = ["--max-semi-space-size=8", "--expose-gc", "--openssl-config=/app/x.cnf"];

test.each<[string, readonly string[], Record<string, string>, readonly string[]]>([
  ["nothing was given", [], {}, wanted],
  ["all of it was given", wanted, {}, []],
  ["an operator's own value stays", ["--max_semi_space_size=32"], {}, wanted.slice(1)],
  ["NODE_OPTIONS", [], { NODE_OPTIONS: "--expose-gc  --max-semi-space-size=16" }, wanted.slice(2)],
  ["OPENSSL_CONF", [], { OPENSSL_CONF: "/etc/ssl/own.cnf" }, wanted.slice(0, 2)],
  ["what only begins alike", ["--expose-gc-as=x", "--expose"], {}, wanted],
])("%s", (_, execArgv, environment, lacking) => {
  expect(optionsLacking(wanted, { execArgv, environment })).toEqual(lacking);
});
