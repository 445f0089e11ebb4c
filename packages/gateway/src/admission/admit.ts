import {
  type Assertion,
  type Awaitable,
  allow,
  andThen,
  checkOrigin,
  deny,
  ifAllowed,
  narrows,
  type ResolvedTarget,
  type Result,
  type Target,
  type TokenVerifier,
  type VerifiedToken,
} from "@sallyport/shared";
import type { EdgeVerifier } from "../identity/edge.ts";
import { tokenPrincipal } from "../identity/session-token.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { decideCaller } from "../policy/caller.ts";
import type { TargetPolicy } from "../policy/targets.ts";
import type { WebAttempt } from "./attempt.ts";
import type { Blame } from "./blame.ts";
import { type Enter, judge } from "./entry.ts";
import { type JoinParts, joinOrOpen } from "./join.ts";
import type { LinkDesk } from "./link-desk.ts";
import { createPath, type Findings, record } from "./path.ts";
import type { Revocations } from "./revocations.ts";
import type { TokenSession } from "./token-session.ts";

/** What comes of settings that can change. */
export interface AdmissionRules {
  /** Of what comes in cookies: links, or with a desk the tokens that it makes of them. */
  readonly cookies: TokenVerifier;
  /** Where links work once. */
  readonly desk: LinkDesk | undefined;
  readonly targets: TargetPolicy;
  readonly web: { readonly allowNoOrigin: boolean };
}

