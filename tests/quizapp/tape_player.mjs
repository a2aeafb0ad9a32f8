// Records and plays with the scripts of the pages, one JSON request per line: see tests/quizapp/tape_recorder.py.
import * as esbuild from "esbuild";
import { createInterface } from "node:readline";

const built = await esbuild.build({
  stdin: {
    contents: 'export { Tape } from "./recording/tape.js"; export { Film } from "./playback/film.js";',
    resolveDir: new URL("../../quizapp/assets", import.meta.url).pathname,
    loader: "ts",
  },
  bundle: true,
  format: "esm",
  write: false,
});
const { Tape, Film } = await import(`data:text/javascript;base64,${Buffer.from(built.outputFiles[0].text).toString("base64")}`);

for await (const line of createInterface({ input: process.stdin })) {
  const { files, texts, starter, edits, take } = JSON.parse(line);
  const tape = new Tape(files, texts, starter, 0);
  const frames = [];
  edits.forEach(([now, file, from, removed, inserted, how], index) => {
    if (file === null) tape.note(from, now);
    else tape.edit(file, { from, removed, inserted }, how, now);
    if (take && index % take === take - 1) frames.push(tape.take());
  });
  frames.push(tape.take());
  const starters = Object.fromEntries(files.map((path, index) => [path, starter[index]]));
  const film = new Film([{ at: 0, entries: frames.flat() }], starters);
  film.at(1e9);
  film.at(0);
  console.log(JSON.stringify({ frames, texts: tape.texts, played: film.at(1e9).texts }));
}
