/** Asks the firmware, whose answers are scripts that set a variable. @returns the named values */
export async function rpc(method, path, form = null) {
  const headers = { CSRFTOKEN: sessionStorage.getItem("CSRFTOKEN") ?? "" };
  const body = form === null ? null : new URLSearchParams(form);
  const answer = await fetch(path, { method, headers, body });
  const pairs = [...(await answer.text()).matchAll(/'(\w+)' : '([^']*)'/g)];
  return Object.fromEntries(pairs.map(([, key, value]) => [key, value]));
}
