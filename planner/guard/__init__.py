"""Holds money before an image is made, sends a cheaper request when a threshold is reached, stops what would not fit."""
