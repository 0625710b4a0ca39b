// Bundles what the pages take from npm into bundle/: the 3D view, and Swagger UI as it comes.
// All or nothing: it is put together beside and moved into place at the end.
import { build } from "esbuild";
import { cp, mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const made = join(here, "bundle.new");
const target = join(here, "bundle");
const swagger = join(here, "node_modules", "swagger-ui-dist");

await rm(made, { recursive: true, force: true });
await mkdir(made);
await build({
  entryPoints: [join(here, "viewer", "viewer.js")],
  outfile: join(made, "viewer.js"),
  bundle: true,
  format: "esm",
  minify: true,
  target: "es2022",
  legalComments: "eof",
  logLevel: "warning",
});
for (const name of ["swagger-ui-bundle.js", "swagger-ui-bundle.js.LICENSE.txt", "swagger-ui.css", "LICENSE", "NOTICE"]) {
  const renamed = name === name.toUpperCase() ? `swagger-ui.${name}.txt` : name;
  await cp(join(swagger, name), join(made, renamed));
}
await cp(join(here, "node_modules", "three", "LICENSE"), join(made, "three.LICENSE.txt"));
await rm(target, { recursive: true, force: true });
await rename(made, target);
