"""What a price book cannot answer. Every message names what exists instead.

PriceError
├── UnknownBook      no shipped price book has that name
├── UnknownModel     the book has no such model, or the id does not say which model answers
├── NotOffered       the model is not sold in that region
├── SizeRefused      AWS would reject the output size
├── UnknownQuality   the model has no such quality
├── NoRate           the book has no price for that day
└── RequestRefused   AWS would reject the request body
"""


class PriceError(Exception):
    """The base of every miss; nothing is ever priced at zero instead."""

    def __init__(self, message: str, remedy: str = "", *, code: str = "price") -> None:
        super().__init__(f"{message}; {remedy}" if remedy else message)
        self.message = message
        self.remedy = remedy
        self.code = code
        """A stable name for machines: `unknown-model`, `size-refused`, ..."""


class UnknownBook(PriceError):
    """No shipped price book has the name, and it is not the path of a file."""


class UnknownModel(PriceError):
    """The book does not price the model."""


class NotOffered(PriceError):
    """The model is not offered in the region."""


class SizeRefused(PriceError):
    """AWS would reject the output size."""


class UnknownQuality(PriceError):
    """The model has no such quality."""


class NoRate(PriceError):
    """No rate is valid on the day."""


class RequestRefused(PriceError):
    """AWS would reject the request, so it costs nothing and makes nothing."""
