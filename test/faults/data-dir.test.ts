import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { makeCertificate } from "../support/certificates.ts";
import { type Command, startCommand } from "../support/process.ts";
import { TEST_SECRET } from "../support/tokens.ts";

/** Root may write everywhere; the workers that it starts run as nobody. */
const isRoot = process.getuid?.() === 0;
const IN_MEMORY = "revocations and audit are kept in memory only, and end with the process";

/** A folder that everybody may look into, and in it what `prepare` makes of DATA_DIR. */
async function startOn(
  onFailure: "allow" | "deny",
  prepare: (dataDir: string) => Promise<void>,
  certify: (folder: string) => Promise<Record<string, string>> = async () => ({}),
) {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-data-dir-"));
  await chmod(folder, 0o755);
  const dataDir = join(folder, "data");
  await prepare(dataDir);
  const gateway = startCommand(["serve"], {
    environment: {
      ...{ JWT_KEY: TEST_SECRET, LISTEN: "127.0.0.1:0", ADMIN_LISTEN: "127.0.0.1:0" },
      ...{ DATA_DIR: dataDir, ON_STORE_FAILURE: onFailure, ...(await certify(folder)) },
    },
  });
  return {
    gateway,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

async function refusalOf(gateway: Command): Promise<string> {
  const { code, err } = await gateway.ended;
  expect(code).toBe(1);
  // A sentence for people, without where in our code it happened.
  expect(err).not.toContain("    at ");
  return err;
}

async function storeOf(dataDir: string, prepare: (file: string) => void | Promise<void>): Promise<void> {
  await mkdir(join(dataDir, "store"), { recursive: true });
  await prepare(join(dataDir, "store", "sallyport.db"));
}

const places: readonly (readonly [string, (dataDir: string) => Promise<void>, RegExp])[] = [
  [
    "another user's folder",
    (dataDir) => mkdir(dataDir, { mode: 0o700 }).then(() => undefined),
    /EACCES.*give DATA_DIR with all that is in it to the user that the gateway runs as \(here 65534; SALLYPORT_USER/,
  ],
  ["no folder", (dataDir) => writeFile(dataDir, ""), /ENOTDIR.*or set another DATA_DIR/],
];

describe.runIf(isRoot).each(places)("DATA_DIR is %s", (_, prepare, advice) => {
  test("with deny the gateway does not start, and says what to do", async () => {
    await using one = await startOn("deny", prepare);
    expect(await refusalOf(one.gateway)).toMatch(advice);
  });

  test("with allow it serves, keeps everything in memory, and says so as an error", async () => {
    await using one = await startOn("allow", prepare);
    const line = await one.gateway.logged(IN_MEMORY);
    expect(line.level).toBe("error");
    expect(JSON.stringify(line.error)).toMatch(advice);
    await one.gateway.logged("serving");
  });
});

test.runIf(isRoot)("a DATA_DIR that is not there yet is made so that the workers reach it", async () => {
  // With a certificate given, nothing but the store makes the folder.
  await using one = await startOn("deny", async () => {}, certificateIn);
  await one.gateway.logged("serving");
});

/** A certificate in files, and the settings that name it. */
async function certificateIn(folder: string) {
  const { cert, key } = await makeCertificate();
  const [CERT_PATH, KEY_PATH] = [join(folder, "origin.crt"), join(folder, "origin.key")];
  await writeFile(CERT_PATH, cert);
  await writeFile(KEY_PATH, key);
  return { CERT_PATH, KEY_PATH };
}

const stores: readonly (readonly [string, (file: string) => void | Promise<void>, RegExp])[] = [
  [
    "another user's",
    (file) => writeFile(file, "", { mode: 0o600 }),
    /sallyport\.db cannot be opened.*though it is there: give DATA_DIR with all that is in it to the user/,
  ],
  [
    "of a newer version",
    (file) => {
      const database = new DatabaseSync(file);
      database.exec("PRAGMA user_version = 99");
      database.close();
      return chmod(file, 0o666);
    },
    /newer version \(schema 99, this one knows \d+\): run that version, or set another DATA_DIR/,
  ],
  [
    "no database",
    async (file) => {
      await writeFile(file, "x".repeat(8_192));
      await chmod(file, 0o666);
    },
    /is no SQLite database: move the file away and restore a backup/,
  ],
];

describe.runIf(isRoot).each(stores)("the store in DATA_DIR is %s", (_, prepare, advice) => {
  test.each(["deny", "allow"] as const)(
    "with %s the gateway does not start over, and says what to do",
    async (policy) => {
      await using one = await startOn(policy, (dataDir) => storeOf(dataDir, prepare));
      expect(await refusalOf(one.gateway)).toMatch(advice);
    },
  );
});
