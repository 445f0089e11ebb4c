import { askAdmin, type JsonOption } from "./admin-client.ts";
import { Failure, type World } from "./environment.ts";

export interface RevokeOptions extends JsonOption {
  readonly kind: string;
  readonly value?: string;
  readonly tenant?: string;
  readonly before?: string;
  readonly until?: string;
  readonly note?: string;
}

/** Revokes something at the running gateway. */
export async function revoke(world: World, options: RevokeOptions): Promise<void> {
  const { kind, value, tenant, note, before, until } = options;
  const times = { before: dateOf("--before", before), until: dateOf("--until", until) };
  const body = { kind, value, tenant, note, ...times };
  const answer = await askAdmin(world, options, { method: "POST", path: "/revocations", body });
  world.out(options.json ? `${JSON.stringify(answer)}\n` : `revoked: what it is about ends within a second\n`);
}

function dateOf(option: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) throw new Failure(`${option} must be a date, such as 2026-11-21T08:00:00Z`);
  return time.toISOString();
}
