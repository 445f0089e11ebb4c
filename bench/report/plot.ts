import type { CaseResults, Results } from "./results.ts";
import type { Score } from "./score.ts";
import { unitText, valueText } from "./table.ts";

const WIDTH = 760;
const LABEL = 110;
const BAR = 14;
const ROW = 19;
const TITLE = 30;
const GAP = 18;
/** Room for the value behind the longest bar. */
const VALUE = 90;

/** Bars for every case, one a peer, each case on a scale of its own: shorter is better. */
export function plot({ cases }: Results): string {
  const parts: string[] = [];
  let y = GAP;
  for (const one of cases) {
    parts.push(panel(one, y));
    y += TITLE + one.scores.length * ROW + GAP;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" font-family="system-ui, sans-serif" font-size="12">`,
    "<title>What each case costs at each peer</title>",
    `<rect width="${WIDTH}" height="${y}" fill="#ffffff"/>`,
    ...parts,
    "</svg>",
    "",
  ].join("\n");
}

function panel(one: CaseResults, top: number): string {
  const most = Math.max(...one.scores.map(({ median }) => median));
  const title = text(GAP, top + 14, `${one.title} (${unitText(one)}, less is better)`, 'font-weight="600"');
  return [title, ...one.scores.map((score, index) => bar(score, most, top + TITLE + index * ROW))].join("\n");
}

function bar({ peer, median, bound }: Score, most: number, y: number): string {
  const length = Math.max(0, (median / most) * (WIDTH - LABEL - VALUE - 2 * GAP));
  const fill = peer === "sallyport" ? "#1f6feb" : "#9aa4af";
  const baseline = y + BAR - 3;
  return [
    text(GAP + LABEL - 8, baseline, peer, 'text-anchor="end"'),
    `<rect x="${GAP + LABEL}" y="${y}" width="${length.toFixed(1)}" height="${BAR}" rx="2" fill="${fill}"/>`,
    text(GAP + LABEL + length + 6, baseline, `${valueText(median)}${bound ? " (load was full)" : ""}`),
  ].join("\n");
}

function text(x: number, y: number, content: string, more = ""): string {
  return `<text x="${x.toFixed(1)}" y="${y}" fill="#1f2328" ${more}>${content.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</text>`;
}