export interface AdmissionParts extends JoinParts {
  /** Those that hold now: read anew at each use. */
  readonly rules: { readonly current: AdmissionRules };
  /** Absent: no assertion is asked for. */
  readonly edge: EdgeVerifier | undefined;
  readonly blame: Blame;
  /** What a fresh token is held to as well: of a session, `enter` asks. */
  readonly revocations: Revocations;
  /** Told of each session that took a fresh token. */
  readonly onRenewed: (session: TokenSession) => void;
  readonly ledger: Ledger;
  readonly enter: Enter;
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
  /** Decides about what was read, or records why it could not be read. At once on a session that is known. */
  admit(attempt: Result<WebAttempt>, requestId: string): Awaitable<Result<Admission>>;
  /**
   * Joins a fresh token to the session that `admission` is about. Where links work once it is used up, and what comes
   * back takes its place.
   */
  renew(admission: Admission, freshToken: string, requestId: string): Promise<Result<string>>;
  /** Uses up a link that works once: the session's own token. */
  useLink(attempt: Result<WebAttempt>, requestId: string): Awaitable<Result<string>>;
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
 * 8. the session is running, or one more may be opened: there is room, and its client did not open too many lately
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

type Decide<Grant> = (parts: AdmissionParts, tried: Tried) => Awaitable<Result<Grant>>;

interface Tried {
  readonly attempt: WebAttempt;
  readonly findings: Findings;
}

/** The same checks; what they find wrong is held against whoever is certainly to blame. */
function blaming<Grant>(parts: AdmissionParts, act: Decide<Grant>) {
  return (attempt: WebAttempt, findings: Findings): Awaitable<Result<Grant>> =>
    andThen(act(parts, { attempt, findings }), (outcome) => {
      if (!outcome.ok) parts.blame.note(outcome, findings, parts.now());
      return outcome;
    });
}

function decide(parts: AdmissionParts, tried: Tried): Awaitable<Result<Admission>> {
  return ifAllowed(
    decidePlace(parts, () => parts.rules.current.cookies, tried),
    ({ token, target, publicOrigin }) => {
      const { attempt, findings } = tried;
      const session = joinOrOpen(parts, { attempt, findings, token });
      if (!session.ok) return session;
      findings.session = session.value;
      const { target: to, pages } = target;
      return allow({ session: session.value, target: to, pages, publicOrigin, tokenHash: token.hash });
    },
  );
}

/** The same checks of a link, which then is used up instead of opening a session by itself. */
function exchangeLink(parts: AdmissionParts, tried: Tried): Awaitable<Result<string>> {
  const { rules } = parts;
  const { desk } = rules.current;
  if (!desk) return deny("request-form", "links work more than once here");
  const placed = decidePlace(parts, () => rules.current.desk?.verifier ?? desk.verifier, tried);
  return ifAllowed(placed, async ({ token }) => {
    const entry = parts.entries.take("link", tried.findings.offender, parts.now());
    if (!entry.ok) return entry;
    const minted = await desk.use(token);
    return minted.ok ? allow(minted.value.token) : minted;
  });
}

interface Placed {
  readonly token: VerifiedToken;
  readonly target: ResolvedTarget;
  readonly publicOrigin: string;
}

/** Steps 2 to 7: who asks, from where, for what. Each goes on at once where it has nothing to wait for. */
function decidePlace(parts: AdmissionParts, verifier: () => TokenVerifier, tried: Tried): Awaitable<Result<Placed>> {
  const now = parts.now();
  return ifAllowed(decideSource(parts, tried, now), (caller) =>
    ifAllowed(verifyCredential(verifier, tried.attempt, now), (token) => decideUse(parts, tried, { token, caller })),
  );
}

/** Steps 2 and 3. */
function decideSource(parts: AdmissionParts, { attempt, findings }: Tried, now: number) {
  // Before anything is waited for: whoever forges a statement may hang up while it is checked.
  const peer = parts.edge && attempt.peer();
  return andThen(verifyEdge(parts, attempt, now), (edge): Awaitable<Result<CallerView>> => {
    findings.offender = parts.blame.offender(attempt, edge, peer);
    if (!edge.ok) return edge;
    const caller = callerOf(attempt, edge.value);
    findings.clientAddress = caller.clientAddress;
    return ifAllowed(parts.blame.check(attempt, findings.offender, now), () => allow(caller));
  });
}

interface Use {
  readonly token: VerifiedToken;
  readonly caller: CallerView;
}

/** Steps 5 to 7. */
function decideUse(parts: AdmissionParts, { attempt, findings }: Tried, { token, caller }: Use): Result<Placed> {
  const { claims, hash } = token;
  findings.principal = tokenPrincipal(token);
  findings.credential = hash;

  const placed = decideCaller(claims, caller);
  if (!placed.ok) return placed;

  const { publicOrigin } = caller;
  const origin = checkOrigin({ ...attempt.provenance, publicOrigin }, parts.rules.current.web.allowNoOrigin);
  if (!origin.ok) return origin;

  const target = parts.rules.current.targets.decide(claims, attempt.wanted);
  if (!target.ok) return target;
  findings.target = target.value.target;

  return allow({ token, target: target.value, publicOrigin });
}

function verifyEdge(parts: AdmissionParts, attempt: WebAttempt, now: number): Awaitable<Result<Assertion | undefined>> {
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

function verifyCredential(
  current: () => TokenVerifier,
  { tokens }: WebAttempt,
  now: number,
): Awaitable<Result<VerifiedToken>> {
  const [token] = tokens;
  if (token === undefined) return deny("token-missing");
  if (tokens.length > 1) return deny("token-duplicate");
  return verifyToken(current, token, now);
}

/** Keys that change while a signature is computed have the last word: what they took back opens nothing any more. */
function verifyToken(current: () => TokenVerifier, token: string, now: number): Awaitable<Result<VerifiedToken>> {
  const verifier = current();
  return andThen(verifier.verify(token, now), (verified) =>
    current() === verifier ? verified : verifyToken(current, token, now),
  );
}

async function renew(parts: AdmissionParts, { session }: Admission, freshToken: string): Promise<Result<string>> {
  const { rules, registry, revocations } = parts;
  const { desk } = rules.current;
  const current = () => rules.current.desk?.verifier ?? rules.current.cookies;
  const fresh = await verifyToken(current, freshToken, parts.now());
  if (!fresh.ok) return fresh;
  // A link that would not do is not used up.
  if (!narrows(session.claims, fresh.value.claims)) return deny("renewal-refused");
  const standing = judge(revocations, session.marksOf(fresh.value));
  if (!standing.ok) return standing;
  const minted = desk ? await desk.use(fresh.value) : allow({ ...fresh.value, token: freshToken });
  if (!minted.ok) return minted;
  // What was revoked meanwhile was looked for among the tokens that the session had.
  const still = judge(revocations, session.marksOf(minted.value));
  if (!still.ok) return still;
  if (!registry.renew(session, minted.value)) return deny("renewal-refused");
  parts.onRenewed(session);
  return allow(minted.value.token);
}
