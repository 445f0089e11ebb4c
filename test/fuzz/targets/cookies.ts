import { cookieValues, isOwnCookie, readCookies, writeCookies } from "@sallyport/shared";
import type { Target } from "../engine.ts";
import { holds } from "./holds.ts";

const OWN = "pm-session";

/** As a reader of another kind would look for our cookie: split, trim, compare. */
function naiveValues(header: string): string[] {
  return header
    .split(";")
    .map((part) => part.replace(/^[ \t]+|[ \t]+$/g, ""))
    .filter((part) => part.includes("="))
    .map((part) => [part.slice(0, part.indexOf("=")), part.slice(part.indexOf("=") + 1)])
    .filter(([name = ""]) => name.replace(/[ \t]+$/, "") === OWN)
    .map(([, value = ""]) => value.replace(/^[ \t]+/, ""));
}

export const cookies: Target = {
  name: "cookies",
  seeds: ["a=b; pm-session=x; -http-session-=::http.session::", "", ";;=;", "pm-session=a;pm-session=b"],
  dictionary: [
    OWN,
    "__Host-pm-session",
    "__Host-pm-sid",
    "=",
    ";",
    "; ",
    '"',
    "\t",
    " ",
    "\xa0",
    "\u0000",
    "$Version=1",
  ],
  run(header) {
    const read = readCookies(header);
    const left = read.filter(({ name }) => !isOwnCookie(name, OWN));
    const written = writeCookies(left);
    holds(naiveValues(written).length === 0, "nobody finds our cookie in what goes on");
    holds(cookieValues(read, OWN).join() === naiveValues(header).join(), "every one of our cookies is found");
    holds(writeCookies(readCookies(written)) === written, "what is written is read the same");
    for (const { text } of left) holds(header.includes(text), "what goes on stood there");
    return `${read.length} ${left.length} ${read.map(({ name }) => (name === "" ? "-" : isOwnCookie(name, OWN) ? "o" : "n")).join("")}`;
  },
};
