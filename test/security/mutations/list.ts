import { admin } from "./admin.ts";
import { admission } from "./admission.ts";
import { answers } from "./answers.ts";
import { browsers } from "./browsers.ts";
import { controllers } from "./controllers.ts";
import type { Mutation } from "./mutation.ts";
import { requests } from "./requests.ts";
import { sessions } from "./sessions.ts";
import { tcp } from "./tcp.ts";
import { tokens } from "./tokens.ts";

/** Every protection that the run takes out: a file each for what they protect. */
export const mutations: readonly Mutation[] = [
  ...tokens,
  ...admission,
  ...requests,
  ...answers,
  ...controllers,
  ...browsers,
  ...sessions,
  ...admin,
  ...tcp,
];
