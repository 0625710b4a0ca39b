// Downloads of the answer in the service's formats.
import { element } from "./dom.js";
import { FORMATS, fit } from "./api.js";

/** Add a button for each format. `current` returns {request, name}; `failed` is called with errors. */
export function addDownloads(place, current, failed) {
  for (const [format, { extension, hint }] of Object.entries(FORMATS)) {
    const button = element("button", { type: "button", textContent: `Download ${format}`, title: hint });
    button.addEventListener("click", async () => {
      button.disabled = true;
      try {
        const { request, name } = current();
        const withMesh = { ...request, options: { ...request.options, mesh: true } };
        save(await (await fit(withMesh, format)).blob(), `${name}.${extension}`);
      } catch (error) {
        failed(error);
      } finally {
        button.disabled = false;
      }
    });
    place.append(button);
  }
}

function save(blob, name) {
  const address = URL.createObjectURL(blob);
  const link = element("a", { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
