import type { HostPort, ListenAddress } from "./configuration.ts";
import { hostPorts, listenAddress } from "./fields.ts";

export type Places = { readonly listen: ListenAddress; readonly to: HostPort } | { readonly fault: string };

/** Where a local client listens and what it leads to, from the command line. */
export function parsePlaces(options: { readonly listen: string; readonly to: string }): Places {
  const listen = listenAddress().safeParse(options.listen);
  const to = hostPorts().safeParse([options.to]);
  const [target] = to.data ?? [];
  if (!listen.success) return { fault: `--listen ${listen.error.issues[0]?.message}` };
  if (!target) return { fault: `--to ${to.error?.issues[0]?.message}` };
  return { listen: listen.data, to: target };
}
