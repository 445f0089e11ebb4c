import RFB from "/novnc/core/rfb.js";
import { openSocket } from "../api.js";
import { consoleFrame } from "../console-frame.js";

/** The machine's screen: noVNC over the controller's WebSocket. */
export function showKvm(main) {
  let viewer = null;
  const frame = consoleFrame(main, {
    title: "KVM console",
    className: "kvm",
    connect: () => {
      const socket = openSocket("/kvm/0");
      socket.addEventListener("close", (event) => frame.closed(event));
      viewer = new RFB(frame.screen, socket);
      viewer.scaleViewport = true;
      viewer.background = "transparent";
      viewer.addEventListener("connect", () => {
        frame.connected();
        viewer.focus();
      });
    },
    actions: { "Ctrl+Alt+Del": () => viewer?.sendCtrlAltDel() },
  });
  return () => viewer?.disconnect();
}
