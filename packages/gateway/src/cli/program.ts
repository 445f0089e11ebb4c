import { Command } from "commander";
import { check } from "./check.ts";
import type { World } from "./environment.ts";
import { health } from "./health.ts";
import { inspect } from "./inspect.ts";
import { key } from "./key.ts";
import { serve } from "./serve.ts";
import { token } from "./token.ts";

const EXAMPLES = `
Examples:
  sallyport key                                       a key for JWT_KEY
  JWT_KEY=… sallyport check                           every fault of the configuration at once
  JWT_KEY=… sallyport serve                           the gateway, configured by the environment
  sallyport serve --config sallyport.yaml             the same, by a file
  JWT_KEY=… sallyport token --ip 10.20.3.7 --upstream gw1.example.com --sub customer-42
  JWT_KEY=… sallyport token inspect <token>           what a token says, and whether it is taken
`;

const TOKEN_EXAMPLES = `
Examples:
  sallyport token --ip 10.20.3.7 --upstream gw1.example.com --expires 30m
  sallyport token --ip fd00::7 --upstream gw1.example.com gw2.example.com --host k7f3-pm.example.com --sub customer-42
  sallyport token --ip 10.20.3.7 --upstream gw1.example.com --private-key ed25519.pem --kid 2026-11
The key is JWT_KEY or JWT_KEY_FILE of the environment.
`;

const CONFIG = ["--config <file>", "read settings from this file (sallyport.yaml) beside the environment"] as const;

/** Every verb and option of the command line. */
export function createProgram(world: World): Command {
  const program = new Command("sallyport")
    .description("A controlled way to private infrastructure: the gateway behind the edge.")
    .configureOutput({ writeOut: world.out, writeErr: world.err })
    .showHelpAfterError("(sallyport help says what there is)")
    .addHelpText("after", EXAMPLES);
  program
    .command("serve", { isDefault: true })
    .description("run the gateway until SIGTERM or SIGINT; SIGHUP reads the certificate anew")
    .option(...CONFIG)
    .action((options) => serve(world, options));
  program
    .command("check")
    .description("say whether the configuration is good: every fault at once, exit code 1 with any")
    .option(...CONFIG)
    .action((options) => check(world, options));
  addToken(program, world);
  program
    .command("key")
    .description("make a key for JWT_KEY, JWT_SECRET or EDGE_KEY")
    .action(() => key(world));
  program
    .command("health")
    .description("ask the gateway on this machine whether it is ready: exit code 0 or 1")
    .option(...CONFIG)
    .action((options) => health(world, options));
  program
    .command("version")
    .description("print the version")
    .action(() => world.out(`${world.version}\n`));
  return program;
}

function addToken(program: Command, world: World): void {
  const command = program
    .command("token")
    .description("sign a session token and print it, alone")
    .addHelpText("after", TOKEN_EXAMPLES);
  command
    .command("mint", { isDefault: true, hidden: true })
    .description("sign a session token and print it, alone")
    .requiredOption("--ip <address>", "the controller's address, in canonical form")
    .option("--upstream <name...>", "gateways that reach it; the edge needs one")
    .option("--expires <time>", "from now (90s, 30m, 8h, 7d), or a date", "30m")
    .option("--not-before <time>", "from now, or a date")
    .option("--host <name>", "the public host name on which the link is valid")
    .option("--sub <text>", "whom it is for")
    .option("--tenant <text>", "whose customer that is")
    .option("--port <number>", "the only port that it opens")
    .option("--ports <number...>", "the ports that it opens")
    .option("--scheme <https|http>", "towards the controller")
    .option("--platform <name>", "the controller's family")
    .option("--spki <pin...>", "pins of the controller's key (SHA-256, base64url)")
    .option("--cip <network>", "address or network that the customer must come from")
    .option("--max <number>", "sessions at once with this link")
    .option("--jti <text>", "the link's own name")
    .option("--aud <name...>", "who must honour it")
    .option("--renew <url>", "where fresh tokens come from")
    .option("--private-key <file>", "sign with this key (PKCS #8, PEM) instead of JWT_KEY")
    .option("--alg <name>", "HS256, HS384 or HS512; with --private-key EdDSA, ES256 or RS256")
    .option("--kid <text>", "the key's name in the JWK set")
    .addHelpText("after", TOKEN_EXAMPLES)
    .action((options) => token(world, options));
  command
    .command("inspect [token]")
    .description("say what a token holds and, with JWT_KEY, whether it would be taken; - reads it from standard input")
    .action((argument) => inspect(world, argument));
}
