"""What an image costs on Amazon Bedrock: dated price books, quotes, and what a request would be billed.

Knows nothing of `planner`.
"""
