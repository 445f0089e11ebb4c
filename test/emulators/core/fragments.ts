import type { WebSocket } from "ws";

/** From now on every message goes out in frames of at most so many bytes, as from a server with a small buffer. */
export function sendInFragments(websocket: WebSocket, bytes: number): void {
  const send = websocket.send.bind(websocket);
  websocket.send = (data: string | Buffer, ...rest: readonly unknown[]) => {
    const message = Buffer.from(data);
    const binary = typeof data !== "string";
    const done = rest.find((one): one is () => void => typeof one === "function");
    const last = Math.max(0, Math.ceil(message.length / bytes) - 1);
    for (let index = 0; index < last; index += 1) {
      send(message.subarray(index * bytes, (index + 1) * bytes), { binary, fin: false });
    }
    send(message.subarray(last * bytes), { binary, fin: true }, done);
  };
}
