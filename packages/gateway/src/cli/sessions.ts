import type { SessionRow } from "../store/directory.ts";
import { askAdmin, dateText, type JsonOption, plain, table } from "./admin-client.ts";
import type { World } from "./environment.ts";

/** Lists who is inside. */
export async function listSessions(world: World, options: JsonOption): Promise<void> {
  const answer = (await askAdmin(world, options, { path: "/sessions" })) as { sessions: readonly SessionRow[] };
  if (options.json) return world.out(`${JSON.stringify(answer)}\n`);
  const rows = answer.sessions.map(({ name, principal, tenant, address, client, startedAt, expiresAt }) => [
    name,
    ...[principal, tenant, address, client].map(plain),
    dateText(startedAt),
    dateText(expiresAt),
  ]);
  world.out(table(["session", "principal", "tenant", "target", "client", "since", "until"], rows));
}

/** Ends one, everywhere. */
export async function endSession(world: World, name: string, options: JsonOption): Promise<void> {
  await askAdmin(world, options, { method: "DELETE", path: `/sessions/${encodeURIComponent(name)}` });
  world.out(options.json ? `${JSON.stringify({ ended: name })}\n` : `${name} ends within a second\n`);
}
