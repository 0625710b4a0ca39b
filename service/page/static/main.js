// The page: fits a file and shows the result.
import { askForKey, offerAccess } from "./access.js";
import { Problem, fit, get } from "./api.js";
import { colourOf } from "./colours.js";
import { byId, element } from "./dom.js";
import { addDownloads } from "./downloads.js";
import { addExamples, fillForm, listenForFiles, withForm } from "./input.js";
import { detectedPeople, imageOf, soleDocument } from "./openpose.js";
import { boxOf, drawKeypoints } from "./picture.js";
import { openSpace } from "./space.js";
import { fillJoints, fillPeople } from "./tables.js";

const OVERLAY_PIXELS = 1200;
const UNAUTHORIZED = 401;

let viewer = null;
let file = null; // {document, name}
let shown = null; // {request, people, box, selected}
let running = new AbortController();

listenForFiles(open);
addDownloads(byId("downloads"), () => ({ request: shown.request, name: file.name }), showError);
byId("camera").addEventListener("submit", (event) => {
  event.preventDefault();
  if (file) run();
});
const ready = start().catch(showError); // files may be dropped before the page is ready
for (const id of ["show-detected", "show-projected"]) byId(id).addEventListener("change", draw);
byId("show-body").addEventListener("change", ({ target }) => { byId("overlay").hidden = !target.checked; });

async function start() {
  const parts = await get("/page/parts");
  offerAccess(parts.api_key, () => file && run());
  addExamples(parts.examples, open, showError);
  viewer = await openSpace(parts.viewer);
}

function open(text, name) {
  let parsed = null;
  try {
    parsed = soleDocument(JSON.parse(text));
  } catch {
    return showError(new Error(`${name} is not JSON.`));
  }
  if (!parsed) return showError(new Error(`${name} is not an OpenPose file (an object with a list “people”).`));
  file = { document: parsed, name };
  fillForm(parsed);
  return run();
}

async function run() {
  running.abort();
  running = new AbortController();
  const { signal } = running;
  report(`Fitting ${file.name} …`);
  byId("problem").replaceChildren();
  await ready;
  try {
    const request = withForm(file.document);
    const answer = await (await fit(request, "JSON", signal)).json();
    const names = await layoutNames(answer);
    const anyFitted = answer.people.some(({ status }) => status === "ok");
    const glb = viewer && anyFitted ? await (await fit(request, "GLB", signal)).arrayBuffer() : null;
    if (!signal.aborted) await show(request, answer, names, glb);
  } catch (error) {
    if (error.name !== "AbortError") showError(error);
  }
}

let body = null;
async function layoutNames(answer) {
  if (body?.sha256 !== answer.body.sha256) body = await get("/v1/body");
  return body.keypoint_layouts;
}

async function show(request, answer, names, glb) {
  const image = imageOf(request);
  const detected = detectedPeople(request, image);
  const people = answer.people.map((person) => ({
    ...person,
    names: names[person.layout],
    detected: detected[person.index] ?? [],
    projected: person.keypoints2d?.map(([x, y]) => ({ x, y })) ?? null,
  }));
  const best = people.find(({ status }) => status === "ok") ?? people[0];
  shown = { request, people, box: boxOf(image, people), selected: best?.index };
  byId("result").hidden = false;
  byId("warnings").replaceChildren(...answer.warnings.map((text) => element("li", { textContent: text })));
  byId("warnings").hidden = !answer.warnings.length;
  select(shown.selected);
  await showBodies(glb, people);
  const fitted = people.filter(({ status }) => status === "ok").length;
  report(`${file.name}: ${fitted} of ${people.length} people fitted in ${Math.round(answer.timing_ms.fit)} ms.`);
}

async function showBodies(glb, people) {
  const overlay = byId("overlay");
  const { width, height } = shown.box;
  const scale = OVERLAY_PIXELS / Math.max(width, height);
  Object.assign(overlay, { width: Math.ceil(width * scale), height: Math.ceil(height * scale) });
  if (!glb) return viewer?.clear();
  await viewer.show(glb, colourOf);
  const cameras = people.filter(({ camera }) => camera);
  const views = new Map(cameras.map((p) => [p.index, { camera: p.camera, pelvis: p.joints3d[0] }]));
  return viewer.drawPicture(overlay, shown.box, views);
}

function select(index) {
  shown.selected = index;
  const focused = document.activeElement?.closest?.("#people button") !== null;
  fillPeople(byId("people"), shown.people, index, select);
  if (focused) byId("people").querySelector("[aria-pressed=true]")?.focus();
  const person = shown.people.find((one) => one.index === index);
  byId("joints-title").textContent = person ? `Residuals of person ${index + 1}` : "Residuals";
  if (person) fillJoints(byId("joints"), person);
  else byId("joints").replaceChildren();
  draw();
}

function draw() {
  if (!shown) return;
  const { box, people, selected } = shown;
  const layers = { detected: byId("show-detected").checked, projected: byId("show-projected").checked };
  drawKeypoints(byId("keypoints"), box, people, selected, layers);
  byId("keypoints").setAttribute("aria-label", `Keypoints of ${people.length} people`);
}

function report(sentence) {
  byId("status").textContent = sentence;
}

function showError(error) {
  report("The file could not be fitted.");
  const faults = error instanceof Problem ? error.faults : [];
  const list = faults.map(({ path, message }) => element("li", { textContent: `${path}: ${message}` }));
  byId("problem").replaceChildren(
    element("p", { textContent: error.message }),
    ...(list.length ? [element("ul", {}, ...list)] : []),
  );
  if (error.status === UNAUTHORIZED) askForKey();
}
