/** Cookies of one host, as a browser keeps them: a name and path once, none for another host. */
export class CookieJar {
  readonly #cookies = new Map<string, { readonly name: string; readonly value: string; readonly path: string }>();

  /** Takes the cookies of an answer. @throws Error for one with a Domain, which a controller behind its own name must not set */
  take(lines: readonly string[]): void {
    for (const line of lines) {
      const [pair = "", ...attributes] = line.split(";").map((part) => part.trim());
      const at = pair.indexOf("=");
      const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
      const attribute = (wanted: string) => attributes.find((one) => one.toLowerCase().startsWith(`${wanted}=`));
      if (attribute("domain") !== undefined) throw new Error(`cookie ${name} names a domain: ${line}`);
      const path = attribute("path")?.slice(5) ?? "/";
      const gone =
        /^expires=Thu, 01 Jan 1970/i.test(attribute("expires") ?? "") || attribute("max-age") === "Max-Age=0";
      if (gone) this.#cookies.delete(`${name};${path}`);
      else this.set(name, value, path);
    }
  }

  /** Sets one as a page's script does. */
  set(name: string, value: string, path = "/"): void {
    this.#cookies.set(`${name};${path}`, { name, value, path });
  }

  get(name: string): string | undefined {
    return [...this.#cookies.values()].find((cookie) => cookie.name === name)?.value;
  }

  /** The Cookie header for a path, empty where there are none. */
  header(path: string): string {
    const sent = [...this.#cookies.values()].filter((cookie) => path.startsWith(cookie.path));
    return sent.map(({ name, value }) => `${name}=${value}`).join("; ");
  }
}
