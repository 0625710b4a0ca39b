"""Training and test people: pose libraries, augmentation, viewpoints, and what detectors make of them."""
