import { decodeEnvelope, encodeEnvelope, LEGACY_HEADERS, PAGE_HEADERS } from "@sallyport/shared";
import type { Target } from "../engine.ts";
import { holds } from "./holds.ts";

const pack = (value: unknown) => btoa(JSON.stringify(value));

/** As the URL has it, or (with a `!` in front) the JSON behind the base64, so that both readers are reached. */
const spelt = (input: string) => (input.startsWith("!") ? btoa(input.slice(1)) : input);

export const envelope: Target = {
  name: "envelope",
  seeds: [
    pack({ host: "k7.example.test", origin: "https://k7.example.test" }),
    encodeEnvelope({ "user-agent": "Mozilla/5.0 (X11)", pragma: "no-cache" }),
    '!{"Host":"a","host":"b"}',
    '!{"cookie":"a=b; c=d","origin":"null"}',
    '!{"x-auth-token":"secret"}',
    "!{}",
    "%%%",
  ],
  dictionary: [
    ...LEGACY_HEADERS,
    '"',
    ":",
    ",",
    "{",
    "}",
    "\\u000d\\u000a",
    "\\u0000",
    "\\ud800",
    "%2B",
    "%3D",
    "_",
    "-",
    "=",
  ],
  run(input) {
    const raw = spelt(input);
    for (const allowed of [LEGACY_HEADERS, PAGE_HEADERS]) {
      const decoded = decodeEnvelope(raw, allowed);
      if (!decoded.ok) continue;
      for (const [name, value] of Object.entries(decoded.value)) {
        holds(allowed.has(name), `${name} is allowed`);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
        holds(!/[\u0000-\u0008\u000a-\u001f\u007f]|[^\u0000-\u00ff]/.test(value), "a value can stand in a header");
      }
      const again = decodeEnvelope(encodeEnvelope(decoded.value), allowed);
      holds(again.ok && JSON.stringify(again.value) === JSON.stringify(decoded.value), "it comes out as it went in");
    }
    const decoded = decodeEnvelope(raw, LEGACY_HEADERS);
    return decoded.ok ? Object.keys(decoded.value).sort().join() : `${decoded.reason} ${decoded.detail ?? ""}`;
  },
};
