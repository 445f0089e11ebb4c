import { readFileSync } from "node:fs";

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
 * @throws Error that names who was not found
 */
export function findUser(named: string | undefined, passwd = readFileSync("/etc/passwd", "utf8")): User {
  const users = passwd.split("\n").flatMap(parseLine);
  const wanted = named === undefined ? DEFAULTS : [named];
  for (const name of wanted) {
    const user = users.find((one) => one.name === name || String(one.uid) === name);
    if (user) return user;
  }
  if (named !== undefined && /^\d+$/.test(named)) return { name: named, uid: Number(named), gid: Number(named) };
  throw new Error(`there is no user ${wanted.join(" or ")} on this system: set SALLYPORT_USER to one that there is`);
}

function parseLine(line: string): User[] {
  const [name, , uid, gid] = line.split(":");
  if (!name || !/^\d+$/.test(uid ?? "") || !/^\d+$/.test(gid ?? "")) return [];
  return [{ name, uid: Number(uid), gid: Number(gid) }];
}
