import { SECOND_PORT_PATH } from "@sallyport/shared";

/**
 * Runs in a controller's console page before its own scripts: a WebSocket that the page opens on one of the ports in
 * `data-ports` of the same host goes to our port instead, under the path that names that port. All other sockets, and
 * all that a page can see of `WebSocket`, stay as they are.
 */
export const SOCKETS_SCRIPT = `"use strict";
(() => {
  const ports = new Set((document.currentScript?.dataset.ports ?? "").split(" "));
  const led = (address) => {
    const url = new URL(address, document.baseURI);
    if (url.hostname !== location.hostname || !ports.has(url.port) || url.port === location.port) return address;
    return "wss://" + location.host + "${SECOND_PORT_PATH}" + url.port + url.pathname + url.search;
  };
  const safely = (address) => {
    try {
      return led(address);
    } catch {
      return address;
    }
  };
  window.WebSocket = new Proxy(window.WebSocket, {
    construct: (target, [address, ...rest], newTarget) => Reflect.construct(target, [safely(address), ...rest], newTarget),
  });
})();
`;
