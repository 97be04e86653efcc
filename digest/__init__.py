"""A daily e-mail digest of new papers and posts, ranked for each subscriber."""

__version__ = "0.1.0"
