import type { Answer, Via } from "../emulators/scenarios/via.ts";

/** The gateway's script in a page, and the ports that it is told. */
const SCRIPT = /<script src="\/\.sallyport\/sockets\.js" data-ports="([\d ]*)">/;
/** Where it leads a WebSocket that was meant for one of them. */
const RESERVED_PATH = "/.sallyport/port/";

/** A way on which a page's WebSockets to other ports go where the script that the gateway put into the page leads them. */
export function withPageSockets(via: Via): Via {
  let ports: readonly string[] = [];
  return {
    origin: via.origin,
    call: async (call) => {
      const answer = await via.call(call);
      if (isPage(answer)) ports = SCRIPT.exec(answer.body.toString())?.[1]?.split(" ") ?? [];
      return answer;
    },
    open: (call) => {
      const { port } = new URL(call.origin);
      if (!ports.includes(port)) return via.open(call);
      return via.open({ ...call, origin: via.origin, path: RESERVED_PATH + port + call.path });
    },
  };
}

function isPage({ headers }: Answer): boolean {
  return headers["content-type"]?.startsWith("text/html") === true;
}
