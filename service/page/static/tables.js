// The tables: status and residual of each person, and of each keypoint of one person.
import { element, row } from "./dom.js";
import { colourOf } from "./colours.js";

const pixels = (value) => element("td", { className: "number", textContent: value?.toFixed(1) ?? "–" });

/** Fill the table of people; `select` is called with the index of the person whose button is pressed. */
export function fillPeople(table, people, selected, select) {
  const rows = people.map((person) => {
    const swatch = element("span", { className: "swatch" });
    swatch.style.background = colourOf(person.index);
    const button = element("button", { type: "button" }, swatch, `Person ${person.index + 1}`);
    button.setAttribute("aria-pressed", String(person.index === selected));
    button.addEventListener("click", () => select(person.index));
    const used = `${person.observed.filter(Boolean).length} of ${person.observed.length}`;
    const status = person.status === "ok" ? "fitted" : person.message;
    return row(element("td", {}, button), status, used, pixels(person.residual_px));
  });
  fill(table, ["Person", "Status", "Keypoints", "Residual, px"], rows, [3]);
}

/** Fill the table of one person's keypoints, the farthest from their detection first. */
export function fillJoints(table, person) {
  const entries = person.names.map((name, i) => {
    const detected = person.detected[i];
    const projected = person.projected?.[i];
    const away = detected && projected ? Math.hypot(detected.x - projected.x, detected.y - projected.y) : null;
    return { name, detected, away };
  });
  entries.sort((a, b) => (b.away ?? -1) - (a.away ?? -1));
  const most = Math.max(1, ...entries.map(({ away }) => away ?? 0));
  const rows = entries.map(({ name, detected, away }) => {
    const made = row(name.replaceAll("_", " "), detected ? detected.confidence.toFixed(2) : "missing",
      pixels(away), meter(away, most));
    if (!detected) made.className = "missing";
    return made;
  });
  fill(table, ["Keypoint", "Confidence", "Distance, px", ""], rows, [2]);
}

function meter(value, most) {
  const cell = element("td");
  if (value === null) return cell;
  const bar = element("meter", { min: 0, max: most, value });
  bar.setAttribute("aria-hidden", "true"); // the number is beside it
  cell.append(bar);
  return cell;
}

function fill(table, titles, rows, numbers) {
  const heads = titles.map((title, i) => {
    const head = element(title ? "th" : "td", { textContent: title });
    if (title) head.scope = "col";
    if (numbers.includes(i)) head.className = "number";
    return head;
  });
  table.replaceChildren(
    element("thead", {}, element("tr", {}, ...heads)),
    element("tbody", {}, ...rows),
  );
}
