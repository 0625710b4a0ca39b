// Lines between keypoints, and the keypoints' sides of the body; by name, so for all layouts.

const BONES = [
  ["nose", "neck"], ["nose", "upper_neck"], ["upper_neck", "head_top"], ["neck", "mid_hip"],
  ["neck", "right_shoulder"], ["neck", "left_shoulder"],
  ["mid_hip", "right_hip"], ["mid_hip", "left_hip"],
  ...["left", "right"].flatMap((side) => [
    ["nose", `${side}_eye`], [`${side}_eye`, `${side}_ear`],
    [`${side}_shoulder`, `${side}_elbow`], [`${side}_elbow`, `${side}_wrist`],
    [`${side}_hip`, `${side}_knee`], [`${side}_knee`, `${side}_ankle`],
    [`${side}_ankle`, `${side}_heel`], [`${side}_ankle`, `${side}_big_toe`],
    [`${side}_big_toe`, `${side}_small_toe`],
  ]),
];

// Layouts without a neck or a middle of the hips have a trunk of four sides.
const TRUNK = [
  ["left_shoulder", "right_shoulder"], ["left_hip", "right_hip"],
  ["left_shoulder", "left_hip"], ["right_shoulder", "right_hip"],
];
const NECK_TO_HIPS = [["neck", "left_hip"], ["neck", "right_hip"]];

/** Return the lines of a layout: pairs of indices of its names. */
export function bonesOf(names) {
  const trunk = names.includes("mid_hip") ? [] : names.includes("neck") ? NECK_TO_HIPS : TRUNK;
  return [...BONES, ...trunk]
    .map(([from, to]) => [names.indexOf(from), names.indexOf(to)])
    .filter((pair) => !pair.includes(-1));
}

/** Return the side of a keypoint: "left", "right" or "middle". */
export function sideOf(name) {
  const side = name.split("_")[0];
  return side === "left" || side === "right" ? side : "middle";
}
