import {
  BROWSER_COOKIE,
  BROWSER_ID_COOKIE,
  cookieValues,
  GATEWAY_COOKIE,
  isOwnCookie,
  readCookies,
  writeCookies,
} from "@sallyport/shared";
import { type Group, shown, table } from "./case.ts";
import { equal } from "./check.ts";

interface Row {
  readonly header: string | undefined;
  /** Name and value of each cookie. */
  readonly read: readonly (readonly [name: string, value: string])[];
  /** The header written again, where it differs. */
  readonly written?: string;
}

const rows: readonly Row[] = [
  { header: undefined, read: [], written: "" },
  { header: "", read: [] },
  { header: "a=1", read: [["a", "1"]] },
  {
    header: "a=1; b=2",
    read: [
      ["a", "1"],
      ["b", "2"],
    ],
  },
  {
    header: "a=1;b=2",
    read: [
      ["a", "1"],
      ["b", "2"],
    ],
    written: "a=1; b=2",
  },
  {
    header: "a=1;  b=2 ;\tc=3\t",
    read: [
      ["a", "1"],
      ["b", "2"],
      ["c", "3"],
    ],
    written: "a=1; b=2; c=3",
  },
  {
    header: ";;a=1;; ;b=2;",
    read: [
      ["a", "1"],
      ["b", "2"],
    ],
    written: "a=1; b=2",
  },
  { header: "-http-session-=::http.session::0123", read: [["-http-session-", "::http.session::0123"]] },
  { header: "_appwebSessionId_=x", read: [["_appwebSessionId_", "x"]] },
  { header: "a=b=c==", read: [["a", "b=c=="]] },
  { header: 'a="quoted value"', read: [["a", '"quoted value"']] },
  {
    header: 'a="cut ; here"',
    read: [
      ["a", '"cut'],
      ["", 'here"'],
    ],
    written: 'a="cut; here"',
  },
  { header: "a=", read: [["a", ""]] },
  { header: "=a", read: [["", "a"]] },
  { header: "=", read: [["", ""]] },
  { header: "==a=", read: [["", "=a="]] },
  { header: "flag", read: [["", "flag"]] },
  {
    header: "a =1; b= 2 ; c = 3",
    read: [
      ["a", "1"],
      ["b", "2"],
      ["c", "3"],
    ],
    written: "a =1; b= 2; c = 3",
  },
  {
    header: "a=1; a=2; A=3",
    read: [
      ["a", "1"],
      ["a", "2"],
      ["A", "3"],
    ],
  },
  { header: "a=x, b=y", read: [["a", "x, b=y"]] },
  {
    header: "a=%3B%3D; b=\\;",
    read: [
      ["a", "%3B%3D"],
      ["b", "\\"],
    ],
    written: "a=%3B%3D; b=\\",
  },
  {
    header: "__proto__=1; constructor=2",
    read: [
      ["__proto__", "1"],
      ["constructor", "2"],
    ],
  },
  {
    header: "$Version=1; a=1; $Path=/",
    read: [
      ["$Version", "1"],
      ["a", "1"],
      ["$Path", "/"],
    ],
  },
  { header: '{"json":1}={"a":"b"}', read: [['{"json":1}', '{"a":"b"}']] },
  {
    header: "a=\u00c3\u00a0; b=\u00a0x\u00a0",
    read: [
      ["a", "\u00c3\u00a0"],
      ["b", "\u00a0x\u00a0"],
    ],
  },
  { header: "a=\u0085\u00ff\u0080", read: [["a", "\u0085\u00ff\u0080"]] },
  {
    header: "a=1\u000b; \u000cb=2",
    read: [
      ["a", "1\u000b"],
      ["\u000cb", "2"],
    ],
  },
];

const own = [GATEWAY_COOKIE, BROWSER_COOKIE, BROWSER_ID_COOKIE, "configured"];
const foreign = [
  "",
  "sessionKey",
  "-http-session-",
  "PM-SESSION",
  "pm-session ",
  "pm-session2",
  "__Host-pm-session-x",
  "__host-pm-session",
];

export const cookies: readonly Group[] = [
  {
    name: "cookies",
    cases: [
      ...table(
        rows,
        ({ header }) => `${shown(header)} is read, and written as it stood`,
        ({ header, read, written }) => {
          const found = readCookies(header);
          equal(
            found.map(({ name, value }) => [name, value]),
            read,
            "read",
          );
          equal(writeCookies(found), written ?? header, "written");
        },
      ),
      {
        name: "what is not ours leaves byte for byte when ours is taken out",
        run: () => {
          const header = 'sessionKey="a b"; pm-session=T;-http-session-=::x;  odd = 1 ;flag; x=\u00a0';
          const kept = readCookies(header).filter((cookie) => !isOwnCookie(cookie.name, "configured"));
          equal(writeCookies(kept), 'sessionKey="a b"; -http-session-=::x; odd = 1; flag; x=\u00a0');
        },
      },
      {
        name: "every value of a name is found, in order, and only of that very name",
        run: () => {
          const found = readCookies("pm-session=1; x=0; pm-session=2; PM-SESSION=3; pm-session = 4; pm-session");
          equal(cookieValues(found, "pm-session"), ["1", "2", "4"]);
          equal(cookieValues(found, "y"), []);
        },
      },
      {
        name: "sixteen thousand spaces take no time",
        run: () => {
          const spaces = " ".repeat(16_000);
          equal(
            readCookies(`a=${spaces}x${spaces};${spaces}`).map(({ name, value }) => [name, value]),
            [["a", "x"]],
          );
        },
      },
      {
        name: "of thousands of cookies none is lost",
        run: () => {
          const header = Array.from({ length: 5000 }, (_, at) => `c${at}=${at}`).join("; ");
          equal([readCookies(header).length, writeCookies(readCookies(header)) === header], [5000, true]);
        },
      },
    ],
  },
  {
    name: "cookies of our own",
    cases: [
      ...table(
        own,
        (name) => `${name} is`,
        (name) => equal(isOwnCookie(name, "configured"), true),
      ),
      ...table(
        foreign,
        (name) => `${shown(name)} is not`,
        (name) => equal(isOwnCookie(name, "configured"), false),
      ),
    ],
  },
];
