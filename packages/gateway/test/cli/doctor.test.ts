import { describe, expect, test } from "vitest";
import {
  type Controller,
  type ControllerOptions,
  startController,
} from "../../../../test/emulators/core/controller.ts";
import { expiredCertificate, RSA_1024, TLS_1_0_ONLY } from "../../../../test/emulators/core/tls-profiles.ts";
import { startStrict } from "../../../../test/platforms/cells.ts";
import { FAMILIES, type FamilyName } from "../../../../test/platforms/families.ts";
import { ONLY_ASKED } from "../../../../test/platforms/firmware.ts";
import { type Certificate, makeAuthority, makeCertificate } from "../../../../test/support/certificates.ts";
import { runCommand } from "../../../../test/support/process.ts";
import { startRawServer } from "../../../../test/support/raw-http.ts";
import { temporaryFolder } from "../config/support.ts";

/** What doctor says as JSON of a controller, and of nothing else that the tests look at. */
interface Said {
  readonly code: number | null;
  readonly json: {
    readonly platform: { readonly name: string; readonly sure: string };
    readonly tls: {
      readonly versions: readonly string[];
      readonly accepted: string;
      readonly certificate: Readonly<Record<string, unknown>>;
    };
    readonly ports: readonly { readonly port: number; readonly state: string }[];
    readonly http: { readonly hostCheck: string; readonly quirks: readonly string[] };
    readonly findings: readonly {
      readonly code: string;
      readonly severity: string;
      readonly setting?: string;
      readonly port?: number;
    }[];
  };
}

async function examine({ address, port }: Controller, environment: Record<string, string> = {}): Promise<Said> {
  const words = ["doctor", "--ip", address, "--port", String(port), "--json"];
  const { code, out, err } = await runCommand(words, { environment: { ALLOWED_TARGETS: address, ...environment } });
  expect(err).not.toContain("    at ");
  return { code, json: JSON.parse(out) };
}

const codes = ({ json }: Said, severity: string) =>
  json.findings.filter((one) => one.severity === severity).map(({ code }) => code);

/** Families whose emulator has a console of its own, and those whose root redirects or hides without gzip. */
const SEEN: Readonly<Record<FamilyName, { readonly sure: string; readonly quirks: readonly string[] }>> = {
  idrac8: { sure: "names-itself", quirks: ["absolute-location", "gzip-as-file"] },
  idrac9: { sure: "names-itself", quirks: ["gzip-or-404"] },
  "idrac9-5900": { sure: "names-itself", quirks: ["gzip-or-404"] },
  ilo: { sure: "names-itself", quirks: [] },
  megarac: { sure: "own-page", quirks: [] },
  "megarac-sp": { sure: "own-page", quirks: [] },
  supermicro: { sure: "own-page", quirks: [] },
  openbmc: { sure: "exclusion", quirks: [] },
  xcc: { sure: "names-itself", quirks: [] },
};

describe.concurrent("each family is named, and nothing of it breaks", () => {
  test.for(Object.keys(FAMILIES) as FamilyName[])("%s", async (family, { expect }) => {
    await using controller = await startStrict(family);
    const said = await examine(controller, { TARGET_PORT: String(controller.port) });
    const { json } = said;
    expect([said.code, codes(said, "breaks"), codes(said, "warning")]).toEqual([0, [], []]);
    expect(json.platform).toMatchObject({ name: FAMILIES[family].platform, sure: SEEN[family].sure });
    expect(json.http).toMatchObject({ hostCheck: "on", quirks: SEEN[family].quirks });
    expect(json.tls).toMatchObject({ accepted: "as-is", certificate: { pin: controller.pin, selfSigned: false } });
    for (const port of Object.values(FAMILIES[family].ports)) {
      expect(json.ports.find((one) => one.port === port)?.state).toBe("open");
    }
    // Beside the questions: a foreign Host, a page without gzip, and handshakes in versions of TLS that it has not.
    const refused = [...controller.rejections.keys()].filter((reason) => !ONLY_ASKED.has(reason));
    expect(["host", "gzip", "tls"]).toEqual(expect.arrayContaining(refused));
    expect(controller.leaked()).toBe(0);
  });
});

