"""`python -m shapevae` is the command `shapevae`."""

from shapevae.cli import main

main()
