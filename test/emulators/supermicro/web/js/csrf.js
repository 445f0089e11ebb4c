// A classic script: pages call it inline with the token that the firmware wrote into them.
// biome-ignore lint/correctness/noUnusedVariables: called from the pages.
function SmcCsrfInsert(name, value) {
  globalThis.csrf = { [name]: value };
}
