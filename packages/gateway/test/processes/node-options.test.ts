import { expect, test } from "vitest";
import { namesDescriptor, optionsLacking } from "../../src/processes/node-options.ts";

const wanted = ["--max-semi-space-size=8", "--expose-gc", "--openssl-config=/app/x.cnf"];

test.each<[string, readonly string[], Record<string, string>, readonly (string | undefined)[]]>([
  ["nothing was given", [], {}, wanted],
  ["all of it was given", wanted, {}, []],
  ["an operator's own value stays", ["--max_semi_space_size=32"], {}, wanted.slice(1)],
  ["NODE_OPTIONS", [], { NODE_OPTIONS: "--expose-gc  --max-semi-space-size=16" }, wanted.slice(2)],
  ["NODE_OPTIONS in quotes", [], { NODE_OPTIONS: '"--expose-gc" "--require=/a b/c.js"' }, [wanted[0], wanted[2]]],
  ["the system's own configuration", ["--openssl-shared-config"], {}, wanted.slice(0, 2)],
  ["FIPS, which is set up there", [], { NODE_OPTIONS: "--force-fips" }, wanted.slice(0, 2)],
  ["OPENSSL_CONF", [], { OPENSSL_CONF: "/etc/ssl/own.cnf" }, wanted.slice(0, 2)],
  ["what only begins alike", ["--expose-gc-as=x", "--expose"], {}, wanted],
])("%s", (_, execArgv, environment, lacking) => {
  expect(optionsLacking(wanted, { execArgv, environment })).toEqual(lacking);
});

test.each([
  ["--no-allocation-site-pretenuring", "--allocation-site-pretenuring"],
  ["--no-allocation-site-pretenuring", "--no_allocation_site_pretenuring"],
  ["--expose-gc", "--no-expose-gc"],
])("of %s an operator's own %s stays", (ours, own) => {
  expect(optionsLacking([ours], { execArgv: [own], environment: {} })).toEqual([]);
});

test("a system's OpenSSL keeps the system's configuration", () => {
  const started = { execArgv: [], environment: {}, sharedOpenssl: true };
  expect(optionsLacking(wanted, started)).toEqual(wanted.slice(0, 2));
});

test.each<[boolean, string[], Record<string, string>]>([
  [true, ["serve", "--config", "/dev/fd/63"], {}],
  [true, ["tcp", "--key=/proc/self/fd/3"], {}],
  [true, [], { JWT_KEY_FILE: "/dev/fd/10" }],
  [false, [], { JWT_KEY_FILE: "/dev/fd/0" }],
  [false, ["--config", "/etc/fd/3"], { PATH: "/bin:/dev/fd/" }],
])("a descriptor is named: %s, by %j and %j", (named, words, environment) => {
  expect(namesDescriptor(words, environment)).toBe(named);
});
