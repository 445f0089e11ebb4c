import type { SocketRoute } from "../core/routes.ts";
import type { Admission } from "./admission.ts";
import { upgradeHeaders } from "./answer-headers.ts";
import type { Machine } from "./machine.ts";
import { Shell } from "./shell.ts";

/** The serial console: characters both ways, in binary messages as bmcweb sends them. */
export function serialSocket(admission: Admission, machine: Machine, now: () => number): SocketRoute {
  return {
    path: "/console/default",
    open: (upgrade) => {
      const admitted = admission.admitSocket(upgrade);
      if (admitted === undefined) return;
      upgrade.accept({ ...admitted, headers: upgradeHeaders }, (websocket) => {
        const shell = new Shell(machine, now);
        const show = (text: string) => websocket.send(Buffer.from(text));
        websocket.on("message", (data: Buffer) => show(shell.feed(data.toString())));
        show(shell.greeting());
      });
    },
  };
}
