import type { Controller, ControllerOptions } from "../emulators/core/controller.ts";
import type { TlsProfile } from "../emulators/core/family.ts";
import type { OddAnswer } from "../emulators/core/odd-answer.ts";
import { CBC_ONLY, expiredCertificate, RSA_1024, TLS_1_0_ONLY } from "../emulators/core/tls-profiles.ts";
import { makeCertificate } from "../support/certificates.ts";
import { startStrict } from "./cells.ts";
import { FAMILIES, type FamilyName } from "./families.ts";

/** One firmware that has to be recognised. */
export interface Firmware {
  readonly name: string;
  readonly family: FamilyName;
  /** What a family's emulator is started with beside what makes it strict. */
  readonly options: () => Promise<ControllerOptions & Readonly<Record<string, unknown>>>;
}

const firmware = (name: string, family: FamilyName, options: Record<string, unknown> = {}): Firmware => ({
  name,
  family,
  options: async () => options,
});

const ODD_ANSWERS: readonly OddAnswer[] = [
  ...(["http-1.0-cut", "lf-only", "duplicate-content-length", "space-in-name", "unfinished-chunks"] as const),
];

const OLD_TLS: Readonly<Record<string, TlsProfile>> = {
  "TLS 1.0 only": TLS_1_0_ONLY,
  "a key of 1024 bits": RSA_1024,
  "CBC ciphers only": CBC_ONLY,
};

/** Every generation and switch of every emulator that could change what is answered to an unauthenticated question. */
export const FIRMWARE: readonly Firmware[] = [
  ...(Object.keys(FAMILIES) as FamilyName[]).map((family) => firmware(family, family)),
  firmware("iLO 4", "ilo", { generation: 4 }),
  firmware("iLO 6", "ilo", { generation: 6 }),
  firmware("iDRAC9 without a console licence", "idrac9", { licensed: false }),
  firmware("MegaRAC with a stuck console", "megarac", { stuckConsole: true }),
  firmware("MegaRAC SP that cuts nothing", "megarac-sp", { cutAnswers: false }),
  firmware("Supermicro with the newer CSRF header", "supermicro", { csrfHeader: "CSRF-TOKEN" }),
  firmware("iDRAC9 at an IPv6 address", "idrac9", { address: "::1", ports: {} }),
  firmware("Supermicro at an IPv6 address", "supermicro", { address: "::1" }),
  firmware("an iLO that answers after 300 ms", "ilo", { silence: { answerMs: 300 } }),
  firmware("an OpenBMC that ends each connection", "openbmc", { limits: { cutsReused: true } }),
  ...ODD_ANSWERS.map((answers) => firmware(`an iDRAC8 that answers ${answers}`, "idrac8", { answers })),
  ...ODD_ANSWERS.map((answers) => firmware(`a Supermicro that answers ${answers}`, "supermicro", { answers })),
  ...(["idrac8", "ilo", "megarac-sp", "supermicro"] as const).flatMap((family) =>
    Object.entries(OLD_TLS).map(([name, tls]) => ({
      name: `${family} with ${name}`,
      family,
      options: async () => ({
        tls,
        certificate: await makeCertificate({ names: ["192.0.2.1"], key: tls.key ?? "rsa-2048" }),
      }),
    })),
  ),
  {
    name: "an XCC whose certificate ran out",
    family: "xcc",
    options: async () => ({ certificate: await expiredCertificate("192.0.2.1") }),
  },
];

export async function startFirmware({ family, options }: Firmware): Promise<Controller> {
  return startStrict(family, await options());
}

/** All that a controller may have to refuse of who asks what it is: paths of other families, and those for the logged in. */
export const ONLY_ASKED: ReadonlySet<string> = new Set(["not-found", "unauthenticated"]);