describe.concurrent("TLS", () => {
  test("of old breaks until LEGACY_TLS lists it", async ({ expect }) => {
    const certificate = await makeCertificate({ names: ["192.0.2.1"], key: "rsa-1024" });
    await using controller = await startStrict("supermicro", { tls: TLS_1_0_ONLY, certificate });
    const without = await examine(controller);
    expect(without.json.tls).toMatchObject({ versions: ["TLSv1"], accepted: "legacy" });
    expect(without.json.platform.name).toBe("supermicro");
    expect([without.code, codes(without, "breaks")]).toEqual([1, ["tls-old"]]);
    expect(without.json.findings[0]?.setting).toBe(`LEGACY_TLS with ${controller.address} or its network`);
    const listed = await examine(controller, { LEGACY_TLS: "127.0.0.0/8" });
    expect([listed.code, codes(listed, "breaks")]).toEqual([0, []]);
    expect(codes(listed, "note")).toContain("tls-old");
  });

  test("a key of 1024 bits and SHA-1", async ({ expect }) => {
    const certificate = await makeCertificate({ names: ["192.0.2.1"], key: "rsa-1024" });
    await using controller = await startStrict("idrac8", { tls: RSA_1024, certificate });
    const said = await examine(controller);
    expect(said.json.tls.certificate).toMatchObject({ key: { type: "rsa", bits: 1024 }, pin: certificate.pin });
    expect(codes(said, "warning")).toContain("weak-key");
    expect(codes(said, "note")).toContain("weak-signature");
  });

  test("a certificate that ran out", async ({ expect }) => {
    await using controller = await startStrict("xcc", { certificate: await expiredCertificate("192.0.2.1") });
    const said = await examine(controller);
    expect([said.code, codes(said, "warning")]).toEqual([0, expect.arrayContaining(["certificate-dates"])]);
  });

  test("a certificate of CONTROLLER_CA, and one of another", async ({ expect }) => {
    await using folder = await temporaryFolder();
    await using controller = await startStrict("ilo", { address: "127.0.0.1", certificate: await makeCertificate() });
    const own = await folder.write("own.pem", controller.ca);
    const other = await folder.write("other.pem", (await makeAuthority()).cert);
    expect(await examine(controller, { CONTROLLER_CA: own })).toMatchObject({ code: 0, json: { tls: { ofCa: true } } });
    const said = await examine(controller, { CONTROLLER_CA: other });
    expect([said.code, codes(said, "breaks")]).toEqual([1, ["not-of-ca"]]);
    expect(said.json.findings[0]?.setting).toContain(controller.pin);
  });
});

describe.concurrent("a console on a port of its own", () => {
  /** An iDRAC8 whose console's port is another program's, with a certificate of its own. */
  async function look(options: ControllerOptions, environment: Record<string, string> = {}) {
    await using pages = await startStrict("idrac8", { ports: { console: 0 } });
    await using console = await startStrict("openbmc", { ...options, address: pages.address, port: 5900 });
    const said = await examine(pages, environment);
    return { said, pins: [pages.pin, console.pin], of: said.json.findings.filter(({ port }) => port === 5900) };
  }

  test("with a key of its own: a pin must name both", async ({ expect }) => {
    const { said, pins } = await look({ certificate: await makeCertificate() });
    expect(said.code).toBe(0);
    const setting = said.json.findings.find(({ code }) => code === "pin")?.setting;
    expect(setting).toBe(`claim spki: ["${pins[0]}", "${pins[1]}"]`);
  });

  test("with TLS of old breaks until LEGACY_TLS lists it", async ({ expect }) => {
    const certificate = await makeCertificate({ names: ["192.0.2.1"], key: "rsa-1024" });
    const without = await look({ tls: TLS_1_0_ONLY, certificate });
    expect(without.said.code).toBe(1);
    expect(without.of).toContainEqual(expect.objectContaining({ code: "tls-old", severity: "breaks" }));
    const listed = await look({ tls: TLS_1_0_ONLY, certificate }, { LEGACY_TLS: "127.0.0.0/8" });
    expect(listed.said.code).toBe(0);
  });
});

describe.concurrent("what is set is held against what is seen", () => {
  test("an address that the gateway refuses is a warning: the tool looks all the same", async ({ expect }) => {
    await using controller = await startStrict("openbmc");
    const said = await examine(controller, { ALLOWED_TARGETS: "10.0.0.0/8" });
    expect([said.code, codes(said, "warning")]).toEqual([0, ["address-refused", "port-refused"]]);
  });

  test("PLATFORMS that names another family", async ({ expect }) => {
    await using controller = await startStrict("ilo");
    const said = await examine(controller, { PLATFORMS: "127.0.0.0/8=idrac9" });
    expect([said.code, codes(said, "breaks")]).toEqual([1, ["platform-differs"]]);
    const right = await examine(controller, { PLATFORMS: `127.0.0.0/8=idrac9,${controller.address}=ilo` });
    expect([right.code, codes(right, "breaks")]).toEqual([0, []]);
  });

  test("a configuration with faults is told first", async ({ expect }) => {
    const environment = { ALLOWED_TARGETS: "10.0.0.1/8" };
    const { code, out, err } = await runCommand(["doctor", "--ip", "127.0.0.1"], { environment });
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain("ALLOWED_TARGETS");
  });
});

test("lines that end oddly break where the family is not read leniently", async () => {
  await using controller = await startStrict("idrac8", { answers: "lf-only" });
  const said = await examine(controller);
  expect([said.code, codes(said, "breaks")]).toEqual([1, ["lf-only"]]);
});

