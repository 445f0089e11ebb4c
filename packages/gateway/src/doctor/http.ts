import { addressInUrl, type Target } from "@sallyport/shared";
import { authorityOf } from "../platforms/authority.ts";
import { ask, type QuestionParts, type RawAnswer } from "./question.ts";
import { gzipQuirk, type Quirk, quirksOf } from "./quirks.ts";

export interface HttpFacts {
  /** Of its first page; undefined where it gave no answer that can be read. */
  readonly status: number | undefined;
  /** Where its first page is, redirections followed. */
  readonly page: string;
  /** Whether a Host that is not its own is refused; `unknown` where its own is, too. */
  readonly hostCheck: "on" | "off" | "unknown";
  readonly quirks: readonly Quirk[];
}

/** A name that no controller has (RFC 2606). */
const FOREIGN_HOST = "sallyport-doctor.invalid";
const MAX_HOPS = 3;

/** At most six questions, one after the other: pages with redirections, a foreign Host, a page without gzip. */
export async function examineHttp(parts: QuestionParts): Promise<HttpFacts> {
  const { target } = parts.upstream;
  const host = authorityOf(target);
  const pages = await followPages(parts, host);
  const [first] = pages;
  const last = pages.at(-1);
  if (!first || !last) return { status: undefined, page: "/", hostCheck: "unknown", quirks: [] };
  const foreign = await ask(parts, { path: "/", host: FOREIGN_HOST, gzip: true });
  const plain = await ask(parts, { path: last.path, host, gzip: false });
  const quirks = new Set(pages.flatMap(({ answer }) => quirksOf(answer)));
  for (const quirk of plain ? gzipQuirk(last.answer, plain) : []) quirks.add(quirk);
  return {
    status: last.answer.status,
    page: last.path,
    hostCheck: hostCheck(first.answer, foreign),
    quirks: [...quirks],
  };
}

interface Page {
  readonly path: string;
  readonly answer: RawAnswer;
}

async function followPages(parts: QuestionParts, host: string): Promise<Page[]> {
  const pages: Page[] = [];
  let path: string | undefined = "/";
  while (path !== undefined && pages.length < MAX_HOPS) {
    const answer = await ask(parts, { path, host, gzip: true });
    if (!answer) break;
    pages.push({ path, answer });
    path = nextPath(parts.upstream.target, path, answer);
  }
  return pages;
}

/** Where a redirection leads on this controller; undefined where there is none, or away. */
function nextPath(target: Target, path: string, answer: RawAnswer): string | undefined {
  const location = answer.header("location");
  if (answer.status < 300 || answer.status > 399 || location === undefined) return undefined;
  const base = `https://${addressInUrl(target.address)}`;
  const next = URL.parse(location, `${base}${path}`);
  if (next === null || next.hostname !== new URL(base).hostname) return undefined;
  return next.pathname + next.search === path ? undefined : next.pathname + next.search;
}

function hostCheck(own: RawAnswer, foreign: RawAnswer | undefined): HttpFacts["hostCheck"] {
  if (own.status >= 400) return "unknown";
  return foreign === undefined || foreign.status >= 400 ? "on" : "off";
}

/** Whether what listens there answers HTTP without TLS. */
export async function speaksPlainHttp(parts: Omit<QuestionParts, "upstream"> & { target: Target }): Promise<boolean> {
  const target: Target = { ...parts.target, scheme: "http" };
  const upstream = { target, trust: { pins: [], ca: undefined, legacy: false } };
  return (await ask({ ...parts, upstream }, { path: "/", host: authorityOf(target), gzip: true })) !== undefined;
}
