import { formatAuthority } from "../core/authority.ts";
import { startDaemon } from "./daemon.ts";
import { type Guarded, type NaiveProxy, PROXY_ADDRESS } from "./front.ts";

export interface NginxOptions {
  /** Origin and Referer become the controller's own too, as in recipes that have met a check of them. */
  readonly mapped: boolean;
}

/** nginx with a page's usual recipe for WebSockets, which sets Host to the controller's. */
export function startNginx(controller: Guarded, { mapped }: NginxOptions): Promise<NaiveProxy> {
  return startDaemon(controller, {
    program: "nginx",
    words: (folder) => ["-p", folder, "-e", "stderr", "-c", `${folder}/proxy.conf`],
    ready: "using the",
    configuration: (folder) => configuration(controller, folder, mapped),
  });
}

function configuration(controller: Guarded, folder: string, mapped: boolean): string {
  const servers = Object.values(controller.ports).map((port) => server(controller.address, port, mapped));
  const bodies = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return `
daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log stderr notice;
events {}
http {
  access_log off;
  ${bodies.map((name) => `${name}_temp_path ${folder}/${name};`).join("\n  ")}
  ssl_certificate ${folder}/cert.pem;
  ssl_certificate_key ${folder}/key.pem;
  map $http_upgrade $connection_upgrade { default upgrade; '' close; }
  ${servers.join("")}
}
`;
}

function server(address: string, port: number, mapped: boolean): string {
  const own = `https://${formatAuthority(address, port)}`;
  const headers = mapped ? `proxy_set_header Origin ${own};\n      proxy_set_header Referer ${own}/;` : "";
  return `
  server {
    listen ${formatAuthority(PROXY_ADDRESS, port)} ssl;
    location / {
      proxy_pass ${own};
      proxy_ssl_verify off;
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      ${headers}
    }
  }`;
}
