"""The fitting methods that are compared: learned ones and classical minimisers."""
