"""Widgets the screens share. They draw data and post messages; none reads a file or works out a number."""
