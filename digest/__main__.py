"""Lets ``python -m digest`` stand for the ``digest`` command."""

from digest.cli import main

if __name__ == "__main__":
    main()
