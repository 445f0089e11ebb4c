import { randomBytes } from "node:crypto";
import type { World } from "./environment.ts";

/** 48 random bytes in base64: a key for JWT_KEY and JWT_SECRET, or for EDGE_KEY. */
export function key(world: World): void {
  world.out(`${randomBytes(48).toString("base64")}\n`);
}
