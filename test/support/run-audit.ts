import process from "node:process";
import { auditShipped } from "./audit.ts";
import { closingLine } from "./suite-report.ts";

/** `npm run test:audit`: closes with a count, like every suite. */
const { counts, said } = await auditShipped();
process.exitCode = counts.failed > 0 ? 1 : 0;
process.stdout.write(`${said}\n${closingLine(counts)}\n`);
