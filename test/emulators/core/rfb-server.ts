import { createServer } from "node:net";
import type { Rectangle } from "./canvas.ts";
import { listen, stopper } from "./listening.ts";
import { RfbPicture } from "./rfb-picture.ts";
import { RfbViewer } from "./rfb-viewer.ts";

/** A VNC server that shows a test picture. */
export interface RfbServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
}

const FRAME_MS = 100;

/** Starts a VNC server (RFB 3.8, no authentication, raw encoding) on 127.0.0.1 for where no X server is installed. */
export async function startRfbPicture(): Promise<RfbServer> {
  const picture = new RfbPicture();
  const viewers = new Set<RfbViewer>();
  const changed = (area: Rectangle) => {
    for (const viewer of viewers) viewer.changed(area);
  };
  const server = createServer((socket) => {
    const viewer = new RfbViewer(socket, picture, changed);
    viewers.add(viewer);
    socket.on("close", () => viewers.delete(viewer));
    viewer.run().catch((error: Error) => socket.destroy(error));
    // The viewer's own loop reports it; without a listener a reset connection would end the process.
    socket.on("error", () => socket.destroy());
  });
  const stop = stopper(server);
  const clock = setInterval(() => changed(picture.advance()), FRAME_MS);
  const port = await listen(server, "127.0.0.1", 0);
  return {
    host: "127.0.0.1",
    port,
    [Symbol.asyncDispose]: async () => {
      clearInterval(clock);
      await stop();
    },
  };
}
