import { type Claims, checkAudience, checkHost, checkTime, type Reason, type Result } from "@sallyport/shared";
import { type Group, shown, table } from "./case.ts";
import { allowed, equal, refused } from "./check.ts";
import { NOW } from "./mint.ts";

function claims(more: Partial<Claims> = {}): Claims {
  return { ip: "10.0.0.1", exp: NOW + 3600, ...more };
}

function comesTo(result: Result<Claims>, reason: Reason | undefined, expected: Claims): void {
  if (reason === undefined) equal(allowed(result), expected);
  else refused(result, reason);
}

const times: readonly { say: string; claims: Partial<Claims>; now?: number; reason?: Reason }[] = [
  { say: "before its expiry", claims: { exp: NOW + 1 } },
  { say: "a hair before its expiry", claims: { exp: NOW + 0.001 } },
  { say: "at its expiry: there is no leeway", claims: { exp: NOW }, reason: "token-expired" },
  { say: "after its expiry", claims: { exp: NOW - 1 }, reason: "token-expired" },
  { say: "expiry zero", claims: { exp: 0 }, reason: "token-expired" },
  { say: "expiry at the end of dates", claims: { exp: 8.64e12 } },
  { say: "start in the past", claims: { nbf: NOW - 10 } },
  { say: "start now", claims: { nbf: NOW } },
  { say: "start within the leeway", claims: { nbf: NOW + 10 } },
  { say: "start beyond the leeway", claims: { nbf: NOW + 10.001 }, reason: "token-not-yet-valid" },
  { say: "start far away", claims: { nbf: 8e12 }, reason: "token-not-yet-valid" },
  { say: "issued in the past", claims: { iat: 0 } },
  { say: "issued within the leeway", claims: { iat: NOW + 10 } },
  { say: "issued beyond the leeway", claims: { iat: NOW + 11 }, reason: "token-not-yet-valid" },
  { say: "start and issue right, expired", claims: { nbf: 0, iat: 0, exp: 1 }, reason: "token-expired" },
  { say: "expired before it starts", claims: { nbf: NOW + 100, exp: NOW - 100 }, reason: "token-expired" },
  { say: "a clock that says NaN", claims: {}, now: Number.NaN, reason: "token-expired" },
  { say: "a clock that says Infinity", claims: {}, now: Number.POSITIVE_INFINITY, reason: "token-expired" },
  { say: "a clock far back, with a start", claims: { nbf: NOW }, now: 0, reason: "token-not-yet-valid" },
];

/** `host` is the claim, `seen` the public host of the request. */
const hosts: readonly { host?: string; seen: string | undefined; reason?: Reason }[] = [
  { seen: "k7.example.com" },
  { seen: undefined },
  { host: "k7.example.com", seen: "k7.example.com" },
  { host: "k7.example.com", seen: "K7.Example.COM" },
  { host: "k7.example.com", seen: "k7.example.com:443" },
  { host: "k7.example.com", seen: "k7.example.com:8443" },
  { host: "k7.example.com:8443", seen: "k7.example.com:8443" },
  { host: "[fd00::7]", seen: "[fd00::7]" },
  { host: "[fd00::7]", seen: "[FD00::7]:8443" },
  { host: "k7.example.com:8443", seen: "k7.example.com", reason: "token-host" },
  { host: "k7.example.com:8443", seen: "k7.example.com:2053", reason: "token-host" },
  { host: "k7.example.com", seen: undefined, reason: "token-host" },
  { host: "k7.example.com", seen: "", reason: "token-host" },
  { host: "k7.example.com", seen: "k8.example.com", reason: "token-host" },
  { host: "k7.example.com", seen: "k7.example.com.", reason: "token-host" },
  { host: "k7.example.com", seen: "k7.example.com.evil.example", reason: "token-host" },
  { host: "k7.example.com", seen: "evil-k7.example.com", reason: "token-host" },
  { host: "k7.example.com", seen: "k7.example.com:8443:443", reason: "token-host" },
  { host: "k7.example.com", seen: "k7.example.com@evil.example", reason: "token-host" },
  { host: "k7.example.com", seen: "k7.example.com:44x", reason: "token-host" },
  { host: "k7.example.com", seen: " k7.example.com", reason: "token-host" },
  { host: "[fd00::7]", seen: "fd00::7", reason: "token-host" },
];

const audiences: readonly { aud?: readonly string[]; ours: string | undefined; reason?: Reason }[] = [
  { ours: undefined },
  { ours: "gateway" },
  { aud: ["gateway"], ours: undefined },
  { aud: ["gateway"], ours: "gateway" },
  { aud: ["edge", "gateway"], ours: "gateway" },
  { aud: ["edge"], ours: "gateway", reason: "token-audience" },
  { aud: ["Gateway"], ours: "gateway", reason: "token-audience" },
  { aud: ["gateway.example"], ours: "gateway", reason: "token-audience" },
];

const verdict = (reason: Reason | undefined) => (reason === undefined ? "passes" : `is refused (${reason})`);

export const claimsChecks: readonly Group[] = [
  {
    name: "claims against the clock",
    cases: table(
      times,
      ({ say, reason }) => `${say}: ${verdict(reason)}`,
      ({ claims: more, now, reason }) => comesTo(checkTime(claims(more), now ?? NOW), reason, claims(more)),
    ),
  },
  {
    name: "claims against the public host",
    cases: table(
      hosts,
      ({ host, seen, reason }) => `${shown(host)} on ${shown(seen)} ${verdict(reason)}`,
      ({ host, seen, reason }) => {
        const given = claims(host === undefined ? {} : { host });
        comesTo(checkHost(given, seen), reason, given);
      },
    ),
  },
  {
    name: "claims against our name",
    cases: table(
      audiences,
      ({ aud, ours, reason }) => `${shown(aud)} for ${shown(ours)} ${verdict(reason)}`,
      ({ aud, ours, reason }) => {
        const given = claims(aud === undefined ? {} : { aud });
        comesTo(checkAudience(given, ours), reason, given);
      },
    ),
  },
];
