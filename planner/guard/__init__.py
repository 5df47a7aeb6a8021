"""Holds money before an image is made, sends a cheaper request past a threshold, stops what would not fit."""
