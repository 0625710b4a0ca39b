// The API key, for services that want one. It is kept for this tab only, until the tab is closed.
import { byId } from "./dom.js";

const STORED_AS = "hmr-api-key";

/** Headers that say who asks; none without a key. */
export function accessHeaders() {
  const key = sessionStorage.getItem(STORED_AS);
  return key ? { Authorization: `Bearer ${key}` } : {};
}

/** Show the field where keys are in use; `changed` is called once a key was given or taken back. */
export function offerAccess(inUse, changed) {
  const form = byId("access");
  form.hidden = !inUse;
  if (sessionStorage.getItem(STORED_AS)) saved(true);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const key = form.elements.key.value;
    if (key) sessionStorage.setItem(STORED_AS, key);
    else sessionStorage.removeItem(STORED_AS);
    form.elements.key.value = "";
    saved(Boolean(key));
    changed();
  });
}

/** Ask for a key, as the one that there was, if any, is not known. */
export function askForKey() {
  byId("access").hidden = false;
  byId("access").elements.key.focus();
}

function saved(there) {
  byId("access-state").textContent = there ? "A key is kept for this tab; leave the field empty to forget it."
    : "The key is kept for this tab only, and sent to this service only.";
}
