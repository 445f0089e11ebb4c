import {
  type Assertion,
  allow,
  checkOrigin,
  deny,
  narrows,
  type Result,
  type Target,
  type TokenVerifier,
  type VerifiedToken,
} from "@sallyport/shared";
import type { EdgeVerifier } from "../identity/edge.ts";
import { tokenPrincipal } from "../identity/session-token.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { takeLive, takeSession } from "../limits/sessions.ts";
import { decideCaller } from "../policy/caller.ts";
import { decideTarget, type TargetRules } from "../policy/targets.ts";
import type { WebAttempt } from "./attempt.ts";
import type { Blame } from "./blame.ts";
import type { Enter } from "./entry.ts";
import type { LinkDesk } from "./link-desk.ts";
import { createPath, type Findings, record } from "./path.ts";
import type { SessionRegistry, TokenSession } from "./sessions.ts";

/** Those that come of settings which can change are read anew at each use: whoever composes may exchange them. */
export interface AdmissionParts {
  /** Of what comes in cookies: links, or with a desk the tokens that it makes of them. */
  readonly verifier: TokenVerifier;
  /** Where links work once. */
  readonly desk: LinkDesk | undefined;
  /** Absent: no assertion is asked for. */
  readonly edge: EdgeVerifier | undefined;
  readonly targets: TargetRules;
  readonly allowNoOrigin: boolean;
  readonly blame: Blame;
  readonly registry: SessionRegistry;
  /** Told of each session that took a fresh token. */
  readonly onRenewed: (session: TokenSession) => void;
  readonly ledger: Ledger;
  readonly enter: Enter;
  /** Seconds since the epoch, wall clock. */
  readonly now: () => number;
  /** No new work is taken any more. */
  readonly draining: () => boolean;
}

/** What an admitted request may do. */
export interface Admission {
  readonly session: TokenSession;
  readonly target: Target;
  /** Where the controller's pages are: `target` itself, except for a socket on a second port. */
  readonly pages: Target;
  /** The origin under which the caller sees us. */
  readonly publicOrigin: string;
  /** Of the token that this request came with. */
  readonly tokenHash: string;
}

export interface Admitter {
  /** Decides about what was read, or records why it could not be read. */
  admit(attempt: Result<WebAttempt>, requestId: string): Promise<Result<Admission>>;
  /**
   * Joins a fresh token to the session that `admission` is about. Where links work once it is used up, and what comes
   * back takes its place.
   */
  renew(admission: Admission, freshToken: string, requestId: string): Promise<Result<string>>;
  /** Uses up a link that works once: the session's own token. */
  useLink(attempt: Result<WebAttempt>, requestId: string): Promise<Result<string>>;
}

/**
 * The one path as the web entrypoint goes it. Every step returns early with a reason, and every outcome is recorded:
 *
 * 1. the request could be read
 * 2. the edge made it (where an edge key is configured)
 * 3. its client did not fail too often lately
 * 4. the credential is one, and good
 * 5. the caller is where the credential says (public host, client address)
 * 6. no other site's page made the request
 * 7. the target is the credential's, and listed
 * 8. the session is running, or one more may be opened
 * 9. nothing of it was revoked, and no limit over all processes is reached (a new one: see entry.ts)
 */
export function createAdmitter(parts: AdmissionParts): Admitter {
  const { ledger, enter, registry } = parts;
  const path = createPath<WebAttempt, Admission>({
    entrypoint: "web",
    ledger,
    enter,
    turnAway: (session) => registry.end(session, "revoked"),
    decide: blaming(parts, decide),
  });
  const useLink = createPath<WebAttempt, string>({
    entrypoint: "web",
    ledger,
    enter,
    turnAway: () => {},
    decide: blaming(parts, exchangeLink),
  });
  return {
    admit: path,
    useLink,
    async renew(admission, freshToken, requestId) {
      const outcome = await renew(parts, admission, freshToken);
      const { session, target } = admission;
      const findings = { session, target, opened: outcome.ok };
      record(ledger, { outcome, findings, requestId, entrypoint: "web", transport: "unread" });
      return outcome;
    },
  };
}

type Decide<Grant> = (parts: AdmissionParts, attempt: WebAttempt, findings: Findings) => Promise<Result<Grant>>;

/** The same checks; what they find wrong is held against whoever is certainly to blame. */
function blaming<Grant>(parts: AdmissionParts, act: Decide<Grant>) {
  return async (attempt: WebAttempt, findings: Findings): Promise<Result<Grant>> => {
    const outcome = await act(parts, attempt, findings);
    parts.blame.note(outcome, findings, parts.now());
    return outcome;
  };
}

async function decide(parts: AdmissionParts, attempt: WebAttempt, findings: Findings): Promise<Result<Admission>> {
  const placed = await decidePlace(parts, () => parts.verifier, { attempt, findings });
  if (!placed.ok) return placed;
  const { token, target, publicOrigin } = placed.value;
  const session = joinOrOpen(parts, attempt, token, findings);
  if (!session.ok) return session;
  findings.session = session.value;
  return allow({ session: session.value, ...target, publicOrigin, tokenHash: token.hash });
}

