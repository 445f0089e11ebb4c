import type { SocketRoute } from "../core/routes.ts";
import type { Upgrade } from "../core/upgrade.ts";
import { cookieSession, type MegaracSessions } from "./sessions.ts";

const GREETING = "\r\nSerial over LAN\r\n\r\n";

/** The machine's serial line: what is typed comes back. The CSRF token is in the query. */
export function solSocket(sessions: MegaracSessions): SocketRoute {
  const open = (upgrade: Upgrade) => {
    const session = cookieSession(upgrade, sessions);
    if (session === undefined) {
      upgrade.refuse(401, "unauthenticated");
    } else if (upgrade.query("CSRFTOKEN") !== session.attributes.csrf) {
      upgrade.refuse(401, "sol-token");
    } else {
      const protocol = upgrade.offers().includes("binary") ? "binary" : undefined;
      upgrade.accept({ protocol }, (websocket) => {
        websocket.on("message", (data: Buffer) => websocket.send(data));
        websocket.send(Buffer.from(GREETING));
      });
    }
  };
  return { path: "/sol", open };
}
