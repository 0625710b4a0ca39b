// The picture: detected keypoints, the fit's reprojection, and lines between the two.
import { shape } from "./dom.js";
import { bonesOf, sideOf } from "./skeleton.js";

const MARGIN = 0.12;
const POINT = 0.006; // of the box's longer side

/** Return the part of the picture to show: all of it if its size is known, else the part with keypoints. */
export function boxOf(image, people) {
  if (image) return { x: 0, y: 0, ...image };
  const points = people.flatMap((person) => [...person.detected.filter(Boolean), ...(person.projected ?? [])]);
  const [left, right] = range(points.map(({ x }) => x));
  const [top, bottom] = range(points.map(({ y }) => y));
  const margin = MARGIN * Math.max(right - left, bottom - top, 1);
  return { x: left - margin, y: top - margin, width: right - left + 2 * margin, height: bottom - top + 2 * margin };
}

/** Draw people, {index, names, detected, projected}; all but the selected one are faint. */
export function drawKeypoints(svg, box, people, selected, shown) {
  svg.setAttribute("viewBox", `${box.x} ${box.y} ${box.width} ${box.height}`);
  const radius = POINT * Math.max(box.width, box.height);
  const parts = [];
  for (const person of people) {
    const group = shape("g", { class: person.index === selected ? "" : "unselected" });
    if (shown.detected) group.append(...detectedParts(person, radius));
    if (shown.projected && person.projected) group.append(...projectedParts(person, radius, shown.detected));
    parts.push(group);
  }
  svg.replaceChildren(...parts);
}

function detectedParts({ names, detected }, radius) {
  const bones = bonesOf(names)
    .filter(([from, to]) => detected[from] && detected[to])
    .map(([from, to]) => line(detected[from], detected[to], `bone ${sideOf(names[to])}`));
  const points = detected.map(
    (point, i) => point && shape("circle", circle(point, radius, `point ${sideOf(names[i] ?? "")}`)),
  );
  return [...bones, ...points.filter(Boolean)];
}

function projectedParts({ detected, projected }, radius, withLines) {
  const rings = projected.map((point) => shape("circle", circle(point, 1.3 * radius, "projected")));
  if (!withLines) return rings;
  const lines = projected.map((point, i) => detected[i] && line(detected[i], point, "residual"));
  return [...lines.filter(Boolean), ...rings];
}

const line = (from, to, name) => shape("line", { x1: from.x, y1: from.y, x2: to.x, y2: to.y, class: name });
const circle = ({ x, y }, r, name) => ({ cx: x, cy: y, r, class: name });

function range(values) {
  return values.length ? [Math.min(...values), Math.max(...values)] : [0, 1];
}
