// Reading an OpenPose file to show it. The service reads it for itself, and is the one that complains.

const LEAST_CONFIDENCE = 0.05; // as the service

/** The object of a file, taken out of ControlNet's list of one. */
export function soleDocument(parsed) {
  const document = Array.isArray(parsed) && parsed.length === 1 ? parsed[0] : parsed;
  return document !== null && typeof document === "object" && !Array.isArray(document) ? document : null;
}

/** Width and height of the picture if the file says them, else null. */
export function imageOf(document) {
  const { width, height } = document.image ?? {};
  const size = [width ?? document.canvas_width, height ?? document.canvas_height].map(Number);
  return size.every((side) => side >= 1) ? { width: size[0], height: size[1] } : null;
}

/** The people's keypoints, lists of {x, y, confidence} in pixels, or null for one that is missing. */
export function detectedPeople(document, image) {
  const people = Array.isArray(document.people) ? document.people : [];
  const points = people.map((person) => keypointsOf(person ?? {}));
  const seen = points.flat().filter(Boolean);
  const shares = image && seen.length > 1 && seen.every(({ x, y }) => x >= 0 && x <= 1 && y >= 0 && y <= 1);
  if (!shares) return points;
  return points.map((person) => person.map(
    (point) => point && { ...point, x: point.x * image.width, y: point.y * image.height },
  ));
}

function keypointsOf(person) {
  const written = [person.pose_keypoints_2d, person.pose_keypoints].find((list) => list?.length) ?? [];
  const flat = written.flat();
  return Array.from({ length: Math.floor(flat.length / 3) }, (_, i) => {
    const [x, y, confidence] = flat.slice(3 * i, 3 * i + 3);
    return confidence >= LEAST_CONFIDENCE ? { x, y, confidence: Math.min(confidence, 1) } : null;
  });
}
