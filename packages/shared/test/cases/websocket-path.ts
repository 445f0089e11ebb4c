import {
  buildWebSocketPath,
  cutEnvelope,
  encodeEnvelope,
  isWebSocketPath,
  parseWebSocketPath,
} from "@sallyport/shared";
import { type Group, shown, table } from "./case.ts";
import { equal } from "./check.ts";

const ENVELOPE = encodeEnvelope({ host: "k7.example.com", cookie: "a=~~~???" });

/** Paths and queries as browsers send them; each must come out at the gateway as it went in. */
const targets = [
  "/",
  "/kvm",
  "/kvm/",
  "//kvm",
  "/kvm/0",
  "/a%2Fb%2e%2E/c",
  "/a//b///c",
  "/a;b=1/c",
  "/kvm?",
  "/kvm?&",
  "/kvm?vck=AbC+/=&vmk=%2b%2F",
  "/sol?CSRFTOKEN=x&CSRFTOKEN=y",
  "/a?b=c?d=e",
  "/a?x=&y&=z",
  "/ws?headers=my-own",
  "/ws?headers=",
  "/ws?headers",
  "/ws?a=1&headers=own&b=2",
  "/ws?a=1&headers=own",
  "/ws?headers=one&headers=two",
  "/headers=x",
  "/a&headers=x",
  "/a&headers=x?y=1",
  "/ws?Headers=x",
  "/ws?xheaders=1&headersx=2",
  "/ws?a=%26headers=1",
  "/ws?q=\u00e9%E9",
  "/ws?a=b&",
  '/ws?"<>`{}|^',
  "/websocket/10.0.0.9/22/x",
  "/ws?&&",
  "/ws?&headers=x&&",
];

const parsing: readonly { target: string; doubled?: boolean; parsed: ReturnType<typeof parseWebSocketPath> }[] = [
  {
    target: "/websocket/10.0.0.1/443/kvm?headers=e30=",
    parsed: { address: "10.0.0.1", port: 443, target: "/kvm", envelope: "e30=" },
  },
  {
    target: "/websocket/10.0.0.1/443//kvm?headers=e30=",
    doubled: true,
    parsed: { address: "10.0.0.1", port: 443, target: "/kvm", envelope: "e30=" },
  },
  {
    target: "/websocket/10.0.0.1/443//kvm?headers=e30=",
    parsed: { address: "10.0.0.1", port: 443, target: "//kvm", envelope: "e30=" },
  },
  {
    target: "/websocket/10.0.0.1/443///kvm?headers=e30=",
    doubled: true,
    parsed: { address: "10.0.0.1", port: 443, target: "//kvm", envelope: "e30=" },
  },
  {
    target: "/websocket/10.0.0.1/443/kvm?headers=e30=",
    doubled: true,
    parsed: { address: "10.0.0.1", port: 443, target: "/kvm", envelope: "e30=" },
  },
  {
    target: "/websocket/10.0.0.1/443//?headers=e30=",
    doubled: true,
    parsed: { address: "10.0.0.1", port: 443, target: "/", envelope: "e30=" },
  },
  { target: "/websocket/10.0.0.1/443/", parsed: { address: "10.0.0.1", port: 443, target: "/", envelope: undefined } },
  {
    target: "/websocket/10.0.0.1/443/kvm?a=1",
    parsed: { address: "10.0.0.1", port: 443, target: "/kvm?a=1", envelope: undefined },
  },
  {
    target: "/websocket/fd00::7/65535/kvm?a=1&headers=x",
    parsed: { address: "fd00::7", port: 65_535, target: "/kvm?a=1", envelope: "x" },
  },
  { target: "/websocket/localhost/1/x", parsed: { address: "localhost", port: 1, target: "/x", envelope: undefined } },
  {
    target: "/websocket/10.0.0.1/443/k?headers=a+/=&b=1",
    parsed: { address: "10.0.0.1", port: 443, target: "/k?b=1", envelope: "a+/=" },
  },
  {
    target: "/websocket/10.0.0.1/443/k?headers=",
    parsed: { address: "10.0.0.1", port: 443, target: "/k", envelope: "" },
  },
];

