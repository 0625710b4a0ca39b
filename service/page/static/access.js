// The API key, for services that require one. It is kept for this tab only, until the tab is closed.
import { byId } from "./dom.js";

const STORED_AS = "hmr-api-key";

/** Return the header with the kept key; no header without a key. */
export function accessHeaders() {
  const key = sessionStorage.getItem(STORED_AS);
  return key ? { Authorization: `Bearer ${key}` } : {};
}

/** Show the field if keys are in use; `changed` is called when a key is entered or removed. */
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

/** Ask for a key, after the service has refused the last one or none. */
export function askForKey() {
  byId("access").hidden = false;
  byId("access").elements.key.focus();
}

function saved(exists) {
  byId("access-state").textContent = exists ? "A key is kept for this tab; leave the field empty to forget it."
    : "The key is kept for this tab only, and sent to this service only.";
}
