import { answered } from "./evidence.ts";
import { generic } from "./generic.ts";
import { cookieLogin } from "./login.ts";
import type { Platform } from "./platform.ts";

const LOGIN_PAGE = "/page/login.html";

/**
 * The older AMI MegaRAC SP. It answers as HTTP/1.0 and hangs up before all bytes that it promised have come, its page
 * sets the session's cookie by script, and its console is a Java program that no browser runs.
 */
export const megaracSp: Platform = {
  ...generic,
  name: "megarac-sp",
  label: "AMI MegaRAC SP",
  connections: 2,
  lenientHttp: true,
  login: cookieLogin({
    cookie: "SessionCookie",
    token: { header: "CSRFTOKEN", required: false },
    method: "GET",
    path: "/rpc/WEBSES/logout.asp",
  }),
  probes: [LOGIN_PAGE],
  recognise: (evidence) => answered(evidence, LOGIN_PAGE, /WEBVAR_|WEBSES|\/rpc\//),
};
