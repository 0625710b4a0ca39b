// Creation of elements.

const SVG = "http://www.w3.org/2000/svg";

/** Return the element with an id. */
export const byId = (id) => document.getElementById(id);

/** Create an HTML element with properties and children (elements or text). */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  Object.assign(made, properties);
  made.append(...children);
  return made;
}

/** Create an SVG element with attributes. */
export function shape(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

/** Create a table row from cells or their text. */
export function row(...cells) {
  return element("tr", {}, ...cells.map(
    (cell) => (cell instanceof Node ? cell : element("td", { textContent: cell })),
  ));
}
