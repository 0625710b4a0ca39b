// The API's documentation: Swagger UI if it was bundled, else a plain list of operations.
import { byId, element } from "./dom.js";
import { get } from "./api.js";

const BUNDLE = "/page/bundle";

const { documentation } = await get("/page/parts");
if (documentation) await showSwagger();
else await showList();

async function showSwagger() {
  await Promise.all([
    load("link", { rel: "stylesheet", href: `${BUNDLE}/swagger-ui.css` }),
    load("script", { src: `${BUNDLE}/swagger-ui-bundle.js` }),
  ]);
  window.SwaggerUIBundle({ url: "/openapi.json", domNode: byId("docs"), deepLinking: true, validatorUrl: null });
}

function load(tag, properties) {
  return new Promise((resolve, reject) => {
    const made = element(tag, { ...properties, onload: resolve, onerror: reject });
    document.head.append(made);
  });
}

async function showList() {
  const description = await get("/openapi.json");
  const operations = Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { summary }]) => element(
      "li", {}, element("code", { textContent: `${method.toUpperCase()} ${path}` }), `: ${summary}`,
    )));
  byId("docs").append(
    element("p", { textContent: "Swagger UI was not bundled when this service was set up; “make page” bundles it." }),
    element("ul", {}, ...operations),
  );
}
