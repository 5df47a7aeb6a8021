"""One module per command: `add_arguments(parser)` and `run(args)`. Parse, call one core function, print."""


class BadUsage(Exception):
    """The command line, or a file it names, cannot be used as asked."""
