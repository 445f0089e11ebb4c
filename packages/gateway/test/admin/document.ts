import { readFileSync } from "node:fs";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { parse } from "yaml";

/** One call of the API, and what came back. */
export interface Exchange {
  /** With its query. */
  readonly path: string;
  readonly method: string;
  readonly status: number;
  /** Undefined without a body; text that is no JSON stays text. */
  readonly sent: unknown;
  readonly answered: unknown;
}

interface Reference {
  readonly $ref?: string;
}

interface Described extends Reference {
  readonly content?: { readonly "application/json"?: object };
}

interface Operation {
  readonly requestBody?: Described;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Readonly<Record<string, Described>>;
}

const FILE = new URL("../../../../docs/admin-api.yaml", import.meta.url);
const document: {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
} = parse(readFileSync(FILE, "utf8"));

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema(document, "admin-api");
const compiled = new Map<string, ValidateFunction>();
const seen = new Set<string>();

/** Every answer that the document speaks of, as `GET /sessions 200`. */
export const describedAnswers: readonly string[] = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).flatMap(([method, { responses }]) =>
    Object.keys(responses).map((status) => `${method.toUpperCase()} ${path} ${status}`),
  ),
);

/** Those that were held to the document so far. */
export const seenAnswers: ReadonlySet<string> = seen;

/** `GET /sessions` and so on. */
export const describedRoutes: readonly string[] = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
);

/** @throws Error where the document does not speak of the answer, or otherwise than it is; or not of what was taken */
export function validateExchange({ path, method, status, sent, answered }: Exchange): void {
  const [pathname = "", query = ""] = path.split("?");
  const route = Object.keys(document.paths).find((one) => matches(one, pathname));
  const operation = route === undefined ? undefined : document.paths[route]?.[method.toLowerCase()];
  // What is no route, or no method of one, is nothing that the document speaks of.
  if (route === undefined || operation === undefined) return;
  const name = `${method} ${route} ${status}`;
  seen.add(name);
  const pointer = ["paths", route, method.toLowerCase()];
  if (!operation.responses[status]) throw new Error(`${name} is not in the document`);
  check(name, [...pointer, "responses", String(status)], answered);
  if (status >= 300) return;
  if (operation.requestBody) check(`what ${name} took`, [...pointer, "requestBody"], sent);
  const known = (operation.parameters ?? []).filter((one) => one.in === "query").map((one) => one.name);
  const unknown = [...new URLSearchParams(query).keys()].filter((one) => !known.includes(one));
  if (unknown.length > 0) throw new Error(`${name}: the document has no parameter ${unknown.join(", ")}`);
}

function matches(route: string, pathname: string): boolean {
  const [fixed = "", braced] = route.split("{");
  return braced === undefined ? pathname === route : pathname.startsWith(fixed) && pathname.length > fixed.length;
}

function check(name: string, pointer: readonly string[], value: unknown): void {
  const described = follow(pointer);
  if (!described.value.content) {
    if (value !== undefined) throw new Error(`${name} has a body, of which the document does not speak`);
    return;
  }
  const schema = [...described.pointer, "content", "application/json", "schema"];
  const validate = compile(`admin-api#/${schema.map(pointed).join("/")}`);
  if (!validate(value)) throw new Error(`${name}: ${ajv.errorsText(validate.errors)} in ${JSON.stringify(value)}`);
}

/** The place itself, or the one that it refers to. */
function follow(pointer: readonly string[]): { pointer: readonly string[]; value: Described } {
  const value = at(pointer) as Described;
  if (value.$ref === undefined) return { pointer, value };
  return follow(value.$ref.replace("#/", "").split("/"));
}

function at(pointer: readonly string[]): unknown {
  return pointer.reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], document);
}

function compile(reference: string): ValidateFunction {
  const known = compiled.get(reference) ?? ajv.compile({ $ref: reference });
  compiled.set(reference, known);
  return known;
}

/** A name in a JSON pointer within a URI (RFC 6901, 3 and 6). */
function pointed(name: string): string {
  return encodeURIComponent(name.replaceAll("~", "~0").replaceAll("/", "~1"));
}
