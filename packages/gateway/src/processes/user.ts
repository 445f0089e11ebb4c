import { readFileSync } from "node:fs";
import { RunError } from "./running.ts";

/** Whom worker processes run as. */
export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Tried in turn where nobody is named: the image has the first, every other system the second. */
const DEFAULTS = ["node", "nobody"];

/**
 * Finds a user in the password file by name or number; without a name the first default there is.
 * @throws RunError that names who was not found, or is root
 */
export function findUser(named: string | undefined, passwd = readFileSync("/etc/passwd", "utf8")): User {
  const user = lookUp(named, passwd);
  if (user.uid === 0)
    throw new RunError("SALLYPORT_USER must not be root: workers are there to serve without its rights");
  return user;
}

function lookUp(named: string | undefined, passwd: string): User {
  const users = passwd.split("\n").flatMap(parseLine);
  const wanted = named === undefined ? DEFAULTS : [named];
  for (const name of wanted) {
    const user = users.find((one) => one.name === name || String(one.uid) === name);
    if (user) return user;
  }
  if (named !== undefined && /^\d+$/.test(named)) return { name: named, uid: Number(named), gid: Number(named) };
  throw new RunError(`there is no user ${wanted.join(" or ")} on this system: set SALLYPORT_USER to one that there is`);
}

function parseLine(line: string): User[] {
  const [name, , uid, gid] = line.split(":");
  if (!name || !/^\d+$/.test(uid ?? "") || !/^\d+$/.test(gid ?? "")) return [];
  return [{ name, uid: Number(uid), gid: Number(gid) }];
}