test("a person reads the same, and what to set", async () => {
  await using controller = await startStrict("idrac8");
  const { code, out, err } = await runCommand([
    "doctor",
    "--ip",
    controller.address,
    "--port",
    String(controller.port),
  ]);
  expect([code, err]).toEqual([0, ""]);
  expect(out).toContain(`${controller.address}:${controller.port} answers.`);
  expect(out).toContain("Dell iDRAC8 (idrac8), sure: it names itself");
  expect(out).toContain(`→ claim spki: ["${controller.pin}"]`);
  expect(out).toContain("5900 (console of iDRAC7, 8 and older 9)");
  expect(out).toContain("slots        not shown without a log-in");
});

describe.concurrent("a controller that lies", () => {
  /** Every request is answered with these bytes, and the connection closed. */
  const liar = (answer: (path: string) => string, certificate?: Certificate) =>
    startController(
      {
        name: "liar",
        behave: () => ({
          routes: [],
          sockets: [],
          admit({ path, response }) {
            response.socket?.end(answer(path), "latin1");
            return false;
          },
        }),
      },
      certificate ? { certificate } : {},
    );

  test("about its name: nothing that it says moves the terminal", async ({ expect }) => {
    const certificate = await makeCertificate({ subject: "CN=\u001b[2J\u009b2Jbmc", names: ["127.0.0.1"] });
    const answer = "HTTP/1.1 302 \x1b[2J\r\nLocation: https://127.0.0.1/\x1b[2J\r\nServer: \x1b[2J\r\n\r\n";
    await using controller = await liar(() => answer, certificate);
    const { port } = controller;
    const { out, err } = await runCommand(["doctor", "--ip", "127.0.0.1", "--port", String(port)]);
    expect(out).toContain("bmc");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(out + err).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
  });

  test("about where its pages are: it is followed a few steps and no further", async ({ expect }) => {
    await using controller = await liar((path) => `HTTP/1.1 302 Found\r\nLocation: ${path}a\r\n\r\n`);
    expect((await examine(controller)).json.platform.name).toBe("generic");
    const paths = controller.journal.entries.map(({ target }) => target).filter((path) => /^\/a+$/.test(path));
    expect(new Set(paths)).toEqual(new Set(["/a", "/aa"]));
  });

  test("without end is no answer", async ({ expect }) => {
    await using controller = await liar(() => `HTTP/1.1 200 OK\r\nX: ${"x".repeat(1024 * 1024)}`);
    const said = await examine(controller);
    expect([said.code, codes(said, "breaks")]).toEqual([1, ["no-http"]]);
  });
});

describe.concurrent("where there is no controller it says so, and what to do", () => {
  const look = (port: number) => runCommand(["doctor", "--ip", "127.0.0.1", "--port", String(port)]);

  test("nobody listens", async ({ expect }) => {
    const server = await startRawServer();
    await server[Symbol.asyncDispose]();
    const { code, err } = await look(server.port);
    expect([code, err]).toEqual([1, expect.stringContaining(`127.0.0.1:${server.port} refuses connections`)]);
    expect(err).toContain("--port");
  });

  test("HTTP without TLS", async ({ expect }) => {
    await using server = await startRawServer();
    const { code, err } = await look(server.port);
    expect([code, err]).toEqual([1, expect.stringContaining("speaks HTTP without TLS there")]);
    expect(err).toContain("`scheme`");
  });

  test("neither TLS nor HTTP, also as JSON", async ({ expect }) => {
    await using server = await startRawServer((_, socket) => {
      socket.end("SSH-2.0-dropbear\r\n");
      return undefined;
    });
    const words = ["doctor", "--ip", "127.0.0.1", "--port", String(server.port), "--json"];
    const { code, out, err } = await runCommand(words);
    expect([code, err]).toEqual([1, expect.stringContaining("speaks neither TLS nor HTTP")]);
    expect(JSON.parse(out)).toMatchObject({ error: { code: "not-tls" } });
  });
});

test.concurrent.for([
  [[], "required option '--ip <address>'"],
  [["--ip", "bmc.example.com"], "--ip takes an address in canonical form"],
  [["--ip", "010.0.0.1"], "--ip takes an address in canonical form"],
  [["--ip", "10.0.0.1", "--port", "70000"], "--port takes a number from 1 to 65535"],
  [["--ip", "10.0.0.1", "--prot", "443"], "unknown option '--prot'"],
] as const)("asked wrongly: %j", async ([words, message], { expect }) => {
  const { code, out, err } = await runCommand(["doctor", ...words]);
  expect([code, out]).toEqual([2, ""]);
  expect(err).toContain(message);
});

test("help is no fault, and says what the exit codes mean", async () => {
  const { code, out } = await runCommand(["doctor", "--help"]);
  expect([code, out]).toEqual([0, expect.stringContaining("Exit code: 0 nothing breaks")]);
});