/** The same checks of a link, which then is used up instead of opening a session by itself. */
async function exchangeLink(parts: AdmissionParts, attempt: WebAttempt, findings: Findings): Promise<Result<string>> {
  const { desk } = parts;
  if (!desk) return deny("request-form", "links work more than once here");
  const placed = await decidePlace(parts, () => parts.desk?.verifier ?? desk.verifier, { attempt, findings });
  if (!placed.ok) return placed;
  const minted = await desk.use(placed.value.token);
  return minted.ok ? allow(minted.value.token) : minted;
}

interface Placed {
  readonly token: VerifiedToken;
  readonly target: Pick<Admission, "target" | "pages">;
  readonly publicOrigin: string;
}

/** Steps 2 to 6: who asks, from where, for what. */
async function decidePlace(
  parts: AdmissionParts,
  verifier: () => TokenVerifier,
  { attempt, findings }: { readonly attempt: WebAttempt; readonly findings: Findings },
): Promise<Result<Placed>> {
  const now = parts.now();

  const edge = await verifyEdge(parts, attempt, now);
  findings.offender = parts.blame.offender(attempt, edge);
  if (!edge.ok) return edge;
  const caller = callerOf(attempt, edge.value);
  findings.clientAddress = caller.clientAddress;

  const borne = await parts.blame.check(attempt, findings.offender, now);
  if (!borne.ok) return borne;

  const token = await verifyCredential(verifier, attempt, now);
  if (!token.ok) return token;
  findings.principal = tokenPrincipal(token.value);
  findings.credential = token.value.hash;

  const { claims } = token.value;
  const placed = decideCaller(claims, caller);
  if (!placed.ok) return placed;

  const origin = checkOrigin({ ...attempt.provenance, publicOrigin: caller.publicOrigin }, parts.allowNoOrigin);
  if (!origin.ok) return origin;

  const target = decideTarget(claims, attempt.wanted, parts.targets);
  if (!target.ok) return target;
  findings.target = target.value.target;

  const { publicOrigin } = caller;
  return allow({ token: token.value, target: target.value, publicOrigin });
}

async function verifyEdge(
  parts: AdmissionParts,
  attempt: WebAttempt,
  now: number,
): Promise<Result<Assertion | undefined>> {
  if (!parts.edge) return allow(undefined);
  const { wanted, sessionId, tokens, edge } = attempt;
  const statement = { ...edge, ...wanted, port: wanted.port, sessionId, token: tokens[0] };
  return parts.edge.verify(statement, now);
}

interface CallerView {
  readonly publicHost: string | undefined;
  readonly publicOrigin: string;
  readonly clientAddress: string | undefined;
}

/** The edge's signed word over the request's own. */
function callerOf(attempt: WebAttempt, assertion: Assertion | undefined): CallerView {
  if (!assertion) return attempt;
  const publicHost = assertion.pub.slice(assertion.pub.indexOf("://") + 3);
  return { publicHost, publicOrigin: assertion.pub, clientAddress: assertion.cip };
}

async function verifyCredential(
  current: () => TokenVerifier,
  attempt: WebAttempt,
  now: number,
): Promise<Result<VerifiedToken>> {
  const [token, ...more] = attempt.tokens;
  if (token === undefined) return deny("token-missing");
  if (more.length > 0) return deny("token-duplicate");
  return verifyToken(current, token, now);
}

/** Keys that change while a signature is computed have the last word: what they took back opens nothing any more. */
async function verifyToken(current: () => TokenVerifier, token: string, now: number): Promise<Result<VerifiedToken>> {
  const verifier = current();
  const verified = await verifier.verify(token, now);
  return current() === verifier ? verified : verifyToken(current, token, now);
}

function joinOrOpen(
  parts: AdmissionParts,
  attempt: WebAttempt,
  token: VerifiedToken,
  findings: Findings,
): Result<TokenSession> {
  const { registry } = parts;
  const { claims, hash } = token;
  const id = attempt.sessionId ?? hash;
  if (attempt.transport === "websocket" && parts.draining()) return deny("draining");
  const running = registry.find(id, hash);
  if (running) {
    const live = takeLive(running.liveCount);
    return live.ok ? allow(running) : live;
  }
  const taken = takeSession(claims, { full: registry.full, withToken: registry.countByToken(hash) });
  if (!taken.ok) return taken;
  findings.opened = true;
  const { clientAddress } = findings;
  return allow(
    registry.open({
      id,
      principal: tokenPrincipal(token),
      token,
      clientAddress,
      startedAt: parts.now(),
    }),
  );
}

async function renew(parts: AdmissionParts, { session }: Admission, freshToken: string): Promise<Result<string>> {
  const { desk, registry } = parts;
  const fresh = await verifyToken(() => parts.desk?.verifier ?? parts.verifier, freshToken, parts.now());
  if (!fresh.ok) return fresh;
  // A link that would not do is not used up.
  if (!narrows(session.claims, fresh.value.claims)) return deny("renewal-refused");
  const minted = desk ? await desk.use(fresh.value) : allow({ ...fresh.value, token: freshToken });
  if (!minted.ok) return minted;
  if (!registry.renew(session, minted.value)) return deny("renewal-refused");
  parts.onRenewed(session);
  return allow(minted.value.token);
}
