import type { Claims } from "@sallyport/shared";

/** Where fresh tokens come from: the provider's pages. */
export interface RenewalSettings {
  /** The page for every session, and for whoever comes with a link that is over. */
  readonly url: string | undefined;
  /** Origins on which a token's claim `renew` may name a page of its own. */
  readonly origins: readonly string[];
}

/** Whether a browser can be led there without anybody on the way who could answer in its place. */
export function isRenewalPage(text: string): boolean {
  const url = URL.parse(text);
  return url?.protocol === "https:" && url.username === "" && url.password === "";
}

/**
 * The provider's page that issues a fresh token for a session, told in the parameter `origin` whom to hand it to. The
 * claim counts only on an origin that the operator lists: a token must not lead its holder to just any site.
 */
export function renewalPage(settings: RenewalSettings, claims: Claims, publicOrigin: string): string | undefined {
  const url = URL.parse(claimed(settings, claims) ?? settings.url ?? "");
  url?.searchParams.set("origin", publicOrigin);
  return url?.href;
}

function claimed({ origins }: RenewalSettings, { renew }: Claims): string | undefined {
  if (renew === undefined || !isRenewalPage(renew)) return undefined;
  return origins.includes(new URL(renew).origin) ? renew : undefined;
}
