import { type RfbServer, startRfbPicture } from "../test/emulators/core/rfb-server.ts";
import { ensureDebianPackages } from "../test/support/packages.ts";
import { hasXvnc, startXvnc, XVNC_PACKAGES } from "../test/support/xvnc.ts";

/** What the controller's console shows, as a VNC server. */
export interface Screen extends AsyncDisposable {
  readonly kind: "x-session" | "test-picture";
  readonly host: string;
  readonly port: number;
}

/** A real X session where Xvnc is installed or can be, else a picture that draws itself and shows typed keys. */
export async function startScreen(progress: (text: string) => void): Promise<Screen> {
  if (await installed(progress)) return { kind: "x-session", ...pick(await startXvnc()) };
  return { kind: "test-picture", ...pick(await startRfbPicture()) };
}

function pick(server: RfbServer): Omit<Screen, "kind"> {
  return { host: server.host, port: server.port, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

async function installed(progress: (text: string) => void): Promise<boolean> {
  if (await hasXvnc()) return true;
  try {
    progress(`Installing ${XVNC_PACKAGES.join(", ")} for a real screen behind the console …`);
    await ensureDebianPackages(XVNC_PACKAGES);
    return true;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    progress(`No Xvnc here, so the console shows a test picture (${why}).`);
    return false;
  }
}
