"""Names of keypoints. The canonical set, in which people are fitted, is BODY_25 in its own order."""

CANONICAL_NAMES: tuple[str, ...] = (
    "nose", "neck", "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow",
    "left_wrist", "mid_hip", "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee",
    "left_ankle", "right_eye", "left_eye", "right_ear", "left_ear", "left_big_toe", "left_small_toe",
    "left_heel", "right_big_toe", "right_small_toe", "right_heel",
)  # fmt: skip

# Two points more that some layouts have. The body has them, so that every answer can name them.
KEYPOINT_NAMES: tuple[str, ...] = (*CANONICAL_NAMES, "head_top", "upper_neck")

NUM_CANONICAL = len(CANONICAL_NAMES)
