import { existsSync } from "node:fs";
import type { Job } from "../cases/case.ts";
import { isTool } from "../measure/machine.ts";
import { caddy } from "./caddy.ts";
import { haproxy } from "./haproxy.ts";
import { nginx } from "./nginx.ts";
import { nodeWay } from "./node-way.ts";
import type { Peer, Requirement } from "./peer.ts";
import { sallyport } from "./sallyport.ts";
import { haproxyTcp } from "./tcp/haproxy.ts";
import { nginxTcp } from "./tcp/nginx.ts";
import { sallyportTcp } from "./tcp/sallyport.ts";
import { stunnel } from "./tcp/stunnel.ts";

/** Who is compared at each job, ours first. */
export const peersAt: Readonly<Record<Job, readonly Peer[]>> = {
  web: [sallyport, haproxy, nginx, caddy, nodeWay],
  tcp: [sallyportTcp, haproxyTcp, nginxTcp, stunnel],
};

/** Every name of a peer. */
export const peerNames: ReadonlySet<string> = new Set(
  Object.values(peersAt).flatMap((list) => list.map(({ name }) => name)),
);

/** What the bench itself needs beside the peers. */
const OWN: readonly Requirement[] = [
  { needs: "gcc", debian: "gcc" },
  { needs: "/usr/include/openssl/ssl.h", debian: "libssl-dev" },
  { needs: "/usr/include/stdio.h", debian: "libc6-dev" },
];

/** What these peers and the bench need and this machine lacks. */
export function missing(chosen: readonly Peer[], isHere: (needs: string) => boolean = isThere): readonly Requirement[] {
  return [...OWN, ...chosen.flatMap((peer) => peer.requirements)].filter(({ needs }) => !isHere(needs));
}

/** What to say about what is missing. */
export function howToGet(gaps: readonly Requirement[]): string {
  const unique = (words: readonly string[]) => [...new Set(words)];
  return (
    `missing: ${unique(gaps.map(({ needs }) => needs)).join(", ")}\n` +
    `  apt-get install -y --no-install-recommends ${unique(gaps.map(({ debian }) => debian)).join(" ")}\n` +
    "or leave peers out with --without PEER\n"
  );
}

function isThere(needs: string): boolean {
  return needs.startsWith("/") ? existsSync(needs) : isTool(needs);
}
