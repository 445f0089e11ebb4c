import { nginx } from "../nginx.ts";
import type { Peer } from "../peer.ts";
import { startTcpProgram } from "./program.ts";

export const nginxTcp: Peer = {
  ...nginx,
  requirements: [
    { needs: "nginx", debian: "nginx" },
    { needs: "/usr/lib/nginx/modules/ngx_stream_module.so", debian: "libnginx-mod-stream" },
  ],
  start: (options) =>
    startTcpProgram(
      { command: "nginx", template: "tcp/nginx.conf", args: (file) => ["-c", file, "-e", "stderr"] },
      options,
    ),
};
