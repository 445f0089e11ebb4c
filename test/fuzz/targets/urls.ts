import { cutEnvelope, parseSecondPort, parseWebSocketPath } from "@sallyport/shared";
import type { Target } from "../engine.ts";
import { holds } from "./holds.ts";

export const urls: Target = {
  name: "urls",
  seeds: [
    "/websocket/10.0.0.7/443/kvm/0?headers=e30",
    "/websocket/10.0.0.7/443//kvm/0?a=b&headers=e30&c=d",
    "/websocket/fd00::7/65535/?headers=a&headers=b",
    "/.sallyport/port/5900/vkvm/?x=y",
    "/websocket/10.0.0.7/443",
  ],
  dictionary: [
    "/websocket/",
    "headers=",
    "&headers=",
    "?headers=",
    "/",
    "//",
    "?",
    "&",
    "#",
    "%2f",
    "..",
    "65536",
    "0443",
    ":",
    "/.sallyport/port/",
  ],
  run(target) {
    const parsed = parseWebSocketPath(target, false);
    if (parsed) {
      holds(parsed.target.startsWith("/"), "a path begins with its slash");
      holds(!/[/?#]/.test(parsed.address), "an address is one segment");
      holds(parsed.port >= 1 && parsed.port <= 65_535, "a port is one");
      holds(!parsed.target.includes("#"), "no fragment goes on");
      const { kept, envelope } = cutEnvelope(target);
      holds(kept === `/websocket/${parsed.address}/${parsed.port}${parsed.target}`, "nothing else is changed");
      holds(envelope === parsed.envelope, "one envelope is cut off");
      const length = kept.length + (envelope === undefined ? 0 : `?headers=${envelope}`.length);
      holds(length === target.length, "no byte is lost");
    }
    const second = parseSecondPort(target);
    if (second) {
      holds(second.path.startsWith("/") && target.endsWith(second.path), "a second port's path stood there");
      holds(second.port >= 1 && second.port <= 65_535, "a second port is one");
    }
    const doubled = parseWebSocketPath(target, true);
    const shape = target.replace(/[^/?&=#]+/g, "w").slice(0, 24);
    return `${parsed ? 1 : 0}${doubled?.target === parsed?.target ? 1 : 0}${parsed?.envelope === undefined ? 0 : 1}${second ? 1 : 0} ${shape}`;
  },
};
