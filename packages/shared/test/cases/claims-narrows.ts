import { type Claims, narrows } from "@sallyport/shared";
import { type Group, table } from "./case.ts";
import { equal } from "./check.ts";
import { NOW } from "./mint.ts";

const PIN = "A".repeat(43);
const OTHER_PIN = "B".repeat(43);

interface Row {
  readonly say: string;
  readonly current?: Partial<Claims>;
  readonly next?: Partial<Claims>;
}

const narrower: readonly Row[] = [
  { say: "the same again" },
  { say: "a later expiry", next: { exp: NOW + 99_999 } },
  { say: "an earlier expiry", next: { exp: NOW + 1 } },
  { say: "another jti, iat and nbf", current: { jti: "a", iat: 1, nbf: 1 }, next: { jti: "b", iat: 2, nbf: 2 } },
  { say: "the same subject and tenant", current: { sub: "c", tenant: "t" }, next: { sub: "c", tenant: "t" } },
  { say: "a port where there was none", next: { port: 443 } },
  { say: "ports where there were none", next: { ports: [443, 5900] } },
  { say: "one port of the list", current: { ports: [443, 5900] }, next: { port: 5900 } },
  { say: "a part of the list", current: { ports: [443, 5900] }, next: { ports: [5900] } },
  { say: "the list in another order", current: { ports: [443, 5900] }, next: { ports: [5900, 443] } },
  { say: "https said where it was meant", next: { scheme: "https" } },
  { say: "https meant where it was said", current: { scheme: "https" } },
  { say: "http again", current: { scheme: "http" }, next: { scheme: "http" } },
  { say: "a host where there was none", next: { host: "k7.example.com" } },
  { say: "a pin where there was none", next: { spki: [PIN] } },
  { say: "one pin of two", current: { spki: [PIN, OTHER_PIN] }, next: { spki: [OTHER_PIN] } },
  { say: "a client address where there was none", next: { cip: "198.51.100.7" } },
  { say: "an address of the client's network", current: { cip: "198.51.100.0/24" }, next: { cip: "198.51.100.7" } },
  { say: "a part of the client's network", current: { cip: "fd00::/8" }, next: { cip: "fd00:1::/32" } },
  { say: "fewer sessions", current: { max: 3 }, next: { max: 1 } },
  { say: "as many sessions", current: { max: 3 }, next: { max: 3 } },
  { say: "a limit of sessions where there was none", next: { max: 100 } },
  { say: "one audience of two", current: { aud: ["edge", "gateway"] }, next: { aud: ["gateway"] } },
  { say: "one gateway of two", current: { upstream: ["a", "b"] }, next: { upstream: ["b"] } },
  { say: "a platform where there was none", next: { platform: "idrac9" } },
  { say: "another place to renew", current: { renew: "https://a.example" }, next: { renew: "https://b.example" } },
];

const wider: readonly Row[] = [
  { say: "another address", next: { ip: "10.0.0.2" } },
  { say: "another subject", current: { sub: "c" }, next: { sub: "d" } },
  { say: "a subject where there was none", next: { sub: "c" } },
  { say: "no subject where there was one", current: { sub: "c" } },
  { say: "another tenant", current: { tenant: "t" }, next: { tenant: "u" } },
  { say: "a tenant where there was none", next: { tenant: "t" } },
  { say: "no tenant where there was one", current: { tenant: "t" } },
  { say: "another port", current: { port: 443 }, next: { port: 5900 } },
  { say: "no port where there was one", current: { port: 443 } },
  { say: "a list with the port and more", current: { port: 443 }, next: { ports: [443, 5900] } },
  { say: "a port outside the list", current: { ports: [443] }, next: { port: 22 } },
  { say: "a longer list", current: { ports: [443] }, next: { ports: [443, 22] } },
  { say: "no list where there was one", current: { ports: [443] } },
  { say: "a port that hides behind the list it had", current: { ports: [443] }, next: { port: 22, ports: [443] } },
  { say: "http where https was meant", next: { scheme: "http" } },
  { say: "http where https was said", current: { scheme: "https" }, next: { scheme: "http" } },
  { say: "https where http was said", current: { scheme: "http" }, next: { scheme: "https" } },
  { say: "nothing where http was said", current: { scheme: "http" } },
  { say: "another host", current: { host: "k7.example.com" }, next: { host: "k8.example.com" } },
  { say: "no host where there was one", current: { host: "k7.example.com" } },
  { say: "another pin", current: { spki: [PIN] }, next: { spki: [OTHER_PIN] } },
  { say: "one more pin", current: { spki: [PIN] }, next: { spki: [PIN, OTHER_PIN] } },
  { say: "no pin where there was one", current: { spki: [PIN] } },
  { say: "another client address", current: { cip: "198.51.100.7" }, next: { cip: "198.51.100.8" } },
  {
    say: "the network around the client's address",
    current: { cip: "198.51.100.7" },
    next: { cip: "198.51.100.0/24" },
  },
  { say: "a client of the other family", current: { cip: "0.0.0.0/0" }, next: { cip: "fd00::1" } },
  { say: "no client address where there was one", current: { cip: "0.0.0.0/0" } },
  { say: "more sessions", current: { max: 1 }, next: { max: 2 } },
  { say: "no limit of sessions where there was one", current: { max: 1 } },
  { say: "another audience", current: { aud: ["gateway"] }, next: { aud: ["console"] } },
  { say: "no audience where there was one", current: { aud: ["gateway"] } },
  { say: "another gateway", current: { upstream: ["a"] }, next: { upstream: ["b"] } },
  { say: "no gateway where there was one", current: { upstream: ["a"] } },
  { say: "another platform", current: { platform: "idrac9" }, next: { platform: "ilo5" } },
  { say: "no platform where there was one", current: { platform: "idrac9" } },
];

const base: Claims = { ip: "10.0.0.1", exp: NOW + 3600 };
const outcome = ({ current, next }: Row) => narrows({ ...base, ...current }, { ...base, ...next });

export const claimsNarrows: Group = {
  name: "claims of a renewal",
  cases: [
    ...table(
      narrower,
      ({ say }) => `equal or narrower: ${say}`,
      (row) => equal(outcome(row), true),
    ),
    ...table(
      wider,
      ({ say }) => `not narrower: ${say}`,
      (row) => equal(outcome(row), false),
    ),
  ],
};
