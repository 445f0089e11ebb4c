import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Prey } from "./attackers.ts";

const PROGRAM = fileURLToPath(new URL("./horde-process.ts", import.meta.url));

/** What the parent tells the process of a horde. */
export interface Orders {
  readonly kind: string;
  readonly count: number;
  readonly prey: Prey;
}

/** Attackers of one kind, in a process of their own: what they cost themselves must not be measured. */
export interface Horde extends AsyncDisposable {
  /** How many still have their connection. */
  held(): Promise<number>;
}

/** Settles when each attacker has its connection, or was turned away. */
export async function startHorde(orders: Orders): Promise<Horde> {
  const child = fork(PROGRAM);
  const exited = once(child, "exit");
  const asked = async (question: unknown): Promise<unknown> => {
    child.send(question as object);
    const [answer] = await Promise.race([once(child, "message"), exited.then(died)]);
    return answer;
  };
  await asked(orders);
  return {
    held: async () => Number(await asked({ held: true })),
    async [Symbol.asyncDispose]() {
      child.disconnect();
      await exited;
    },
  };
}

function died(): never {
  throw new Error("the attackers' process ended by itself");
}
