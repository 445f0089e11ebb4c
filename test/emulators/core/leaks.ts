import { type Header, headerValues } from "./raw-headers.ts";

/** Headers that belong to what stands before a controller; a controller, which its tenant may own, must never see them. */
const FOREIGN = /^(?:x-forwarded-.*|x-real-ip|x-pm-.*|cf-.*|cdn-loop|via|forwarded|true-client-ip|early-data)$/i;
const SESSION_COOKIE = /^(?:__Host-)?pm-session=/;

/** The names of headers and cookies of the gateway's or edge's own that a request still carries. */
export function leakedNames(headers: readonly Header[]): string[] {
  const names = headers.map((header) => header.name).filter((name) => FOREIGN.test(name));
  const cookies = headerValues(headers, "Cookie").flatMap((line) => line.split(";"));
  const own = cookies.map((pair) => pair.trim()).filter((pair) => SESSION_COOKIE.test(pair));
  return [...names, ...own.map((pair) => `cookie ${pair.split("=")[0]}`)];
}
