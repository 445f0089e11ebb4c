import type { Exchange } from "./exchange.ts";
import type { Upgrade } from "./upgrade.ts";

/** A path and method with its handler. A segment such as `:id` matches anything but a slash and becomes a parameter. */
export interface Route {
  readonly method: string;
  readonly path: string;
  /** Reachable without a log-in. What that means is the family's affair. */
  readonly open?: boolean;
  readonly handle: (exchange: Exchange) => void | Promise<void>;
}

/** A path on which WebSockets are opened. */
export interface SocketRoute {
  readonly path: string;
  readonly open: (upgrade: Upgrade) => void;
}

interface Match<R> {
  readonly route: R;
  readonly params: Readonly<Record<string, string>>;
}

/** The first of the routes that the path fits, compared byte for byte: no dot segment or double slash is resolved. */
export function matchPath<R extends { readonly path: string }>(
  routes: readonly R[],
  path: string,
): Match<R> | undefined {
  for (const route of routes) {
    const params = pathParams(route.path, path);
    if (params !== undefined) return { route, params };
  }
  return undefined;
}

/** HEAD is answered as GET is, Node leaves the body out. */
export function matchRoute(routes: readonly Route[], method: string, path: string): Match<Route> | undefined {
  const wanted = method === "HEAD" ? "GET" : method;
  return matchPath(
    routes.filter((route) => route.method === wanted),
    path,
  );
}

function pathParams(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, segment] of wanted.entries()) {
    const value = given[index] ?? "";
    if (segment.startsWith(":")) params[segment.slice(1)] = value;
    else if (segment !== value) return undefined;
  }
  return params;
}
