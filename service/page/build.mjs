// Bundles the pages' npm packages into bundle/: the 3D view, and Swagger UI unchanged.
// The bundle is built beside the old one and replaces it at the end, so that it is never incomplete.
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
