import { openSocket } from "../api.js";
import { consoleFrame } from "../console-frame.js";
import { Terminal } from "../terminal.js";

/** The machine's serial line as a terminal. */
export function showSerial(main) {
  let socket = null;
  const frame = consoleFrame(main, {
    title: "Serial console",
    className: "serial",
    connect: () => {
      const terminal = new Terminal();
      frame.screen.append(terminal.element);
      socket = openSocket("/console/default");
      socket.onopen = () => {
        frame.connected();
        terminal.onText((text) => socket.send(new TextEncoder().encode(text)));
      };
      socket.onclose = (event) => frame.closed(event);
      socket.onmessage = (event) => terminal.write(new TextDecoder().decode(event.data));
      terminal.element.focus();
    },
  });
  return () => socket?.close();
}
