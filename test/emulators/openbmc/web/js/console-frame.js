import { element } from "./dom.js";

/**
 * What both consoles share: a bar with the connection's state, and the screen below it.
 * `data-state` on the frame is connecting, connected or closed.
 */
export function consoleFrame(main, { title, className, connect, actions = {} }) {
  const screen = element("div", { className: "screen" });
  const state = element("span", { className: "state", role: "status" });
  const buttons = Object.entries(actions).map(([name, onclick]) =>
    element("button", { type: "button", className: "quiet", onclick }, name),
  );
  const again = element("button", { type: "button", onclick: () => start() }, "Reconnect");
  const bar = element("div", { className: "title" }, element("h1", {}, title), state);
  bar.append(element("div", { className: "actions" }, ...buttons, again));
  const frame = element("section", { className: `console ${className}` }, bar, screen);
  main.append(frame);

  const set = (name, text) => {
    frame.dataset.state = name;
    state.textContent = text;
    again.hidden = name !== "closed";
  };
  const start = () => {
    screen.replaceChildren();
    set("connecting", "Connecting…");
    connect();
  };
  const made = {
    screen,
    connected: () => set("connected", "Connected"),
    /** The side that ends a console may say why. */
    closed: (event) => set("closed", event.reason === "" ? `Closed (${event.code})` : `Closed: ${event.reason}`),
  };
  // The view needs the frame before it connects.
  queueMicrotask(start);
  return made;
}
