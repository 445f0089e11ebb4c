import { formatAuthority } from "../core/authority.ts";
import { startDaemon } from "./daemon.ts";
import { type Guarded, type NaiveProxy, PROXY_ADDRESS } from "./front.ts";

export interface HaproxyOptions {
  /** Host, Origin and Referer become the controller's own, and X-Forwarded-For is left out. */
  readonly mapped: boolean;
}

/** HAProxy as guides set it up for HTTP: Host stays, X-Forwarded-For is added, names of headers come out in lower case. */
export function startHaproxy(controller: Guarded, { mapped }: HaproxyOptions): Promise<NaiveProxy> {
  return startDaemon(controller, {
    program: "haproxy",
    // The master says when its worker listens.
    words: (folder) => ["-W", "-db", "-f", `${folder}/proxy.conf`],
    ready: "Loading success.",
    configuration: (folder) => configuration(controller, folder, mapped),
  });
}

function configuration(controller: Guarded, folder: string, mapped: boolean): string {
  const ports = Object.values(controller.ports);
  return `
defaults
  mode http
  timeout connect 5s
  timeout client 50s
  timeout server 50s
  timeout tunnel 50s
  ${mapped ? "" : "option forwardfor"}
${ports.map((port) => section(controller.address, port, { folder, mapped })).join("\n")}
`;
}

function section(address: string, port: number, { folder, mapped }: { folder: string; mapped: boolean }): string {
  const own = formatAuthority(address, port);
  const rules = [
    `http-request set-header Host ${own}`,
    `http-request replace-header Origin .* https://${own}`,
    `http-request replace-header Referer https://[^/]*(.*) https://${own}\\1`,
  ];
  return `
frontend front${port}
  bind ${formatAuthority(PROXY_ADDRESS, port)} ssl crt ${folder}/both.pem alpn http/1.1
  ${mapped ? rules.join("\n  ") : ""}
  default_backend back${port}
backend back${port}
  server controller ${own} ssl verify none
`;
}
