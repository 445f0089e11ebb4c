import crypto from "crypto";

const wantedInPath = /^\/websocket\/([^/]+)\//;

/** Answers 204 where the token in the cookie is good for the address that is wanted, else 401. */
function check(request) {
  const token = cookie(request);
  request.return(token && isGood(token, wanted(request)) ? 204 : 401);
}

function cookie(request) {
  const match = /(?:^|;\s*)pm-session=([^;]+)/.exec(request.headersIn.Cookie || "");
  return match && match[1];
}

function wanted(request) {
  const match = wantedInPath.exec(request.variables.request_uri);
  return match ? match[1] : request.headersIn["X-PM-Host"];
}

function isGood(token, address) {
  const parts = token.split(".");
  if (parts.length !== 3) return false;
  if (JSON.parse(Buffer.from(parts[0], "base64url").toString()).alg !== "HS256") return false;
  const signature = crypto
    .createHmac("sha256", "{{secret}}")
    .update(parts[0] + "." + parts[1])
    .digest("base64url");
  if (signature !== parts[2]) return false;
  const claims = JSON.parse(Buffer.from(parts[1], "base64url").toString());
  return claims.exp > Date.now() / 1000 && claims.ip === address;
}

export default { check };
