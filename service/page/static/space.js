// The 3D panel: loads the viewer if the service has it, and connects it to keys and buttons.
import { byId } from "./dom.js";

const TURN = Math.PI / 24;
const NEARER = 1.15;
const KEYS = {
  ArrowLeft: (viewer) => viewer.orbit(-TURN, 0),
  ArrowRight: (viewer) => viewer.orbit(TURN, 0),
  ArrowUp: (viewer) => viewer.orbit(0, TURN),
  ArrowDown: (viewer) => viewer.orbit(0, -TURN),
  "+": (viewer) => viewer.orbit(0, 0, NEARER),
  "=": (viewer) => viewer.orbit(0, 0, NEARER),
  "-": (viewer) => viewer.orbit(0, 0, 1 / NEARER),
  0: (viewer) => viewer.look("start"),
};

const NO_BUNDLE = "The 3D view was not bundled when this service was set up; “make page” bundles it, and needs the "
  + "npm registry. Everything else works.";
const NO_WEBGL = "This browser can't show 3D (WebGL is off or missing). Everything else works.";

/** Return the viewer, or null if it can't be used; the panel then shows the reason. */
export async function openSpace(bundled) {
  if (!bundled) return without(NO_BUNDLE);
  const { Viewer } = await import("/page/bundle/viewer.js");
  const canvas = byId("view");
  let viewer;
  try {
    viewer = new Viewer(canvas);
  } catch {
    return without(NO_WEBGL);
  }
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || !Object.hasOwn(KEYS, event.key)) return;
    event.preventDefault();
    KEYS[event.key](viewer);
  });
  byId("views").addEventListener("click", ({ target }) => {
    if (target.dataset.view) viewer.look(target.dataset.view);
  });
  return viewer;
}

function without(reason) {
  for (const id of ["view", "views", "view-help", "show-body-label"]) byId(id).hidden = true;
  byId("view-missing").textContent = reason;
  byId("view-missing").hidden = false;
  return null;
}
