// Parsing of OpenPose files for display. The service parses them again, and reports errors.

const LEAST_CONFIDENCE = 0.05; // as in the service

/** Return the object of a file, without ControlNet's list around it; null if the file is something else. */
export function soleDocument(parsed) {
  const document = Array.isArray(parsed) && parsed.length === 1 ? parsed[0] : parsed;
  return document !== null && typeof document === "object" && !Array.isArray(document) ? document : null;
}

/** Return width and height of the picture if the file has them, else null. */
export function imageOf(document) {
  const { width, height } = document.image ?? {};
  const size = [width ?? document.canvas_width, height ?? document.canvas_height].map(Number);
  return size.every((side) => side >= 1) ? { width: size[0], height: size[1] } : null;
}

/** Return the people's keypoints: lists of {x, y, confidence} in pixels, with null for missing ones. */
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
