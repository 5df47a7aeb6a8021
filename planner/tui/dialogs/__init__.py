"""Pages over a screen that ask for something; each is imported when it is first needed."""
