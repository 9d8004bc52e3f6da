"""How fast the package and the app are, measured beside peers on the same machine in the same minutes."""
