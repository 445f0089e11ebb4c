/** What a path is for where a server reads several slashes in a row as one, as most do. */
export function collapseSlashes(path: string): string {
  return path.replace(/\/{2,}/g, "/");
}
