import { type Failure, must, Steps } from "./steps.ts";
import type { Answer, Via } from "./via.ts";
import { Visitor } from "./visitor.ts";

/** A person's whole stay at an older MegaRAC, whose answers are cut short. @returns what failed */
export async function megaracSpScenario(via: Via): Promise<readonly Failure[]> {
  const visitor = new Visitor(via);
  const steps = new Steps();
  await steps.run("log-in page", () => visitor.visit("/page/login.html").then(() => undefined));
  const csrf = await steps.run("log-in", () => logIn(visitor));
  if (csrf === undefined) return steps.failures;
  const headers = { CSRFTOKEN: csrf };
  await steps.run("main page", async () => {
    const page = await visitor.visit("/page/main.html");
    must(page.body.includes("MegaRAC SP"), "the page is blank");
  });
  await steps.run("interface", () => usePower(visitor, headers));
  await steps.run("log-out", async () => {
    await visitor.expect(200, "GET", "/rpc/WEBSES/logout.asp", { headers });
  });
  return steps.failures;
}

async function logIn(visitor: Visitor): Promise<string> {
  const body = "WEBVAR_USERNAME=admin&WEBVAR_PASSWORD=K7F3-ami";
  const answer = await visitor.expect(200, "POST", "/rpc/WEBSES/create.asp", { body });
  const { SESSION_COOKIE = "", CSRFTOKEN } = valuesIn(answer);
  must(CSRFTOKEN !== undefined, "no session");
  // The page's script sets all of them.
  const cookies = { SessionCookie: SESSION_COOKIE, Username: "admin", PNO: "4", Extendedpriv: "259" };
  for (const [name, value] of Object.entries(cookies)) visitor.cookies.set(name, value);
  return CSRFTOKEN;
}

async function usePower(visitor: Visitor, headers: Readonly<Record<string, string>>): Promise<void> {
  for (const state of ["0", "1"]) {
    const body = `WEBVAR_POWER_CMD=${state}`;
    await visitor.expect(200, "POST", "/rpc/hostctl.asp", { headers, body });
    const answer = await visitor.expect(200, "GET", "/rpc/hoststatus.asp", { headers });
    must(valuesIn(answer).JF_STATE === state, `the power is not ${state}`);
  }
}

function valuesIn({ body }: Answer): Readonly<Record<string, string>> {
  const pairs = [...body.toString().matchAll(/'(\w+)' : '([^']*)'/g)];
  return Object.fromEntries(pairs.map(([, key = "", value = ""]) => [key, value]));
}
