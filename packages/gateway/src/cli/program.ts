import process from "node:process";
import { Argument, Command, Option } from "commander";
import type { World } from "./environment.ts";
import { generateKey, key } from "./key.ts";
import { addTcpVerbs } from "./tcp-verbs.ts";

const EXAMPLES = `
Examples:
  sallyport key                                       a key for JWT_KEY
  sallyport key generate --alg EdDSA --private-key issuer.pem > jwks.json
  JWT_KEY=… sallyport check                           every fault of the configuration at once
  JWT_KEY=… sallyport serve                           the gateway, configured by the environment
  sallyport serve --config sallyport.yaml             the same, by a file
  JWT_KEY=… sallyport token --ip 10.20.3.7 --upstream gw1.example.com --sub customer-42
  ADMIN_TOKEN=… sallyport sessions                    who is inside
  ADMIN_TOKEN=… sallyport revoke jti 4711             a link is void, and its sessions end
  JWT_KEY=… sallyport token inspect <token>           what a token says, and whether it is taken
  sallyport doctor --ip 10.20.3.7                     what answers there, and what it needs
`;

const TOKEN_EXAMPLES = `
Examples:
  sallyport token --ip 10.20.3.7 --upstream gw1.example.com --expires 30m
  sallyport token --ip fd00::7 --upstream gw1.example.com gw2.example.com --host k7f3-pm.example.com --sub customer-42
  sallyport token --ip 10.20.3.7 --upstream gw1.example.com --private-key ed25519.pem --kid 2026-11
The key is JWT_KEY or JWT_KEY_FILE of the environment, or that of --config.
`;

const DOCTOR_HELP = `
Run it where the gateway runs, with the gateway's environment, so that its settings are held against what is seen.
It asks only what anybody may ask, logs in nowhere and changes nothing.
Exit code: 0 nothing breaks, 1 a finding that breaks sessions or no controller there, 2 asked wrongly.
`;

/** The option that names the file; SALLYPORT_CONFIG stands in for it, so that `health` finds what `serve` was given. */
function configOption({ environment }: World): Option {
  const option = new Option("--config <file>", "sallyport.yaml, beside the environment (or SALLYPORT_CONFIG)");
  return environment.SALLYPORT_CONFIG ? option.default(environment.SALLYPORT_CONFIG) : option;
}

/** Every verb and option of the command line. A verb's code is loaded when it is called: `health` runs often. */
export function createProgram(world: World): Command {
  const program = new Command("sallyport")
    .description("A controlled way to private infrastructure: the gateway behind the edge.")
    .configureOutput({ writeOut: world.out, writeErr: world.err })
    .showHelpAfterError("(sallyport help says what there is)")
    .addHelpText("after", EXAMPLES);
  program
    .command("serve")
    .description(
      "run the gateway until SIGTERM or SIGINT; SIGHUP reads certificate and settings anew, SIGUSR2 replaces workers, SIGQUIT takes no more and leaves when what is open is over",
    )
    .addOption(configOption(world))
    .action(async (options) => (await import("./serve.ts")).serve(world, options));
  program
    .command("check")
    .description("say whether the configuration is good: every fault at once, exit code 1 with any")
    .addOption(configOption(world))
    .action(async (options) => (await import("./check.ts")).check(world, options));
  addToken(program, world);
  addKey(program, world);
  addTcpVerbs(program, world);
  program
    .command("health")
    .description("ask the gateway on this machine whether it is ready: exit code 0 or 1")
    .addOption(configOption(world))
    .action(async (options) => (await import("./health.ts")).health(world, options));
  addSessions(program, world);
  addRecords(program, world);
  addDoctor(program, world);
  program
    .command("version")
    .description("print the version")
    .action(() => world.out(`${world.version}\n`));
  return program;
}

const JSON_OPTION = ["--json", "print what the gateway answers, for programs"] as const;

/** Who is inside, and who no longer. They ask the running gateway, with ADMIN_TOKEN. */
function addSessions(program: Command, world: World): void {
  const sessions = program.command("sessions").description("list who is inside, in all processes and gateways");
  sessions
    .option(...JSON_OPTION)
    .addOption(configOption(world))
    .action(async (options) => (await import("./sessions.ts")).listSessions(world, options));
  sessions
    .command("end <name>")
    .description("end a session everywhere; its link may open another")
    .action(async (name, _, self) => (await import("./sessions.ts")).endSession(world, name, self.optsWithGlobals()));
  program
    .command("revoke")
    .addArgument(new Argument("<kind>").choices(["token", "jti", "principal", "target", "session", "all"]))
    .argument("[value]")
    .description("put out a token, jti, principal, target or session, or all: everywhere within a second")
    .option("--tenant <text>", "with principal: of this tenant only")
    .option("--before <time>", "only what was issued before (a date); principal, target and all: default now")
    .option("--until <time>", "forget it then (a date): when nothing that it is about can be valid any more")
    .option("--note <text>", "why")
    .option(...JSON_OPTION)
    .addOption(configOption(world))
    .action(async (kind, value, options) => (await import("./revoke.ts")).revoke(world, { kind, value, ...options }));
}

