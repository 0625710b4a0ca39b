// Requests to the service.
import { accessHeaders } from "./access.js";

export const FORMATS = {
  GLB: { media: "model/gltf-binary", extension: "glb", hint: "rigged scene" },
  OBJ: { media: "model/obj", extension: "obj", hint: "meshes" },
  PLY: { media: "application/ply", extension: "ply", hint: "mesh" },
  NPZ: { media: "application/x-npz", extension: "npz", hint: "SMPL parameters for NumPy" },
  JSON: { media: "application/json", extension: "json", hint: "the whole answer" },
};

/** An error, from the service's problem document. */
export class Problem extends Error {
  constructor({ title, detail, errors }, status) {
    super(detail ?? title ?? `The service answered ${status}.`);
    this.status = status;
    this.faults = errors ?? [];
  }
}

/** Fit a request's people, and return the response in a format. */
export function fit(request, format, signal) {
  return fetchOrProblem("/v1/fit", {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: FORMATS[format].media, ...accessHeaders() },
    body: JSON.stringify(request),
    signal,
  });
}

/** Return JSON from a path of the service. */
export async function get(path) {
  return (await fetchOrProblem(path)).json();
}

async function fetchOrProblem(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem({ detail: "The service can't be reached." });
  }
  if (!response.ok) throw new Problem(await response.json().catch(() => ({})), response.status);
  return response;
}
