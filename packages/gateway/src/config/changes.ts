import { isDeepStrictEqual } from "node:util";
import type { Configuration } from "./configuration.ts";
import type { Setting } from "./settings.ts";

/** What changed between the settings in force and those that were read anew. Names only: values may be secrets. */
export interface Changes {
  /** Sections whose changes are taken up, such as `web.token`. */
  readonly taken: readonly string[];
  /** Settings that are taken up at a start only, by the names of their variables; `tcp` for the list of listeners. */
  readonly atStart: readonly string[];
}

/**
 * The settings in force with all that can change while the gateway runs taken from `fresh`. What is taken up at a start
 * only stays, in workers that are started later, too: all of them go by the same.
 */
export function takeUp(held: Configuration, fresh: Configuration): Configuration {
  const { listen, tls, limits, edge, sessionKeys } = held.web;
  const { frameBytes, sessionMs, idleMs, bodyMs, connectionsPerController, entriesPerClient } = fresh.web.limits;
  return {
    ...held,
    admin: { ...held.admin, tokens: fresh.admin.tokens },
    web: {
      ...fresh.web,
      ...{ listen, tls },
      sessionKeys: replaced(sessionKeys, fresh.web.sessionKeys),
      edge: { ca: edge.ca, keys: replaced(edge.keys, fresh.web.edge.keys) },
      limits: { ...limits, frameBytes, sessionMs, idleMs, bodyMs, connectionsPerController, entriesPerClient },
    },
  };
}

/** Keys are replaced at once. Whether there are any at all decides how requests are read: that needs a start. */
function replaced(held: readonly string[], fresh: readonly string[]): readonly string[] {
  return isSwitch(held, fresh) ? held : fresh;
}

function isSwitch(held: readonly string[], fresh: readonly string[]): boolean {
  return held.length > 0 !== fresh.length > 0;
}

export function findChanges(held: Configuration, fresh: Configuration, settings: readonly Setting[]): Changes {
  const differing = settings.filter(({ atStart }) => atStart && !isDeepStrictEqual(atStart(held), atStart(fresh)));
  const names = differing.map(({ env }) => env);
  // A secret and its file are one setting of two names.
  const atStart = names.filter((name) => !names.includes(name.replace(/_FILE$/, "")) || !name.endsWith("_FILE"));
  if (isSwitch(held.web.edge.keys, fresh.web.edge.keys)) atStart.push("EDGE_KEY");
  if (!isDeepStrictEqual(held.tcp ?? [], fresh.tcp ?? [])) atStart.push("tcp");
  return { taken: takenSections(held, takeUp(held, fresh)), atStart };
}

function takenSections(held: Configuration, next: Configuration): string[] {
  const web = Object.keys(next.web).filter((name) => {
    const key = name as keyof Configuration["web"];
    return !isDeepStrictEqual(held.web[key], next.web[key]);
  });
  const admin = isDeepStrictEqual(held.admin, next.admin) ? [] : ["admin"];
  return [...web.map((name) => `web.${name}`), ...admin];
}