const none = [
  "",
  "/",
  "/websocket",
  "/websocket/",
  "/websocket/10.0.0.1",
  "/websocket/10.0.0.1/",
  "/websocket/10.0.0.1/443",
  "/websocket/10.0.0.1/443?headers=e30=",
  "/websocket//443/x",
  "/websocket/10.0.0.1//x",
  "/websocket/10.0.0.1/0/x",
  "/websocket/10.0.0.1/0443/x",
  "/websocket/10.0.0.1/65536/x",
  "/websocket/10.0.0.1/99999/x",
  "/websocket/10.0.0.1/100000/x",
  "/websocket/10.0.0.1/-1/x",
  "/websocket/10.0.0.1/+443/x",
  "/websocket/10.0.0.1/4e2/x",
  "/websocket/10.0.0.1/443 /x",
  "/websocket/10.0.0.1/https/x",
  "/websocket/10.0.0.1?x/443/x",
  "/websocket/10.0.0.1/443/x#y",
  `/websocket/${"1".repeat(46)}/443/x`,
  "/Websocket/10.0.0.1/443/x",
  "//websocket/10.0.0.1/443/x",
  " /websocket/10.0.0.1/443/x",
  "https://gw/websocket/10.0.0.1/443/x",
];

const cuts: readonly { target: string; kept: string; envelope: string | undefined }[] = [
  { target: "/a", kept: "/a", envelope: undefined },
  { target: "/a?", kept: "/a?", envelope: undefined },
  { target: "/a?b", kept: "/a?b", envelope: undefined },
  { target: "/a?headers=x", kept: "/a", envelope: "x" },
  { target: "/a?b&headers=x", kept: "/a?b", envelope: "x" },
  { target: "/a?headers=x&b", kept: "/a?b", envelope: "x" },
  { target: "/a?b&headers=x&c", kept: "/a?b&c", envelope: "x" },
  { target: "/a?headers=x&headers=y", kept: "/a?headers=x", envelope: "y" },
  { target: "/a?headers=x&b&headers=y&c", kept: "/a?headers=x&b&c", envelope: "y" },
  { target: "/a?&headers=x", kept: "/a?", envelope: "x" },
  { target: "/a?headers=x?y", kept: "/a", envelope: "x?y" },
  { target: "/a&headers=x", kept: "/a&headers=x", envelope: undefined },
  { target: "/a&headers=x?headers=y", kept: "/a&headers=x", envelope: "y" },
  { target: "/a?xheaders=y", kept: "/a?xheaders=y", envelope: undefined },
  { target: "/a?Headers=y", kept: "/a?Headers=y", envelope: undefined },
  { target: "/a?headers%3Dy", kept: "/a?headers%3Dy", envelope: undefined },
];

export const webSocketPaths: Group = {
  name: "WebSocket path",
  cases: [
    ...table(
      targets,
      (target) => `${shown(target)} comes out as it went in`,
      (target) => {
        const built = buildWebSocketPath({ address: "10.0.0.1", port: 5900, target, envelope: ENVELOPE });
        equal(isWebSocketPath(built), true);
        equal(parseWebSocketPath(built, false), { address: "10.0.0.1", port: 5900, target, envelope: ENVELOPE });
      },
    ),
    ...table(
      parsing,
      ({ target, doubled }) => `${target} is taken apart${doubled ? ", its slash doubled" : ""}`,
      ({ target, doubled = false, parsed }) => equal(parseWebSocketPath(target, doubled), parsed),
    ),
    ...table(
      none,
      (target) => `${shown(target)} is none`,
      (target) => equal([parseWebSocketPath(target, false), parseWebSocketPath(target, true)], [undefined, undefined]),
    ),
    ...table(
      cuts,
      ({ target }) => `${target} is cut at its last envelope`,
      ({ target, kept, envelope }) => equal(cutEnvelope(target), { kept, envelope }),
    ),
    {
      name: "only what begins with it is one",
      run: () => equal(["/websocket/x", "/websockets/x", "/x/websocket/"].map(isWebSocketPath), [true, false, false]),
    },
  ],
};
