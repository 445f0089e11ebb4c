import { MAX_PLATFORMS, type RememberedPlatform } from "../platforms.ts";
import type { Db } from "./database.ts";

const REMEMBER = "INSERT OR REPLACE INTO platforms (target, platform, until) VALUES (?, ?, ?)";
const BOUND = `DELETE FROM platforms WHERE target IN
  (SELECT target FROM platforms ORDER BY until, target LIMIT max(0, (SELECT count(*) FROM platforms) - ?))`;

export function rememberPlatform({ statements }: Db, { target, platform, until }: RememberedPlatform): void {
  statements.run(REMEMBER, target, platform, until);
  statements.run(BOUND, MAX_PLATFORMS);
}

export function platformOf({ statements }: Db, target: string, now: number): RememberedPlatform | undefined {
  return statements.first("SELECT * FROM platforms WHERE target = ? AND until > ?", target, now);
}

export function prunePlatforms({ statements }: Db, now: number): number {
  return statements.run("DELETE FROM platforms WHERE until <= ?", now);
}
