import type { Demo } from "./demo.ts";

/** What a person sees when the demo is ready. */
export function describeDemo(demo: Demo): string {
  const { user, password } = demo.account;
  const screen =
    demo.screen === "x-session"
      ? "a real X session: click into it and type a name at its log-in prompt"
      : "a test picture that shows the keys you type";
  return `
Sallyport is running. Open this link:

  ${demo.link}

It is for ${demo.customer}, opens one controller, and expires at ${demo.expires.toLocaleTimeString()}.

What to try
  1. Log in to the controller as ${user} with the password ${password} (its first character is a zero).
  2. Open the KVM console: ${screen}.
  3. Open the serial console and type "help".
  4. Open ${demo.addresses.edge}/ in a private window: without the link there is no way in.
  5. Sign a link of your own, here one for five minutes. It goes behind ${demo.addresses.edge}/gpsession?token=
     ${signing(demo)}

The way: browser → edge ${demo.addresses.edge} → gateway ${demo.addresses.gateway} → controller ${demo.addresses.controller}

Ctrl-C ends everything.
`;
}

/** The command that signs a token for the demo's controller. */
function signing({ key, addresses }: Demo): string {
  const { hostname, port } = new URL(addresses.controller);
  const options = `--ip ${hostname} --port ${port} --upstream localhost --sub me --expires 5m`;
  return `JWT_KEY='${key}' npm run --silent sallyport -- token ${options}`;
}
