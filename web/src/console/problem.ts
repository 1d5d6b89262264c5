// What a call was refused for, in the language of the console: by the title of the problem, which is the same for all cases of a
// kind. What is wrong in this case is written in English only.
import type { Refused } from "../shared/api";
import { known, language } from "./t";

/** Kinds that say nothing without what is wrong in this case. */
const ASK_WHAT = new Set(["invalid-parameter", "invalid-body", "malformed-body", "wrong-setting", "wrong-state", "wrong-event-state"]);

export function refusal(error: Refused): string {
  const { title, detail } = error.problem;
  const said = language === "en" ? undefined : known(String(title ?? ""));
  if (said === undefined) return error.message;
  return detail && ASK_WHAT.has(error.kind) ? `${said} (${String(detail)})` : said;
}
