import { markCookies, readCookies, withoutMarked, writeCookies } from "@sallyport/shared";
import type { Group } from "./case.ts";
import { equal } from "./check.ts";

const kept = (header: string, marks: string | undefined) => writeCookies(withoutMarked(readCookies(header), marks));
const marksOf = (header: string) => markCookies(readCookies(header));

/** Cookies that were in a browser before its session began. */
export const oldCookies: readonly Group[] = [
  {
    name: "marked cookies",
    cases: [
      {
        name: "are known again by name and value, and dropped",
        run: () => {
          const marks = marksOf("portal=secret-of-the-portal; SID=secret-of-another");
          equal(kept("portal=secret-of-the-portal; SID=secret-of-another; a=1", marks), "a=1");
        },
      },
      {
        name: "pass under a new value, or under another name",
        run: () => {
          const marks = marksOf("SID=secret-of-another");
          equal(
            kept("SID=secret-of-this-one; ID=secret-of-another", marks),
            "SID=secret-of-this-one; ID=secret-of-another",
          );
        },
      },
      {
        name: "are not made of flags, which controllers set alike",
        run: () => equal(marksOf("lang=en; langSetFlag=0; x="), ""),
      },
      {
        name: "say nothing of what they stand for",
        run: () => equal(/^[0-9a-z.]+$/.test(marksOf("a=secret-of-the-portal; b=another-secret")), true),
      },
      {
        name: "are as many as browsers keep cookies",
        run: () => {
          const header = Array.from({ length: 500 }, (_, index) => `c${index}=a-long-value`).join("; ");
          equal(marksOf(header).split(".").length, 180);
        },
      },
      {
        name: "may be missing, or garbage",
        run: () => {
          equal(kept("SID=secret-of-this-one", undefined), "SID=secret-of-this-one");
          equal(kept("SID=secret-of-this-one", "..%00.x"), "SID=secret-of-this-one");
        },
      },
    ],
  },
];
