import { existsSync, globSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { createProgram } from "../../packages/gateway/src/cli/program.ts";
import { allSettings } from "../../packages/gateway/src/config/load.ts";
import { nodeOptions } from "../../packages/gateway/src/processes/node-options.ts";
import { readText } from "./modules.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const paths = globSync(["*.md", "docs/**/*.md"], { cwd: ROOT }).sort();
const documents = await Promise.all(paths.map(async (path) => ({ path, text: await readText(path) })));
type Document = (typeof documents)[number];
type Command = ReturnType<typeof createProgram>;

/** What a document says in words, without its blocks of code. */
const prose = (text: string) => text.replace(/^```[\s\S]*?^```/gm, "");
const quoted = (text: string) => [...prose(text).matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code);
/** Everything that stands as code: blocks, line by line, and what is quoted within a sentence. */
const codeOf = (text: string) => [
  ...[...text.matchAll(/^```\w*\n([\s\S]*?)^```/gm)].flatMap(([, block = ""]) =>
    block.replaceAll("\\\n", " ").split("\n"),
  ),
  ...quoted(text),
];

/** What `findings` says of each document, with the document's name before it. */
function findIn(findings: (document: Document) => readonly string[]): readonly string[] {
  return documents.flatMap((document) => findings(document).map((finding) => `${document.path}: ${finding}`));
}

/** A heading's name in an address, as GitHub makes it. */
function anchorsOf(text: string): readonly string[] {
  const headings = [...prose(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => heading);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\- _]/gu, "")
      .replaceAll(" ", "-"),
  );
}

test("every relative link leads to a file, and to a heading that is in it", async () => {
  const links = documents.flatMap(({ path, text }) =>
    [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => ({ path, link })),
  );
  const relative = links.filter(({ link }) => !/^[a-z]+:/.test(link));
  expect(relative.length).toBeGreaterThan(25);
  const broken = await Promise.all(relative.map(async (one) => ((await leadsSomewhere(one)) ? [] : one)));
  expect(broken.flat()).toEqual([]);
});

async function leadsSomewhere({ path, link }: { readonly path: string; readonly link: string }): Promise<boolean> {
  const [file = "", anchor] = link.split("#");
  const target = file === "" ? path : normalize(join(dirname(path), file));
  if (!existsSync(join(ROOT, target))) return false;
  return anchor === undefined || anchorsOf(await readText(target)).includes(anchor);
}

