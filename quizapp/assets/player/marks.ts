/** The places in the code that a verdict names, as marks for the editor. */

import type { Mark } from "./editor.js";
import type { Judged } from "./types.js";

/** Each place once, with what went wrong there. */
export function marksOf(judged: Judged): Mark[] {
  const marks: Mark[] = [];
  const add = (error: Judged["error"]): void => {
    if (!error?.file || !error.line) return;
    const message = error.message ? `${error.type}: ${error.message}` : error.type;
    if (marks.some((mark) => mark.file === error.file && mark.line === error.line && mark.message === message)) return;
    marks.push({ file: error.file, line: error.line, column: error.column, message, severity: "error" });
  };
  add(judged.error);
  for (const test of judged.tests) if (!test.passed) add(test.error);
  for (const response of judged.responses) add(response.error);
  return marks;
}
