"""Bodies in SMPL's form: arrays and their file, kinematics, landmarks, skinning."""
