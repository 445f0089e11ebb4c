import { addressInUrl, type Target } from "@sallyport/shared";
import type { PortFacts, PortState } from "./ports.ts";

export type UnexaminableCode = Exclude<PortState, "open"> | "plain-http" | "not-tls";

export const UNEXAMINABLE_TEXT: Readonly<Record<UnexaminableCode, string>> = {
  closed:
    "refuses connections: nothing listens there. See that the address is the controller's, that its web server is on, and which port it has (--port)",
  silent:
    "does not answer: no host has the address, or a firewall drops what is sent. See that this machine has a way into the management network",
  unreachable: "cannot be reached from this machine: there is no route. Give the gateway's machine one",
  "plain-http":
    'speaks HTTP without TLS there. Switch HTTPS on, name its port (--port), or give tokens the claim `scheme` "http" if the network can be trusted',
  "not-tls":
    "listens, but speaks neither TLS nor HTTP there. See which port its web page has (--port); if it is this one, the controller hangs and needs a restart",
};

/** There is no controller to look at. The message says what to do. */
export class Unexaminable extends Error {
  override readonly name = "Unexaminable";
  readonly code: UnexaminableCode;

  constructor(code: UnexaminableCode, { target, ports = [] }: { target: Target; ports?: readonly PortFacts[] }) {
    const others = ports.filter(({ state, port }) => state === "open" && port !== target.port).map(({ port }) => port);
    const hint = others.length === 0 ? "" : ` (open there: ${others.join(", ")})`;
    super(`${addressInUrl(target.address)}:${target.port} ${UNEXAMINABLE_TEXT[code]}${hint}`);
    this.code = code;
  }
}