function addRecords(program: Command, world: World): void {
  const audit = program.command("audit").description("show the newest records of the audit trail");
  audit
    .command("verify")
    .description("check that the trail is as it was written: exit code 1 where not. Reads the store, with AUDIT_KEY")
    .option("--checkpoint <file>", "a log line with a checkpoint (or the log): what was there then must be there")
    .action(async (_, self) => (await import("./audit-verify.ts")).verifyAudit(world, self.optsWithGlobals()));
  audit
    .option("--limit <number>", "how many", "100")
    .option(...JSON_OPTION)
    .addOption(configOption(world))
    .action(async (options) => (await import("./audit.ts")).showAudit(world, options));
  program
    .command("store")
    .description("care for the store")
    .command("backup <file>")
    .description("copy the embedded store to a new file, while the gateway runs")
    .addOption(configOption(world))
    .action(async (file, options) => (await import("./store.ts")).backupStore(world, file, options));
}

function addKey(program: Command, world: World): void {
  const command = program
    .command("key")
    .description("make a secret for JWT_KEY, JWT_SECRET or EDGE_KEY")
    .action(() => key(world));
  command
    .command("generate")
    .description("make a key for any algorithm: a secret, or a pair whose public half is printed as a JWK set")
    .option("--alg <name>", "HS256, HS384, HS512, EdDSA, ES256 or RS256", "HS256")
    .option("--private-key <file>", "where a pair's private half is kept; the file must not exist yet")
    .option("--kid <text>", "the key's name in the set (default: its thumbprint)")
    .option("--add-to <file>", "print the keys of this JWK set as well, for a rotation with overlap")
    .action((options) => generateKey(world, options));
}

function addDoctor(program: Command, world: World): void {
  program
    .command("doctor")
    .description("look at one controller from this machine, and say which setting each finding asks for")
    .requiredOption("--ip <address>", "the controller's address")
    .option("--port <number>", "where its pages are", "443")
    .option("--json", "all of it as JSON")
    .addOption(configOption(world))
    .addHelpText("after", DOCTOR_HELP)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .action(async (options) => (await import("./doctor.ts")).doctor(world, options));
}

function addToken(program: Command, world: World): void {
  const command = program
    .command("token")
    .description("sign a session token and print it, alone")
    .option("--ip <address>", "the controller's address, in canonical form (required)")
    .option("--upstream <name...>", "gateways that reach it; the edge needs one")
    .option("--expires <time>", "from now (90s, 30m, 8h, 7d), or a date", "30m")
    .option("--not-before <time>", "from now, or a date")
    .option("--host <name>", "the public host name on which the link is valid")
    .option("--sub <text>", "whom it is for")
    .option("--tenant <text>", "whose customer that is")
    .option("--port <number>", "the only port that it opens")
    .option("--ports <number...>", "the ports that it opens")
    .option("--scheme <name>", "https or http, towards the controller")
    .option("--platform <name>", "the controller's family")
    .option("--spki <pin...>", "pins of the controller's key (SHA-256, base64url)")
    .option("--cip <network>", "address or network that the customer must come from")
    .option("--max <number>", "sessions at once with this link")
    .option("--jti <text>", "the link's own name")
    .option("--aud <name...>", "who must honour it")
    .option("--renew <url>", "where fresh tokens come from")
    .option("--private-key <file>", "sign with this key (PEM: Ed25519, P-256 or RSA) instead of JWT_KEY")
    .option("--alg <name>", "HS384 or HS512 instead of HS256")
    .option("--kid <text>", "the key's name in the JWK set")
    .addOption(configOption(world))
    .addHelpText("after", TOKEN_EXAMPLES)
    .action(async (options) => (await import("./token.ts")).token(world, options));
  command
    .command("inspect [token]")
    .description(
      "say what a token holds and, with JWT_KEY or JWT_JWKS, whether it would be taken; - reads it from stdin",
    )
    .action(async (argument, _, self) =>
      (await import("./inspect.ts")).inspect(world, argument, self.optsWithGlobals()),
    );
}
