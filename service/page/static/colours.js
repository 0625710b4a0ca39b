// Colours of people, told apart in light and dark and by most who see colours differently (Okabe and Ito, 2008).

const COLOURS = ["#56a0e0", "#e69f00", "#2fb58b", "#d55e5e", "#cc79a7", "#a9a232"];

/** A CSS colour for the person at a place of the file. */
export const colourOf = (index) => COLOURS[index % COLOURS.length];
