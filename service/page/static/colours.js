// Colours of people, distinct in light and dark and with most kinds of colour blindness (Okabe and Ito, 2008).

const COLOURS = ["#56a0e0", "#e69f00", "#2fb58b", "#d55e5e", "#cc79a7", "#a9a232"];

/** Return a CSS colour for the person at a position of the file. */
export const colourOf = (index) => COLOURS[index % COLOURS.length];
