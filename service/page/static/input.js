// Input: a dropped or chosen file or an example, and the form for picture, camera and layout.
import { byId, element } from "./dom.js";
import { get } from "./api.js";
import { imageOf } from "./openpose.js";

/** Call `opened(text, name)` with each file that is chosen or dropped. */
export function listenForFiles(opened) {
  const take = async (file) => file && opened(await file.text(), file.name.replace(/\.json$/i, ""));
  byId("file").addEventListener("change", async ({ target }) => {
    await take(target.files[0]);
    target.value = ""; // so that the same file can be chosen again
  });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    window.addEventListener(kind, (event) => {
      event.preventDefault();
      document.body.classList.toggle("dropping", kind === "dragover");
      if (kind === "drop") take(event.dataTransfer.files[0]);
    });
  }
}

/** Add a button for each example; `opened` and `failed` are called when one is clicked. */
export function addExamples(examples, opened, failed) {
  for (const name of examples) {
    const button = element("button", { type: "button", textContent: name.replaceAll("_", " ") });
    button.addEventListener("click", async () => {
      try {
        opened(JSON.stringify(await get(`/page/examples/${name}.json`)), name);
      } catch (error) {
        failed(error);
      }
    });
    byId("examples").append(button);
  }
}

/** Fill the form with a file's picture, camera and layout. */
export function fillForm(document) {
  const form = byId("camera").elements;
  const image = imageOf(document);
  form.width.value = image?.width ?? "";
  form.height.value = image?.height ?? "";
  form.fov_deg.value = document.camera?.fov_deg ?? "";
  form.layout.value = document.layout ?? "";
}

/** Return a file with the values of the form. */
export function withForm(document) {
  const form = byId("camera").elements;
  const [width, height, fov] = ["width", "height", "fov_deg"].map((name) => form[name].valueAsNumber);
  const request = { ...document };
  if (width && height) request.image = { width, height };
  if (fov) request.camera = { fov_deg: fov };
  if (form.layout.value) request.layout = form.layout.value;
  return request;
}
