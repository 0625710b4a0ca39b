"""From a request's JSON to checked keypoints, camera and options."""