test("every page of docs is reached by links from README", () => {
  const reached = new Set(["README.md"]);
  // A set is walked with what is added to it meanwhile.
  for (const path of reached) {
    const text = documents.find((document) => document.path === path)?.text ?? "";
    for (const [, link = ""] of text.matchAll(/\]\(([^)\s#]+)/g)) reached.add(normalize(join(dirname(path), link)));
  }
  expect(paths.filter((path) => path.startsWith("docs/") && !reached.has(path))).toEqual([]);
});

const FOLDERS = "packages|test|docs|bench|demo|packaging|\\.ci";
const files = globSync([`{${FOLDERS.replaceAll("|", ",").replace("\\", "")}}/**/*`, "*"], {
  cwd: ROOT,
  exclude: (path) => path.includes("node_modules"),
});

test("every path from the repository's root that is named is there", () => {
  const named = new RegExp(`(?:^|[\\s=])((?:${FOLDERS})/[\\w./-]*[\\w/])(?=$|[\\s:])`);
  const missing = findIn(({ text }) =>
    codeOf(text)
      .map((code) => named.exec(code)?.[1] ?? "")
      .filter((path) => !existsSync(join(ROOT, path))),
  );
  expect(missing).toEqual([]);
});

test("every TypeScript file that is named by the end of its path is there", () => {
  const missing = findIn(({ text }) =>
    quoted(text)
      .filter((code) => /^[\w/-]+(?:\.test)?\.ts$/.test(code))
      .filter((name) => !files.some((path) => `/${path}`.endsWith(`/${name}`))),
  );
  expect(missing).toEqual([]);
});

describe("what a reader is told to type", async () => {
  const { scripts } = JSON.parse(await readText("package.json")) as { readonly scripts: Record<string, string> };
  const nobody = {
    environment: {},
    version: "",
    pid: 0,
    out: () => {},
    err: () => {},
    stdin: async () => "",
    onSignal() {},
    startWith() {},
  };
  const program = createProgram(nobody);

  test("every script of npm's is there", () => {
    const scriptsIn = (text: string) =>
      codeOf(text).flatMap((code) =>
        [...code.matchAll(/\bnpm run (?:--silent )?([\w:]+)/g)].map(([, name = ""]) => name),
      );
    expect(documents.flatMap(({ text }) => scriptsIn(text)).length).toBeGreaterThan(10);
    expect(findIn(({ text }) => scriptsIn(text).filter((name) => !(name in scripts)))).toEqual([]);
  });

  test("every verb and option of the command line is there", () => {
    const lines = (text: string) =>
      codeOf(text).flatMap((code) => [...code.matchAll(/(?:^|[\s(])sallyport(?: --)? ([a-z][^#|()]*)/g)]);
    expect(documents.flatMap(({ text }) => lines(text)).length).toBeGreaterThan(30);
    expect(findIn(({ text }) => lines(text).flatMap(([, line = ""]) => unknownIn(program, line)))).toEqual([]);
  });

  test("a verb or an option that is not there is found", () => {
    expect(unknownIn(program, "tokn --ip 10.20.3.7")).toEqual(["tokn"]);
    expect(unknownIn(program, "token --address 10.20.3.7")).toEqual(["token --address"]);
    expect(unknownIn(program, "audit verify --limit 3 --checkpoint gateway.log")).toEqual([]);
  });
});

/** Verbs and options of a line that the command line does not have. */
function unknownIn(program: Command, line: string): readonly string[] {
  const words = line.trim().split(/\s+/);
  const verb = program.commands.find((command) => command.name() === words[0]);
  // Images and containers go by the product's name, too: `docker run sallyport check` reads as its verb, `help` is built in.
  if (verb === undefined) return words[0] === "help" || words[0] === "sallyport" ? [] : [words[0] ?? ""];
  const inner = verb.commands.find((command) => command.name() === words[1]);
  const known = [verb, ...(inner ? [inner] : [])].flatMap(({ options }) => options.map(({ long }) => long));
  const given = words.filter((word) => /^--\w/.test(word)).map((word) => word.replace(/[^\w-].*$/, ""));
  return given.filter((option) => option !== "--help" && !known.includes(option)).map((one) => `${verb.name()} ${one}`);
}

test("every variable that README names is a setting of the gateway or of the Worker", async () => {
  const edge = [...(await readText("docs/edge.md")).matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name = ""]) => name);
  const known = new Set([...allSettings().map(({ env }) => env), ...edge]);
  const text = documents.find(({ path }) => path === "README.md")?.text ?? "";
  const named = quoted(text).flatMap((code) => /^([A-Z]+(?:_[A-Z]+)+)(?:=.*)?$/.exec(code)?.[1] ?? []);
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((name) => !known.has(name))).toEqual([]);
});

test("systemd's unit and the page on configuration name the options of Node's that serve starts itself with", async () => {
  const unit = await readText("packaging/systemd/sallyport.service");
  const line = /^ExecStart=\S+node (.*) \S+main\.ts serve /m.exec(unit)?.[1];
  expect(line?.replaceAll("/opt/sallyport/", ROOT).split(" ")).toEqual(nodeOptions("web"));
  const names = nodeOptions("web").map((option) => option.replace(/=.*/, ""));
  const page = quoted(await readText("docs/configuration.md"));
  expect(names.filter((name) => !page.includes(name))).toEqual([]);
});
