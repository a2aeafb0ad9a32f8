// Bundles quizapp/assets into quizapp/static/dist.
//
// Every .ts file (and .css file) directly in quizapp/assets is an entry point and keeps its name; folders below it
// hold what entry points import. `--watch` builds again after each change.
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as esbuild from "esbuild";

const from = "quizapp/assets";
const to = "quizapp/static/dist";
const entryPoints = readdirSync(from, { withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.(ts|css)$/.test(entry.name) && !entry.name.endsWith(".d.ts"))
  .map((entry) => join(from, entry.name));

const options = {
  entryPoints,
  outdir: to,
  bundle: true,
  format: "esm",
  splitting: true,
  chunkNames: "chunks/[name]-[hash]",
  minify: true,
  sourcemap: process.argv.includes("--watch"),
  target: ["es2022"],
  legalComments: "none",
  logLevel: "warning",
};

rmSync(to, { recursive: true, force: true });
if (process.argv.includes("--watch")) {
  const context = await esbuild.context({ ...options, logLevel: "info" });
  await context.watch();
} else {
  await esbuild.build(options);
}
