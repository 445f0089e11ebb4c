import { connect } from "node:net";

/** `closed`: refused; `silent`: no answer in time; `unreachable`: this machine has no way there. */
export type PortState = "open" | "closed" | "silent" | "unreachable";

export interface PortFacts {
  readonly port: number;
  readonly state: PortState;
  readonly use: string;
}

/** Ports that some family has, and for what. UDP (IPMI, 623) is not looked at. */
const USES: ReadonlyMap<number, string> = new Map([
  [443, "pages"],
  [5900, "console of iDRAC7, 8 and older 9"],
  [5901, "VNC of iDRAC"],
  [9667, "virtual media of AMI MegaRAC"],
  [3900, "console of Lenovo XCC"],
  [17990, "native console of iLO"],
  [17988, "native virtual media of iLO"],
]);

/** A firewall that drops makes them wait their time, in milliseconds; a machine of one's own network answers sooner. */
const PATIENCE_FOR_OTHERS = 2_000;

/**
 * Connects to the controller's own port, then to each that is known, all at once: where a firewall swallows them, they
 * are waited for together. Nothing is said. `patience`: for its own, in milliseconds.
 */
export async function knockAll(address: string, own: number, patience: number): Promise<PortFacts[]> {
  const knockOn = async (port: number, wait: number): Promise<PortFacts> => {
    return { port, state: await knock({ address, port, patience: wait }), use: USES.get(port) ?? "pages" };
  };
  const first = await knockOn(own, patience);
  const wait = Math.min(patience, PATIENCE_FOR_OTHERS);
  const others = [...USES.keys()].filter((port) => port !== own);
  return [first, ...(await Promise.all(others.map((port) => knockOn(port, wait))))];
}

interface Knock {
  readonly address: string;
  readonly port: number;
  readonly patience: number;
}

function knock({ address, port, patience }: Knock): Promise<PortState> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const settle = (state: PortState) => {
      socket.destroy();
      resolve(state);
    };
    socket.setTimeout(patience, () => settle("silent"));
    socket.once("connect", () => settle("open"));
    socket.once("error", ({ code }: NodeJS.ErrnoException) => settle(stateOf(code)));
  });
}

function stateOf(code: string | undefined): PortState {
  if (code === "ECONNREFUSED" || code === "ECONNRESET") return "closed";
  return code === "ETIMEDOUT" ? "silent" : "unreachable";
}
