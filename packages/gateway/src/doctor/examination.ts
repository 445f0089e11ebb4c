// Looks at one controller from the gateway's machine as the gateway would, and says which setting each finding asks for.
// Asks only what anybody may ask, one thing after the other; nothing here serves traffic or changes a controller.
import type { Target } from "@sallyport/shared";
import type { Probe } from "../platforms/detect.ts";
import type { Dial } from "../pools/dial.ts";
import type { Upstream } from "../pools/upstream.ts";
import { examineHttp, type HttpFacts, speaksPlainHttp } from "./http.ts";
import { knockAll, type PortFacts } from "./ports.ts";
import { type Recognition, recognise } from "./recognition.ts";
import { examineTls, type TlsFacts } from "./tls.ts";
import { Unexaminable } from "./unexaminable.ts";

/** All that was seen of a controller. */
export interface Examination {
  readonly address: string;
  readonly port: number;
  readonly ports: readonly PortFacts[];
  readonly tls: TlsFacts;
  readonly platform: Recognition;
  /** Those of the family that are open, with their own TLS: often another program's, with another key. */
  readonly secondPorts: readonly SecondPortFacts[];
  readonly http: HttpFacts;
}

export interface SecondPortFacts {
  readonly port: number;
  /** Absent where the port speaks no TLS. */
  readonly tls?: TlsFacts;
}

export interface ExaminationParts {
  /** Its scheme is https. */
  readonly target: Target;
  /** Dials whatever address it is given. */
  readonly dial: Dial;
  readonly probeFor: (upstream: Upstream) => Probe;
  /** `CONTROLLER_CA`. */
  readonly ca: string | undefined;
  /** How long one step may take, in milliseconds. */
  readonly patience: number;
}

/**
 * Ports, TLS, family, its second ports, HTTP: in this order, because each step needs what the one before it found.
 * @throws Unexaminable where nobody is there, or nobody who speaks TLS
 */
export async function examine(parts: ExaminationParts): Promise<Examination> {
  const { target, dial, probeFor, patience } = parts;
  const { address, port } = target;
  const ports = await knockAll(address, port, patience);
  const own = ports.find((one) => one.port === port);
  if (own?.state !== "open") throw new Unexaminable(own?.state ?? "silent", { target, ports });
  const tls = await examineTls(parts);
  if (!tls) throw new Unexaminable((await speaksPlainHttp(parts)) ? "plain-http" : "not-tls", { target });
  const upstream = { target, trust: { pins: [], ca: undefined, legacy: tls.accepted !== "as-is" } };
  const platform = await recognise(probeFor(upstream));
  const open = platform.platform.secondPorts.filter((one) => isOpen(ports, one));
  const secondPorts: SecondPortFacts[] = [];
  for (const one of open) secondPorts.push(await examineSecondPort(parts, one));
  const http = await examineHttp({ dial, upstream, patience });
  return { address, port, ports, tls, platform, secondPorts, http };
}

function isOpen(ports: readonly PortFacts[], port: number): boolean {
  return ports.some((one) => one.port === port && one.state === "open");
}

async function examineSecondPort(parts: ExaminationParts, port: number): Promise<SecondPortFacts> {
  const tls = await examineTls({ ...parts, target: { ...parts.target, port } });
  return { port, ...(tls && { tls }) };
}
