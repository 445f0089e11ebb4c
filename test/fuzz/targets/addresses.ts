import { isIP } from "node:net";
import { addressInUrl, isAllowedTarget, parseAddress, parseNetwork } from "@sallyport/shared";
import type { Target } from "../engine.ts";
import { holds } from "./holds.ts";

const PRIVATE = ["10.0.0.0/8", "fc00::/7"].map((text) => parseNetwork(text)).filter((one) => one !== undefined);

export const addresses: Target = {
  name: "addresses",
  seeds: [
    "10.0.0.7",
    "fd00::7",
    "::1",
    "::ffff:10.0.0.1",
    "0x7f.1",
    "fe80::1%eth0",
    "1:2:3:4:5:6:7:8",
    "169.254.169.254",
  ],
  dictionary: [".", ":", "::", "0", "255", "256", "ffff", "::ffff:", "%", "/", "/8", "0x", "[", "]", "127", "10"],
  run(text) {
    const address = parseAddress(text);
    if (address) {
      holds(isIP(text) === address.family, "it is an address");
      // A URL parser writes every address in one way: ours is that one.
      holds(new URL(`http://${addressInUrl(text)}/`).hostname === addressInUrl(text), "it has one spelling");
      holds(!isAllowedTarget(text, PRIVATE) || /^(?:10\.|f[cd])/.test(text), "a list opens what is in it");
    }
    const network = parseNetwork(text);
    if (network) holds(network.prefix <= network.address.bytes.length * 8, "a prefix is no longer than its address");
    return `${address?.family ?? 0} ${network?.prefix ?? "-"} ${isIP(text)} ${text.replace(/[0-9a-f]+/g, "h").slice(0, 20)}`;
  },
};
